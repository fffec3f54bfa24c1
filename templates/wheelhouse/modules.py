"""Finds the modules that an environment's distributions install."""

import csv
import importlib.machinery
from collections import namedtuple

from .text import normal

# extension is the file's path when the module is compiled; built says that its wheel was built here, not published.
Module = namedtuple("Module", "distribution version name extension built")

# Top-level names that are no part of what a distribution is for, though many install them by mistake.
NOT_MEANT = {"test", "tests", "testing", "conftest", "setup", "docs", "doc", "example", "examples", "benchmark", "benchmarks",
             "scripts", "tools", "build", "bin", "samples", "tasks", "fabfile", "noxfile", "versioneer"}
# They change how others are imported, and no app needs them to run.
TOOLS = {"pip", "setuptools", "wheel", "distribute"}
SUFFIXES = sorted(importlib.machinery.EXTENSION_SUFFIXES, key=len, reverse=True)


def find(env):
    """All modules to check: top-level ones, and below namespace packages the topmost packages; sorted."""
    found = {}
    for info in sorted(env.glob("lib/python3*/site-packages/*.dist-info")):
        name, _, version = info.name[:-len(".dist-info")].partition("-")
        if name.lower() in TOOLS:
            continue
        for module in top_level(paths(info)):
            found.setdefault(module, Module(name, version, module, None, False))
    return sorted(found.values(), key=lambda m: m.name)


def extensions(env):
    """All compiled modules, however deep, each with its file; sorted."""
    found = []
    for info in sorted(env.glob("lib/python3*/site-packages/*.dist-info")):
        name, _, version = info.name[:-len(".dist-info")].partition("-")
        built = is_built(info)
        for path in paths(info):
            stem = path[-1].split(".")[0]
            if suffix(path[-1]) and all(part.isidentifier() for part in [*path[:-1], stem]):
                found.append(Module(name, version, ".".join([*path[:-1], stem]), info.parent.joinpath(*path), built))
    return found


def owner(env, folder):
    """The distribution with files below a folder of packages, given in parts; "" for none."""
    for info in sorted(env.glob("lib/python3*/site-packages/*.dist-info")):
        if any(path[:len(folder)] == folder for path in paths(info)):
            return info.name.partition("-")[0]
    return ""


def versions(env):
    """The versions of all distributions, by their normal names."""
    infos = [info.name[:-len(".dist-info")].partition("-") for info in env.glob("lib/python3*/site-packages/*.dist-info")]
    return {normal(name): version for name, _, version in infos}


def paths(info):
    """The files that a distribution installed beside its metadata, as lists of names."""
    try:
        with open(info / "RECORD", newline="", encoding="utf-8", errors="replace") as f:
            split = [row[0].split("/") for row in csv.reader(f) if row and row[0]]
    except OSError:
        return []
    return [path for path in split if path[0] not in ("", "..", info.name) and "__pycache__" not in path]


def top_level(files):
    """The names to import: packages that no package contains, modules at the top, and compiled modules outside of packages.

    Private ones count only when they are compiled, for then they are what may miss a library.
    """
    packages = {tuple(path[:-1]) for path in files if len(path) > 1 and module_of(path[-1]) == "__init__"}
    names = set()
    for path in files:
        module, compiled = module_of(path[-1]), suffix(path[-1])
        name = tuple(path[:-1]) if module == "__init__" else (*path[:-1], module)
        contained = any(name[:n] in packages for n in range(1, len(name)))
        if module and name and not contained and (compiled or module == "__init__" or len(name) == 1) \
                and (compiled or not any(part.startswith("_") for part in name)) and meant(name):
            names.add(".".join(name))
    return names


def meant(name):
    first = name[0].lower()
    return (all(part.isidentifier() for part in name) and first not in NOT_MEANT and "tests" not in name
            and not first.startswith("test_") and not first.endswith(("_test", "_tests")))


def module_of(file):
    """The name of the module that a file holds, or ""."""
    if file.endswith(".py"):
        return file[:-len(".py")]
    end = suffix(file)
    return file[:-len(end)] if end else ""


def suffix(file):
    return next((s for s in SUFFIXES if file.endswith(s)), "")


def is_built(info):
    """Published wheels are tagged manylinux or any; what was built here names plain linux."""
    try:
        text = (info / "WHEEL").read_text(errors="replace")
    except OSError:
        return False
    return "-linux_" in text
