"""The base image's pip."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from . import apt
from .files import EPOCH
from .run import CA, Failure, has_ca, run
from .text import say

# The interpreter that has pip; /env's own has none.
PYTHON = getattr(sys, "_base_executable", None) or sys.executable


class Pip:
    """The base image's pip, with a cache of its own that ends with the run."""

    def __init__(self, packages=()):
        self.packages = list(packages)
        self.compiler = False
        self.python = []

    def __enter__(self):
        self.tmp = Path(tempfile.mkdtemp(prefix="wheelhouse-"))
        self.version = version()
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.tmp, ignore_errors=True)

    def into(self, env):
        """The same pip, working on another environment."""
        other = Pip(self.packages)
        other.__dict__ = self.__dict__.copy()
        other.python = ["--python", str(env / "bin" / "python")]
        return other

    def __call__(self, *args, doing):
        env = dict(
            os.environ,
            PIP_CACHE_DIR=str(self.tmp / "cache"), PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PIP_NO_COLOR="1",
            PIP_PROGRESS_BAR="off", PIP_ROOT_USER_ACTION="ignore", PIP_USE_PEP517="1", PYTHONUNBUFFERED="1",
            SOURCE_DATE_EPOCH=str(EPOCH), CFLAGS=flags("CFLAGS"), CXXFLAGS=flags("CXXFLAGS"),
        )
        env.setdefault("PIP_DEFAULT_TIMEOUT", "60")
        if has_ca():
            for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"):
                env[name] = str(CA)
        return run([PYTHON, "-m", "pip", *self.python, *args], doing, env)

    def need_compiler(self):
        """Installs what compiling needs, once."""
        if self.compiler:
            return False
        self.compiler = True
        wanted = list(self.packages)
        if not shutil.which("cc") or not shutil.which("make"):
            wanted.insert(0, "build-essential")
        if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
            if PYTHON.startswith("/usr/bin/"):
                wanted.append("python3-dev")
            else:
                say(f"note: the base image has no Python.h for {PYTHON}")
        if wanted:
            apt.install(wanted)
        return True


def version():
    found = subprocess.run([PYTHON, "-m", "pip", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    version = (found.stdout.split() + ["", ""])[1]
    major = re.match(r"\d+", version)
    if not major or int(major.group()) < 23:
        raise Failure(f"error: the base image has {'pip ' + version if version else 'no pip'} for {PYTHON}; "
                      "set base_image to one with pip 23.0 or newer")
    return version


def flags(name):
    """Debug information holds random paths and is of no use here."""
    return (os.environ.get(name, "") + " -g0").strip()
