"""Makes an environment from a wheelhouse."""

import json
import shutil
import time

from . import apt, own, record, system
from .builder import explain
from .bytecode import compile_all
from .files import settle
from .pip import PYTHON, Pip
from .run import Failure, run
from .text import count, say, since


def install_env(wheels, env, out, distinct=False, slim=None):
    """Installs exactly the lock's wheels, each by its own hash, without a network; distinct and slimmed ones where that is asked for."""
    refuse_incomplete(wheels)
    found = [record.Wheel(path, env) for path in sorted(wheels.glob("*.whl"))]
    if distinct:
        record.refuse_clashes(found)
    run([PYTHON, "-m", "venv", "--without-pip", str(env)], "making " + str(env))
    lock = wheels / "requirements.lock"
    if lock.read_text().strip():
        start = time.monotonic()
        with Pip() as pip:
            into = pip.into(env)
            make(into, wheels, lock)
            say(f"installed {count(lock.read_text().splitlines(), 'package')} in {since(start)}")
            into("check", doing="pip check")
        compile_all(env / "bin" / "python", env / "lib")
    if slim:
        slim(env, found)
        slim.tell()
    shutil.copyfile(lock, env / "requirements.lock")
    settle(env)
    out.mkdir()
    own.install_tools(wheels, env, out)
    shutil.move(str(env), str(out))


def make(into, wheels, lock):
    into("install", "--no-index", "--no-deps", "--require-hashes", "--no-compile",
         "--find-links", str(wheels), "-r", str(lock), doing="installing the wheels")


def install_system(wheels, packages):
    """Installs the system's packages that are named, and those that the wheelhouse needs."""
    if wheels:
        packages = [*packages, *(p for p in manifest_of(wheels).get("system", []) if p not in packages)]
    lacking = system.missing(packages)
    if lacking:
        apt.install(lacking)


def manifest_of(wheels):
    try:
        return json.loads((wheels / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:  # written by hand
        return {}


def refuse_incomplete(wheels):
    """A wheelhouse of which some builds failed holds work for the next try, and nothing to deploy."""
    if manifest_of(wheels).get("complete", True):
        return
    try:
        failed = json.loads((wheels.parent / "report.json").read_text(encoding="utf-8"))["failed"]
    except (OSError, ValueError, KeyError):
        failed = []
    raise Failure((explain(failed) + "\n" if failed else "") + "error: some wheels could not be built, so there is nothing to install; "
                  "the finished ones are kept, and the next try builds only the others")
