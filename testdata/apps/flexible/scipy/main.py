"""Finds the lowest point of a curve with scipy."""

import scipy
from flask import Flask, jsonify, request
from scipy.optimize import minimize_scalar

app = Flask(__name__)


def lowest(of, low, high):
    """Where a function is lowest between two points."""
    return float(minimize_scalar(of, bounds=(low, high), method="bounded").x)


@app.get("/")
def index():
    shift = request.args.get("shift", default=3.0, type=float)
    at = lowest(lambda x: (x - shift) ** 2 + 1, -10, 10)
    return jsonify(lowest=round(at, 4), scipy=scipy.__version__)
