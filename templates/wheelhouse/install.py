"""Makes an environment from a wheelhouse."""

import shutil
import subprocess
import time

from .files import settle
from .pip import PYTHON, Pip
from .run import run
from .text import count, say, since


def install_env(wheels, env, out):
    """Installs exactly the lock's wheels, each by its own hash, without a network."""
    run([PYTHON, "-m", "venv", "--without-pip", str(env)], "making " + str(env))
    lock = wheels / "requirements.lock"
    if lock.read_text().strip():
        start = time.monotonic()
        with Pip() as pip:
            into = pip.into(env)
            into("install", "--no-index", "--no-deps", "--require-hashes", "--no-compile",
                 "--find-links", str(wheels), "-r", str(lock), doing="installing the wheels")
            say(f"installed {count(lock.read_text().splitlines(), 'package')} in {since(start)}")
            into("check", doing="pip check")
        compile_all(env / "bin" / "python", env / "lib")
    shutil.copyfile(lock, env / "requirements.lock")
    settle(env)
    out.mkdir()
    shutil.move(str(env), str(out))


def compile_all(python, folder):
    """Compiles what can be compiled: some packages carry files for other Pythons."""
    start = time.monotonic()
    subprocess.run([str(python), "-m", "compileall", "-qq", "-j", "0", "--invalidation-mode", "unchecked-hash", str(folder)],
                   stdout=subprocess.DEVNULL, check=False)
    say(f"compiled bytecode in {since(start)}")
