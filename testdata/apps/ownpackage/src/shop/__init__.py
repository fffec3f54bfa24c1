"""Greets whoever asks."""

from importlib.metadata import version
from pathlib import Path

from greet import greeting
from markupsafe import escape

# Not declared as package data: it is read from the tree, as in development.
PAGE = Path(__file__).parent / "templates" / "page.html"


def page(name):
    return PAGE.read_text().format(greeting=greeting(), name=escape(name), version=version("shop"))
