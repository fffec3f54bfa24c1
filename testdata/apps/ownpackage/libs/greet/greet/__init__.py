"""Says hello."""

from importlib.resources import files


def greeting():
    return (files(__name__) / "words.txt").read_text().strip()
