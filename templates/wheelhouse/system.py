"""Decides which packages of the system are needed, to build and to run Python packages."""

import os
import re
import shutil
import subprocess
import sys
import zipfile

from . import apt, elf, table
from .text import normal

# libc6 and libgcc-s1 come with what Debian calls essential, libstdc++6 with apt itself.
LARGEST = 1 << 29  # bytes of a file that is read; only libraries of GPUs are larger
EVERY_BASE = {"libc6", "libgcc-s1", "libstdc++6"}


def build_packages(names):
    """The Debian packages that building these Python packages from source needs, sorted. Fetches apt's lists if one may."""
    return choose(word for name in names for word in table.BUILD.get(name, "").split())


def runtime_packages(wheels, names):
    """The Debian packages that running needs, sorted.

    wheels are those that were built here, while what they were built with is still installed; names are all
    packages that will be installed.
    """
    built = {normal(wheel.name.split("-")[0]) for wheel in wheels}
    words = [table.RUN[name] for name in names if name in table.RUN and not brought(name, names)]
    words += [table.RUN_BUILT[name] for name in built if name in table.RUN_BUILT]
    linked = {package for wheel in wheels for package in needed_by(wheel)}
    return sorted(linked.union(choose(word for some in words for word in some.split())))


def too_new(item):
    """Why an item cannot be built with what the distribution has; "" where nothing is known."""
    package = table.FOLLOWS.get(item.key)
    version = apt.candidates({package}).get(package, "") if package else ""
    have = re.match(r"(?:\d+:)?([\d.]*\d)", version)
    if not have or numbers(item.version) <= numbers(have.group(1)):
        return ""
    return f"error: {item} is newer than what it binds, which follows {package}, and the distribution has {have.group(1)}"


def numbers(version):
    return [int(n) for n in re.findall(r"\d+", version)[:3]]


def brought(name, names):
    return any(other in names for other in table.BROUGHT_BY.get(name, "").split())


def missing(packages):
    """Those that are not installed, in their order, so that a base image that has them all needs no network."""
    have = apt.installed()
    return [package for package in packages if package not in have]


def choose(words):
    """Replaces each `a|b` by the first that apt knows, and leaves out what it does not know at all."""
    words = sorted(set(words))
    known = apt.known({name for word in words for name in word.split("|")})
    return sorted({name for word in words for name in [n for n in word.split("|") if n in known][:1]})


def needed_by(wheel):
    """The Debian packages of the shared libraries that the wheel's own files name, sorted.

    Only what they name themselves: apt brings what those packages need in turn. A library that
    no package owns is part of the base image.
    """
    where = here()
    return sorted(owners([where[name] for name in linked(wheel) if name in where]) - EVERY_BASE)


def lacking(wheel, there):
    """The Debian packages that a published wheel needs beyond the libraries that are there, as far as the table knows them.

    A wheel may name more than it carries, such as a driver's library (libodbc), or what one of its parts alone uses. What
    the table knows is small; of the rest the import check tells what is really missed.
    """
    if wheel.name.endswith("-any.whl") or not there:  # without glibc its tools say nothing
        return []
    names = {table.LIBRARIES[name] for name in linked(wheel) - there if name in table.LIBRARIES}
    return choose(f"{name}|{name}t64" for name in names)  # t64: what Debian 13 calls some of them


def linked(wheel):
    """The shared libraries that a wheel's files name, and that it does not carry."""
    ours = elf.kind(head(sys.executable))
    names, own = set(), set()
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            if info.file_size > LARGEST:
                continue
            with archive.open(info) as f:
                data = elf.Member(f, info.file_size)
                if data.head[:len(elf.MAGIC)] != elf.MAGIC:
                    continue
                own.add(info.filename.rpartition("/")[2])
                try:
                    found = elf.read(data)
                except elf.Error:
                    continue  # some wheels carry broken ones, to test with
            if found.kind == ours:
                own.add(found.soname)
                names.update(found.needed)
    return names - own


def head(path):
    with open(path, "rb") as f:
        return f.read(20)


def libraries(kind):
    """Where the dynamic linker finds each soname, among libraries of that kind."""
    ldconfig = shutil.which("ldconfig") or "/sbin/ldconfig"
    try:
        cache = subprocess.run([ldconfig, "-p"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    except OSError:  # no glibc
        return {}
    found = {}
    for name, path in re.findall(r"^\t(\S+) \(.*\) => (.+)$", cache, re.MULTILINE):
        try:
            if name not in found and elf.kind(head(path)) == kind:
                found[name] = path
        except (OSError, elf.Error):
            continue
    return found


def here():
    """The sonames of the libraries that are installed now."""
    try:
        return libraries(elf.kind(head(sys.executable)))
    except (OSError, elf.Error):  # not Linux
        return {}


def owners(paths):
    """The Debian packages that the files belong to.

    A path of `ldconfig -p` may be a link of update-alternatives, and may go through the link /lib, while dpkg knows the
    target only, in the spelling of its package: /usr/lib/… or, up to Debian 12, /lib/….
    """
    spellings = set()
    for path in paths:
        real = os.path.realpath(path)
        spellings.update([real, real[len("/usr"):] if real.startswith("/usr/") else "/usr" + real])
    if not spellings or not shutil.which("dpkg"):
        return set()
    # Its exit code says that some path was unknown, as half of them are.
    said = subprocess.run(["dpkg", "-S", *sorted(spellings)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          env=dict(os.environ, LC_ALL="C"), check=False).stdout
    found = set()
    for line in said.splitlines():
        packages, _, path = line.partition(": ")
        if path in spellings:  # else it tells of a diversion
            found.update(package.split(":")[0] for package in packages.split(", "))
    return found
