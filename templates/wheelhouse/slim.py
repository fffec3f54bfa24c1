"""Removes from installed packages what an app does not need to run, where that is asked for: unused folders of tests and docs,
and the symbols of shared objects. What is removed of a package depends on that package alone, so that its layer is the same in
every app; its RECORD says what there is afterwards. The import check and the tests of the build come after it.
"""

import base64
import csv
import io
import os
import re
import zipfile
from collections import Counter

from . import elf, spare, symbols
from .files import sha256_of
from .record import compiled
from .text import count, normal, say

SHARED = re.compile(r"\.so(\.\d+)*$")
ENTRY = re.compile(rb"^[^#;\[=\n][^=\n]*=\s*([A-Za-z_][\w.]*)", re.MULTILINE)
PAGES = ("share/doc/", "share/man/", "share/info/")  # below the environment
TOLD = re.compile(r"(README|CHANGES|CHANGELOG|HISTORY|NEWS|AUTHORS|CONTRIBUTING)(\.(md|rst|txt))?", re.IGNORECASE)


class Slim:
    """What is removed, of tests, docs and symbols, and the names of packages that stay whole."""

    def __init__(self, what=(), whole=()):
        self.what, self.whole = set(what), {normal(name) for name in whole}
        self.files, self.bytes, self.refused = Counter(), Counter(), Counter()

    def __call__(self, env, wheels):
        """Removes from packages of env, or of a part of it, which are those of wheels."""
        found = [Installed(env, wheel) for wheel in wheels]
        have, gone = Counter(), Counter()
        for one in found:
            have.update(one.files)
            if one.wheel.name not in self.whole:
                one.spare = self.spare(one)
                gone.update(list(one.spare))
        for path in sorted(gone):
            if gone[path] == have[path]:  # else another package has it, and needs it
                self.drop(env, path, next(one.spare[path] for one in found if path in one.spare))
        changed = {}
        if "symbols" in self.what:
            shared = Counter(path for one in found if one.wheel.name not in self.whole for path in one.files if SHARED.search(path))
            changed = {path: mark for path in sorted(shared) if shared[path] == have[path] and (env / path).is_file() for mark in [self.strip(env / path)] if mark}
        for one in found:
            one.write(changed)

    def spare(self, one):
        """What a package can do without, by path: the kind."""
        found = {}
        below = {path: tuple(path[len(one.site):].split("/")) for path in one.files if path.startswith(one.site)}
        if "docs" in self.what:
            found.update((path, "docs") for path in one.files if path.startswith(PAGES) or TOLD.fullmatch("/".join(below.get(path, "-"))))
        for kind, names in (("tests", spare.TESTS), ("docs", spare.DOCS)):
            if kind in self.what:
                folders = spare.unused(list(below.values()), names, one.read, one.called())
                found.update((path, kind) for path, parts in below.items() if spare.outermost(parts, names) in folders)
        return found

    def drop(self, env, path, kind):
        at = env / path
        for file in [at, *compiled(at)]:
            if os.path.lexists(str(file)):
                self.files[kind] += 1
                self.bytes[kind] += file.lstat().st_size
                file.unlink()
                prune(file.parent, env)

    def strip(self, file):
        """Removes a file's symbols; gives what RECORD says of it then, or None where it is as it was."""
        try:
            saved = 0 if file.is_symlink() else symbols.remove(file)
        except (elf.Error, OSError, ValueError) as e:
            self.refused[str(e)] += 1
            return None
        if not saved:
            return None
        self.files["symbols"] += 1
        self.bytes["symbols"] += saved
        mark = base64.urlsafe_b64encode(bytes.fromhex(sha256_of(str(file)))).rstrip(b"=").decode()
        return ["sha256=" + mark, str(file.stat().st_size)]

    def keeping(self, name):
        """The line of gcpdeploy.yaml with which a package stays whole, too."""
        return f"slim: {{remove: [{', '.join(sorted(self.what))}], keep: [{', '.join(sorted({*self.whole, normal(name)}))}]}}"

    def tell(self):
        """Says what there was."""
        for kind in sorted(self.what):
            say(f"slim: {self.bytes[kind] / 1e6:.1f} MB less, {kind} in {count(range(self.files[kind]), 'file')}")
        if self.refused:
            left = ", ".join(f"{why} ({n})" for why, n in sorted(self.refused.items()))
            say(f"note: slim: symbols stay in {count(range(sum(self.refused.values())), 'file')}: {left}")


def prune(folder, root):
    """Removes folders that have nothing any more."""
    while folder != root and not os.listdir(str(folder)):
        folder.rmdir()
        folder = folder.parent


class Installed:
    """A package that was installed: its RECORD, and what that names, by path below env."""

    def __init__(self, env, wheel):
        self.env, self.wheel, self.spare = env, wheel, {}
        self.site = str(wheel.site) + "/"
        with zipfile.ZipFile(str(wheel.path)) as z:
            self.own = self.site + wheel.info(z) + "/"
        self.record = env / self.own / "RECORD"
        with open(str(self.record), newline="", encoding="utf-8") as f:
            text = f.read()
        self.end = "\r\n" if "\r\n" in text else "\n"
        self.rows = list(csv.reader(io.StringIO(text, newline="")))
        self.paths = [os.path.normpath(self.site + row[0]) for row in self.rows]
        self.files = {path for path in self.paths if not path.startswith(self.own)}

    def called(self):
        """The modules that programs and plugins of the package begin with."""
        text = self.read(self.own[len(self.site):].rstrip("/").split("/") + ["entry_points.txt"])
        return [name.decode() for name in ENTRY.findall(text)]

    def read(self, path):
        """What a file of the package is, by its parts; nothing where it is not there."""
        try:
            return (self.env / self.site / "/".join(path)).read_bytes()
        except OSError:
            return b""

    def write(self, changed):
        """Writes the RECORD without what is gone, and with what is said of changed files."""
        rows = [[row[0], *changed.get(path, row[1:])] for row, path in zip(self.rows, self.paths) if path not in self.spare]
        if rows != self.rows:
            with open(str(self.record), "w", newline="", encoding="utf-8") as f:
                csv.writer(f, lineterminator=self.end).writerows(rows)
