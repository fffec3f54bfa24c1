"""Packages of the system."""

import os
import shutil
import time
from pathlib import Path

from .run import CA, Failure, has_ca, run
from .text import say, since


# The lists are there from the first update to the end of the next install.
updated = False


def install(packages):
    """Installs packages of the system, and leaves no lists, caches or logs."""
    global updated
    if not here():
        raise Failure("error: the base image has no apt-get to install " + " ".join(packages)
                      + "; set base_image to an image based on Debian or Ubuntu")
    start = time.monotonic()
    update()
    get("install", "-y", "--no-install-recommends", *packages, doing="installing " + " ".join(packages))
    get("clean", doing="apt-get clean")
    updated = False
    for path in [*Path("/var/lib/apt/lists").glob("*"), *Path("/var/log/apt").glob("*"), *Path("/var/cache/apt").glob("*.bin"),
                 Path("/var/log/dpkg.log"), Path("/var/log/alternatives.log"), Path("/var/cache/ldconfig/aux-cache")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    say(f"installed {' '.join(packages)} in {since(start)}")


def here():
    return shutil.which("apt-get") is not None


def known(packages):
    """Those of the packages that can be installed, as a set; names that others merely provide are none."""
    return set(candidates(packages))


def candidates(packages):
    """The versions of those that can be installed, by name."""
    if not packages or not here():
        return {}
    update()
    found, name = {}, None
    policy = run(["apt-cache", "policy", *sorted(packages)], "apt-cache policy", dict(os.environ, LC_ALL="C"))
    for line in policy.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            name = line[:-1]
        elif line.startswith("  Candidate: ") and not line.endswith("(none)"):
            found[name] = line.partition(": ")[2]
    return found


def installed():
    """The names of the packages that are there."""
    if not shutil.which("dpkg-query"):
        return set()
    listed = run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\\n"], "listing the packages of the system")
    return {line.split()[1] for line in listed.splitlines() if line.startswith("installed ")}


def update():
    global updated
    if not updated:
        get("update", doing="apt-get update")
        updated = True


def get(*args, doing):
    options = ["-q", "-o", "Dpkg::Use-Pty=0", "-o", "Acquire::Retries=3"]
    if has_ca():
        options += ["-o", f"Acquire::https::CAInfo={CA}"]
    run(["apt-get", *options, *args], doing, dict(os.environ, DEBIAN_FRONTEND="noninteractive"))
