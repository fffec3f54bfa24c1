"""Lets pip know the wheels of an earlier image while it resolves.

Of a requirement without a pin, pip alone decides the version; then it builds the metadata of each sdist, and downloads each
wheel, one after the other. It need not where its own cache has a wheel of that very file. So the earlier wheels go there, each
under the file that the index has for its version, if that is the wheel or would be built into one of the same build key. What
pip chooses stays the same: a newer version still wins.
"""

import os
from collections import namedtuple

from . import early
from .text import count, say

# A version that pip may choose, in the form of a requirement's pin.
Guess = namedtuple("Guess", "key version marker hashed hashes", defaults=("", False, ()))


def offer(pip, requirements, builder):
    """Gives the items whose wheels pip now knows, by the URL of their source."""
    have = {m["item"].key for m in builder.made.values()}
    guesses = [Guess(name, version) for name, version in builder.earlier.all() if name not in have]
    offered = {}
    for _, item in early.find(pip, requirements, guesses):
        found = builder.before(item)[1]
        if found and put(pip, item, found.path):
            offered[item.url] = item
    if offered:
        say(f"told pip of {count(offered, 'earlier wheel')}")
    return offered


def put(pip, item, wheel):
    """Puts a wheel where pip looks for what it made of an item's file; says whether it could."""
    try:
        folder = place(pip.tmp / "cache", item)
        os.makedirs(folder, exist_ok=True)
        os.symlink(wheel, os.path.join(folder, wheel.name))
    except Exception as e:  # pip's inside is nobody's promise
        say(f"note: pip does not get to know {wheel.name}: {type(e).__name__}: {e}")
        return False
    return True


def place(cache, item):
    from pip._internal.cache import SimpleWheelCache
    from pip._internal.models.format_control import FormatControl
    from pip._internal.models.link import Link
    try:
        found = SimpleWheelCache(str(cache))
    except TypeError:  # before pip 23.1
        found = SimpleWheelCache(str(cache), FormatControl())
    # pip knows the hash of a file from the index; a file of a folder has none.
    return found.get_path_for_link(Link(item.url if item.url.startswith("file:") else f"{item.url}#sha256={item.sha256}"))
