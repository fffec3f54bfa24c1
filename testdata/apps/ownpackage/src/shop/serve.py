"""The console script."""

import os
from urllib.parse import parse_qs
from wsgiref.simple_server import make_server

from shop import page


def application(environ, start_response):
    name = parse_qs(environ["QUERY_STRING"]).get("name", ["world"])[0]
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [page(name).encode()]


def main():
    make_server("0.0.0.0", int(os.environ["PORT"]), application).serve_forever()
