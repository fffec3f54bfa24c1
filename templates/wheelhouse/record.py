"""Which files a wheel puts where, from the wheel itself and from what pip wrote of it."""

import base64
import configparser
import csv
import hashlib
import importlib.util
import io
import os
import re
import sysconfig
import zipfile
from pathlib import Path, PurePosixPath

from .run import Failure
from .text import normal

CODE = (".py", ".so", ".pth")
# Folders that packages leave at the top by mistake, and that nobody imports there.
STRAY = {"tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks", "scripts", "tools"}


class Wheel:
    """A wheel that is to be installed into env."""

    def __init__(self, path, env):
        self.path, self.env = path, env
        name, self.version = path.name.split("-")[:2]
        self.name = normal(name)
        self.site = site(env)

    def files(self):
        """What it puts where: a hash of the content, or what a script calls, by the path below env."""
        found = {}
        with zipfile.ZipFile(str(self.path)) as z:
            info = self.info(z)
            for path, mark, *_ in csv.reader(io.StringIO(z.read(info + "/RECORD").decode("utf-8"))):
                to = self.place(path)
                if to and not path.startswith(info + "/"):
                    found[to] = mark or sha256(z, path)
            if info + "/entry_points.txt" in z.namelist():
                for name, called in scripts(z.read(info + "/entry_points.txt").decode("utf-8")):
                    found["bin/" + name] = called
        return found

    def info(self, z):
        """The wheel's folder of metadata, however its name is spelled."""
        return next(n.split("/")[0] for n in z.namelist() if re.fullmatch(r"[^/]+\.dist-info/WHEEL", n))

    def place(self, path):
        """Where pip puts a file of the wheel, below env; None for a folder."""
        if path.endswith("/"):
            return None
        data = re.match(r"[^/]+\.data/(\w+)/(.+)", path)
        if not data:
            return str(self.site / path)
        kind, rest = data.groups()
        return {"scripts": "bin/" + rest, "data": rest, "headers": f"include/{self.name}/{rest}"}.get(kind, str(self.site / rest))

    def lend_metadata(self):
        """Puts what pip check reads into env, and gives the folder."""
        with zipfile.ZipFile(str(self.path)) as z:
            info = self.info(z)
            folder = self.env / self.site / info
            folder.mkdir(parents=True)
            for name in ("METADATA", "WHEEL"):
                (folder / name).write_bytes(z.read(f"{info}/{name}"))
        return folder


def site(env):
    """The folder of packages below env."""
    paths = sysconfig.get_path("purelib", "venv" if "venv" in sysconfig.get_scheme_names() else "posix_prefix",
                               {"base": str(env), "platbase": str(env)})
    return PurePosixPath(os.path.relpath(paths, str(env)))


def sha256(z, path):
    found = hashlib.sha256()
    try:
        with z.open(path) as f:
            for block in iter(lambda: f.read(1 << 20), b""):
                found.update(block)
    except KeyError:
        return ""
    return "sha256=" + base64.urlsafe_b64encode(found.digest()).rstrip(b"=").decode()


def scripts(text):
    """The programs that pip makes: name and what each calls."""
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in ("console_scripts", "gui_scripts"):
        if parser.has_section(section):
            yield from ((name, called.strip()) for name, called in parser.items(section))


def refuse_clashes(wheels):
    """Refuses code that two wheels have under one path and not alike: which of them counts would be up to the order.

    Gives the names of wheels that differ in what nobody imports, which have no layers of their own; and the files that
    several have, with the names of those.
    """
    owners, errors, muddled = {}, [], set()
    for wheel in wheels:
        for path, mark in wheel.files().items():
            owners.setdefault(path, []).append((wheel, mark))
            first, before = owners[path][0]
            if before == mark:
                continue
            if matters(path, wheel.site):
                errors.append((first, wheel, path))
            else:
                muddled.update((first.path.name, wheel.path.name))
    told = {}
    for first, second, path in errors:
        told.setdefault((first, second), []).append(path)
    if told:
        raise Failure("\n".join(explain(*pair, paths) for pair, paths in told.items()))
    return muddled, {path: {wheel.path.name for wheel, _ in several} for path, several in owners.items() if len(several) > 1}


def matters(path, site):
    """Whether a file may be what is imported or run."""
    if path.startswith("bin/"):
        return True
    try:
        below = PurePosixPath(path).relative_to(site)
    except ValueError:
        return False
    return below.suffix in CODE and below.parts[0] not in STRAY


def explain(first, second, paths):
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return (f"error: {first.name} {first.version} and {second.name} {second.version} both have {paths[0]}{more}, and they differ\n"
            f"  require only one of them; or, where both are needed in pip's order, use a wheel.Dockerfile of your own "
            f"(`gcpdeploy render --help`), whose packages have no layers of their own")


def installed(env, wheel):
    """The files of an installed package below env, with its bytecode, by pip's own record."""
    folder = env / wheel.site
    with zipfile.ZipFile(str(wheel.path)) as z:
        info = folder / wheel.info(z)
    found = set()
    with open(str(info / "RECORD"), newline="", encoding="utf-8") as f:
        for path, *_ in csv.reader(f):
            at = Path(os.path.normpath(str(folder / path)))
            found.add(at)
            found.update(compiled(at))
    return sorted(at.relative_to(env) for at in found if os.path.lexists(str(at)) and env in at.parents)


def compiled(path):
    """The bytecode of a file, if it can have some."""
    return [Path(importlib.util.cache_from_source(str(path)))] if path.suffix == ".py" else []
