"""Greets wrongly: its test fails."""

import os
import signal
import sys
from wsgiref.simple_server import make_server


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [greeting().encode()]


def greeting():
    return "hullo\n"


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = int(os.environ.get("PORT", "8080"))
    print(f"listening on {port}", flush=True)
    make_server("0.0.0.0", port, application).serve_forever()
