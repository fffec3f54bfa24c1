"""The options of a requirements file, as far as they decide which files are candidates."""

import shlex

from .text import normal

PYPI = "https://pypi.org/simple"


class Options:
    """Read from option lines, the first line first, as pip does."""

    def __init__(self, lines, index_url=PYPI):
        self.index_url, self.extra_index_urls, self.find_links, self.no_index = index_url, [], [], False
        self.no_binary, self.only_binary = set(), set()
        self.unknown = []  # what else may change the choice of a file
        for line in lines:
            words = shlex.split(line)
            name, _, value = words[0].partition("=")
            self.add(name, value or (words[1] if len(words) > 1 else ""))

    def add(self, name, value):
        if name in ("-i", "--index-url", "--pypi-url"):
            self.index_url, self.extra_index_urls = value, []
        elif name == "--extra-index-url":
            self.extra_index_urls.append(value)
        elif name in ("-f", "--find-links"):
            self.find_links.append(value)
        elif name == "--no-index":
            self.no_index = True
        elif name == "--no-binary":
            choose(value, self.no_binary, self.only_binary)
        elif name == "--only-binary":
            choose(value, self.only_binary, self.no_binary)
        elif name not in ("--require-hashes", "--trusted-host", "--pre", "--prefer-binary"):
            self.unknown.append(name)

    def from_source(self, project):
        """Must the project be built, whatever wheels there are?"""
        return project in self.no_binary or ":all:" in self.no_binary and project not in self.only_binary

    def from_wheel(self, project):
        """Must it be a published wheel?"""
        return project in self.only_binary or ":all:" in self.only_binary and project not in self.no_binary


def choose(value, chosen, other):
    """Reads one list of names: the last word about a project counts, and :all: begins anew."""
    for word in value.split(","):
        if word == ":all:":
            other.clear()
            chosen.clear()
            chosen.add(word)
        elif word == ":none:":
            chosen.clear()
        elif word.strip():
            other.discard(normal(word.strip()))
            chosen.add(normal(word.strip()))
