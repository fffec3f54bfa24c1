"""Counts with two C extensions: the bits of a number, the values of a YAML text."""

import json
import os
import signal
import sys
from urllib.parse import parse_qs
from wsgiref.simple_server import make_server

import gcpd_popcount
import gcpd_yamlcount


def application(environ, start_response):
    query = parse_qs(environ.get("QUERY_STRING", ""))
    try:
        answer = {
            "bits": gcpd_popcount.popcount(int(query.get("number", ["255"])[0])),
            "values": gcpd_yamlcount.count(query.get("yaml", ["[1, 2, {three: 3}]"])[0]),
        }
    except (OverflowError, ValueError) as e:
        start_response("400 Bad Request", [("Content-Type", "application/json")])
        return [json.dumps({"error": str(e)}).encode()]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    make_server("0.0.0.0", int(os.environ.get("PORT", "8080")), application).serve_forever()
