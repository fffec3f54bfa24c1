"""Decides which packages there will be."""

import json
import re
import shutil
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from . import apt
from .run import CommandFailed
from .text import count, normal, say, since

# What pip says when a package's own build failed, which a compiler may cure.
BUILD_FAILED = re.compile(r"subprocess-exited-with-error|metadata-generation-failed|[Ff]ailed to build|Failed building")


def resolve(pip, requirements, args):
    """Decides all versions at once; gives the packages sorted by name."""
    if not requirements.lines:
        return []
    if requirements.systems() and not all(shutil.which(p) for p in requirements.systems()):
        apt.install(requirements.systems())
    if requirements.must_compile():
        pip.need_compiler()
    report = pip.tmp / "report.json"
    command = ["install", "--dry-run", "--report", str(report), "-r", str(requirements.path), *args]
    start = time.monotonic()
    try:
        pip(*command, doing="resolving the requirements")
    except CommandFailed as e:
        if not BUILD_FAILED.search(e.output) or not pip.need_compiler():
            raise
        start = time.monotonic()
        pip(*command, doing="resolving the requirements")
    items = sorted((Item(e) for e in json.loads(report.read_text())["install"]), key=lambda i: i.key)
    say(f"resolved {count(items, 'package')} in {since(start)}")
    return items


class Item:
    """One package of a resolution, from pip's installation report."""

    def __init__(self, entry):
        info = entry["download_info"]
        self.name, self.version = entry["metadata"]["name"], entry["metadata"]["version"]
        self.key = normal(self.name)
        self.url, self.direct = info["url"], entry.get("is_direct", False)
        archive = info.get("archive_info", {})
        self.sha256 = archive.get("hashes", {}).get("sha256") or archive.get("hash", "").partition("sha256=")[2]
        self.vcs, self.subdirectory = info.get("vcs_info"), info.get("subdirectory")
        self.wheel = urlsplit(self.url).path.endswith(".whl")

    def requirement(self):
        """The line that gives pip this very artefact again."""
        below = f"&subdirectory={self.subdirectory}" if self.subdirectory else ""
        if self.vcs:
            # Not NAME @ URL, which refuses git+file://.
            return f"{self.vcs['vcs']}+{self.url}@{self.vcs['commit_id']}#egg={self.key}{below}"
        line = f"{self.key}=={self.version}"
        if self.direct:
            line = f"{self.key} @ {self.url}" + ("#" + below[1:] if below else "")
        return line + (f" --hash=sha256:{self.sha256}" if self.sha256 else "")

    def source(self, context):
        """Where it came from, without credentials and without paths of this machine."""
        parts = urlsplit(self.url)
        path = unquote(parts.path)
        if parts.scheme != "file":
            url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        elif path.startswith(f"{context}/"):
            url = "." + path[len(str(context)):]
        else:
            url = "file:" + Path(path).name
        return f"{self.vcs['vcs']}+{url}@{self.vcs['commit_id']}" if self.vcs else url
