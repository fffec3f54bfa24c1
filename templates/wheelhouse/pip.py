"""The base image's pip."""

import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

from . import access, trouble
from .files import EPOCH
from .run import CA, CommandFailed, Failure, has_ca, run
from .settings import Settings

CONSTRAIN = Path(__file__).with_name("constrain.py")
# The interpreter that has pip; /env's own has none.
PYTHON = getattr(sys, "_base_executable", None) or sys.executable


class Pip:
    """The base image's pip, with a cache of its own that ends with the run."""

    def __init__(self, settings=None):
        self.settings = settings or Settings()
        self.env = None  # the environment that it works on; None = its own
        self.limits = self.settings.build_constraints  # which versions of tools builds may use
        self.found = None  # what configured has found

    def __enter__(self):
        self.version = version()
        # Paths may end up in what is compiled, so they are the same in each run; unless runs share a machine.
        self.tmp = Path(tempfile.gettempdir()) / "wheelhouse-run"
        try:
            self.tmp.mkdir(mode=0o700)
        except FileExistsError:
            self.tmp = Path(tempfile.mkdtemp(prefix="wheelhouse-"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.tmp, ignore_errors=True)

    def into(self, env):
        """The same pip, working on another environment."""
        return self.but(env=env)

    def under(self, pins):
        """The same pip, whose builds use these versions of tools."""
        return self.but(limits=[*self.settings.build_constraints, *pins]) if pins else self

    def but(self, **changed):
        other = Pip(self.settings)
        other.__dict__ = dict(self.__dict__, **changed)
        return other

    def environ(self, jobs=1):
        """The environment of pip and of builds. jobs is how many processes a build may start."""
        env = dict(os.environ, **self.settings.build_env)
        env.update(
            PIP_CACHE_DIR=str(self.tmp / "cache"), PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PIP_NO_COLOR="1",
            PIP_PROGRESS_BAR="off", PIP_ROOT_USER_ACTION="ignore", PIP_USE_PEP517="1", PYTHONUNBUFFERED="1", PYTHONHASHSEED="0",
            SOURCE_DATE_EPOCH=str(EPOCH), CFLAGS=flags(env, "CFLAGS"), CXXFLAGS=flags(env, "CXXFLAGS"),
            MAKEFLAGS=f"-j{jobs}", CMAKE_BUILD_PARALLEL_LEVEL=str(jobs), NPY_NUM_BUILD_JOBS=str(jobs), MAX_JOBS=str(jobs),
            CARGO_BUILD_JOBS=str(jobs),
        )
        env.setdefault("PIP_DEFAULT_TIMEOUT", "60")
        if has_ca():
            for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO"):
                env[name] = str(CA)
        return env

    def __call__(self, *args, doing, jobs=1):
        """Runs pip, and gives what it said."""
        env = {**self.environ(jobs), **access.environment()}
        if self.limited():
            env["PIP_BUILD_CONSTRAINT"] = " ".join(self.limited())
        try:
            return run([*self.command(), *args], doing, env)
        except CommandFailed as e:
            asked = Path(args[args.index("-r") + 1]).read_text(encoding="utf-8") if "-r" in args else ""
            refusals, silent = access.failures(e.output, asked)
            raise CommandFailed(doing, e.output, refusals, trouble.hint(e.output, silent, self.settings.build_constraints)) from None

    def command(self):
        python = str(self.env / "bin" / "python") if self.env else PYTHON
        if self.limited() and not self.at_least(25, 3):
            return [python, str(CONSTRAIN), place()]
        if not self.env:
            return [PYTHON, "-m", "pip"]
        return [python, runner()]

    def constrained(self):
        """The arguments with which pip installs tools as builds may use them."""
        return [word for path in self.limited() for word in ("-c", path)]

    def limited(self):
        """The files of what limits tools: those that the base image names, and ours."""
        return dict(os.environ, **self.settings.build_env).get("PIP_BUILD_CONSTRAINT", "").split() + ([self.limits_file()] if self.limits else [])

    def limits_file(self):
        """One for each content, as several threads run pip."""
        text = "".join(line + "\n" for line in self.limits)
        path = self.tmp / f"limits-{hashlib.sha256(text.encode()).hexdigest()[:16]}.txt"
        if not path.exists():
            new = Path(tempfile.mkstemp(dir=self.tmp)[1])
            new.write_text(text, encoding="utf-8")
            new.rename(path)
        return str(path)

    def configured(self):
        """The settings that pip takes from configuration files and variables of the base image, by their bare names."""
        if self.found is None:
            self.found = {line.partition("=")[0].rpartition(".")[2] for line in self("config", "list", doing="pip config list").splitlines()}
        return self.found

    def at_least(self, *wanted):
        return tuple(int(n) for n in re.findall(r"\d+", self.version)[:len(wanted)]) >= wanted


def version():
    number = version_here() if PYTHON == sys.executable else version_there()
    major = re.match(r"\d+", number)
    if not major or int(major.group()) < 23:
        raise Failure(f"error: the base image has {'pip ' + number if number else 'no pip'} for {PYTHON}; "
                      "set base_image to one with pip 23.0 or newer")
    return number


def version_here():
    """pip's version, without a start of it."""
    try:
        return importlib.import_module("pip").__version__
    except ImportError:
        return ""


def version_there():
    found = subprocess.run([PYTHON, "-m", "pip", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return (found.stdout.split() + ["", ""])[1]


@lru_cache(maxsize=None)
def place():
    """The folder of pip itself."""
    if PYTHON == sys.executable:
        return os.path.dirname(importlib.import_module("pip").__file__)
    code = "import importlib.util, os; print(os.path.dirname(importlib.util.find_spec('pip').origin))"
    return run([PYTHON, "-c", code], "finding pip").strip()


def runner():
    """What pip itself runs for another Python: one start of pip is saved."""
    return os.path.join(place(), "__pip-runner__.py")


def flags(env, name):
    """Debug information holds random paths and is of no use here."""
    return (env.get(name, "") + " -g0").strip()
