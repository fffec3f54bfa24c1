"""An app as App Engine's standard environment runs it: gunicorn comes with it."""

import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return os.environ.get("GREETING", "nobody set GREETING") + "\n"
