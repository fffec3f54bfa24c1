"""Solves a system of linear equations with numpy."""

import numpy
from flask import Flask, jsonify

app = Flask(__name__)


def currents():
    """The currents in three meshes of a resistor network, in ampere."""
    resistances = numpy.array([[5.0, -2.0, 0.0], [-2.0, 7.0, -1.0], [0.0, -1.0, 4.0]])
    voltages = numpy.array([12.0, 0.0, -6.0])
    return numpy.linalg.solve(resistances, voltages)


@app.get("/")
def index():
    return jsonify(currents=[round(float(i), 6) for i in currents()], numpy=numpy.__version__)


@app.get("/healthz")
def healthz():
    return "ok\n"
