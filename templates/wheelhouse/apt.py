"""Packages of the system."""

import os
import shutil
import time
from pathlib import Path

from .run import CA, Failure, has_ca, run
from .text import say, since


def install(packages):
    """Installs packages of the system, and leaves no lists, caches or logs."""
    if not shutil.which("apt-get"):
        raise Failure("error: the base image has no apt-get to install " + " ".join(packages)
                      + "; set base_image to an image based on Debian or Ubuntu")
    start = time.monotonic()
    options = ["-q", "-o", "Dpkg::Use-Pty=0", "-o", "Acquire::Retries=3"]
    if has_ca():
        options += ["-o", f"Acquire::https::CAInfo={CA}"]
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run(["apt-get", *options, "update"], "apt-get update", env)
    run(["apt-get", *options, "install", "-y", "--no-install-recommends", *packages],
        "installing " + " ".join(packages), env)
    run(["apt-get", "clean"], "apt-get clean", env)
    for path in [*Path("/var/lib/apt/lists").glob("*"), *Path("/var/log/apt").glob("*"), *Path("/var/cache/apt").glob("*.bin"),
                 Path("/var/log/dpkg.log"), Path("/var/log/alternatives.log"), Path("/var/cache/ldconfig/aux-cache")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    say(f"installed {' '.join(packages)} in {since(start)}")
