"""GET /?freq=50&noise=1&seed=1 makes a noisy tone and answers where its peak is."""

import os

import numpy
import scipy
from flask import Flask, jsonify, request

from spectrum import RATE, noisy_tone, peak

application = app = Flask(__name__)


@app.get("/")
def find():
    try:
        freq = float(request.args.get("freq", 50))
        noise = float(request.args.get("noise", 1))
        seed = int(request.args.get("seed", 1))
    except ValueError:
        return jsonify(error="freq, noise and seed are numbers"), 400
    if not (0 < freq < RATE / 2 and 0 <= noise <= 100 and seed >= 0):
        return jsonify(error=f"0 < freq < {RATE // 2}, 0 <= noise <= 100, seed >= 0"), 400
    found, share = peak(noisy_tone(freq, noise, seed))
    return jsonify(asked=freq, peak=round(found, 2), share=round(share, 3),
                   numpy=numpy.__version__, scipy=scipy.__version__)


if __name__ == "__main__":
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):
        def load_config(self):
            self.cfg.set("bind", "0.0.0.0:" + os.environ.get("PORT", "8080"))
            self.cfg.set("threads", 8)

        def load(self):
            return application

    Server().run()
