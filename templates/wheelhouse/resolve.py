"""Decides which packages there will be."""

import json
import shutil
import time

from . import apt
from .item import Item
from .run import CommandFailed
from .text import count, say, since
from .trouble import BUILD_FAILED, sdists

def resolve(pip, toolchain, requirements, args, ready=(), offered=None):
    """Decides all versions at once; gives the packages sorted by name.

    ready has pins whose wheels are there: triples of pin, item and path of the wheel, with its sha256. Their
    metadata is read from the wheels. Where that way fails, pip gets the user's own lines, so that its words fit them.
    offered has the items that pip knows a wheel of, by the URL of their source.
    """
    if not requirements.lines:
        return []
    if requirements.systems() and not all(shutil.which(p) for p in requirements.systems()):
        apt.install(requirements.systems())
    start = time.monotonic()
    entries = None
    if ready:
        known = {pin.line: pin.at(path.as_uri(), sha256) for pin, _, path, sha256 in ready}
        try:
            entries = ask(pip, toolchain, requirements, [known.get(line, line) for line in requirements.lines], args)
        except CommandFailed:
            pass
    if entries is None:
        entries = ask(pip, toolchain, requirements, requirements.lines, args)
    items = dict(offered or {}, **{path.as_uri(): item for _, item, path, _ in ready})
    found = []
    for entry in entries:
        item = items.get(entry["download_info"]["url"]) or Item.of_report(entry)
        item.version = entry["metadata"]["version"]  # a file's name may spell it in another way
        found.append(item)
    say(f"resolved {count(found, 'package')} in {since(start)}")
    return sorted(found, key=lambda item: item.key)


def ask(pip, toolchain, requirements, lines, args):
    """The entries of pip's installation report for these lines."""
    listed, report = pip.tmp / "resolve.txt", pip.tmp / "report.json"
    listed.write_text("".join(line + "\n" for line in [*requirements.options, *lines]), encoding="utf-8")
    command = ["install", "--dry-run", "--report", str(report), "-r", str(listed), *args]
    done = False
    while not done:
        try:
            pip(*command, doing="resolving the requirements")
            done = True
        except CommandFailed as e:
            # Few sdists need a compiler to tell their name. Those get it now, and each time more packages of the system.
            if not BUILD_FAILED.search(e.output) or not toolchain.need(sdists(e.output)):
                raise
    return json.loads(report.read_text(encoding="utf-8"))["install"]
