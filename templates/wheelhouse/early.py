"""Finds the artefacts of pinned requirements without pip.

pip learns what an sdist needs by building its metadata, one sdist after the other. Of a pin, the index alone tells
which file will be taken; so its wheel can be reused or built first, several at a time, and pip resolves with finished
wheels. All this is for speed only: where anything is unclear, pip is asked as ever.
"""

import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from .index import Index
from .item import Item
from .text import say

BOUND = 20  # seconds for all questions to the index
# Settings of pip that lie in the base image and could change which file is taken.
UNCLEAR = ("index-url", "extra-index-url", "find-links", "no-index", "no-binary", "only-binary", "constraint", "pre", "prefer-binary",
           "require-hashes")


class Tools:
    """What pip itself knows of versions, markers and tags; ImportError where this pip keeps it elsewhere."""

    def __init__(self):
        from pip._internal.utils.compatibility_tags import get_supported
        from pip._vendor.packaging.markers import Marker
        from pip._vendor.packaging.specifiers import SpecifierSet
        from pip._vendor.packaging.utils import parse_wheel_filename
        self.marker, self.specifiers, self.parse_wheel = Marker, SpecifierSet, parse_wheel_filename
        self.tags = {tag: i for i, tag in enumerate(get_supported())}

    def applies(self, pin):
        return not pin.marker or self.marker(pin.marker).evaluate({"extra": ""})

    def fits(self, file, version):
        """Is it a file of that version for this Python?"""
        return self.same(file.version, version) and self.runs(file.requires_python)

    # A project has up to a hundred files of each version, and a page thousands of versions.
    @lru_cache(maxsize=None)
    def runs(self, condition):
        try:
            return self.specifiers(condition).contains(".".join(map(str, sys.version_info[:3])), prereleases=True)
        except ValueError:  # what is no condition holds, to pip
            return True

    @lru_cache(maxsize=None)
    def same(self, one, version):
        try:
            return self.specifiers("==" + version).contains(one.replace("_", "-"), prereleases=True)
        except ValueError:  # of the time before versions had rules
            return False

    def rank(self, file):
        """The place of a wheel among the tags of this Python, least best; None when it does not fit."""
        _, _, build, tags = self.parse_wheel(file.name)
        ranks = [self.tags[tag] for tag in tags if tag in self.tags]
        return (min(ranks), bool(build)) if ranks else None


def find(pip, requirements, pins, all_or_none=False):
    """Those of the pins whose artefact is known for sure, as pairs of pin and item.

    all_or_none says to give none when no file can be right for one of them: pip will refuse the lot, so nothing should be
    built before it says so.
    """
    choice = requirements.choice()
    if not pins or choice.unknown:
        return []
    pool = ThreadPoolExecutor(8)
    try:
        configured = pool.submit(pip.configured)  # as pip's inside takes as long to load as pip does to start
        tools = Tools()
        if any(key in UNCLEAR for key in configured.result()):
            return []
        pins = [pin for pin in pins if tools.applies(pin)]
    except Exception as e:  # pip's inside is nobody's promise
        say(f"note: the index is not asked beforehand: {type(e).__name__}: {e}")
        return []
    index = Index(choice)
    found, hopeless, lock = {}, [], threading.Lock()

    def ask(pin):
        try:
            files = index.files(pin.key)
            file = choose(pin, files, choice, tools)
        except Exception:  # whatever is wrong with the index, pip says it better
            return
        with lock:
            if not any(tools.fits(f, pin.version) and (not pin.hashes or not f.sha256 or f.sha256 in pin.hashes) for f in files):
                hopeless.append(pin)
            if file:
                item = Item(pin.key, pin.version if file.wheel else file.version, file.url, file.sha256, file.size)
                item.wheels_for = [] if choice.from_source(pin.key) else pythons(files, pin, tools)
                found[pin.key] = pin, item

    end = time.monotonic() + BOUND
    for answer in [pool.submit(ask, pin) for pin in pins]:
        try:
            answer.result(max(0, end - time.monotonic()))
        except Exception:  # it took too long
            break
    pool.shutdown(wait=False, cancel_futures=True)
    with lock:
        return [] if all_or_none and hopeless else [found[key] for key in sorted(found)]


def pythons(files, pin, tools):
    """The minor versions of CPython that have wheels of a pin's version, the newest last."""
    found = {(3, int(minor)) for f in files if f.wheel and tools.same(f.version, pin.version)
             for minor in re.findall(r"-cp3(\d+)-(?:cp3\d+[dmu]*|abi3|none)[-.]", f.name)}
    return [f"{major}.{minor}" for major, minor in sorted(found)]


def choose(pin, files, choice, tools):
    """The file that pip would take for a pin, or None where that is not clear."""
    files = [f for f in files if (f.wheel or f.sdist) and tools.fits(f, pin.version) and (not pin.hashed or f.sha256 in pin.hashes)]
    wheels = [] if choice.from_source(pin.key) else [(tools.rank(f), f) for f in files if f.wheel]
    wheels = [(rank, f) for rank, f in wheels if rank is not None]
    if wheels:
        if any(rank[1] for rank, _ in wheels):  # build numbers have an order of their own
            return None
        least = min(rank for rank, _ in wheels)
        best = [f for rank, f in wheels if rank == least]
    elif choice.from_wheel(pin.key):
        return None
    else:
        best = [f for f in files if f.sdist]
    return best[0] if best and len({f.sha256 for f in best}) == 1 and best[0].sha256 else None
