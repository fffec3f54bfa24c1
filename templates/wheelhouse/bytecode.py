"""Bytecode, made once."""

import re
import subprocess
import time

from .text import say, since


def compile_all(python, folder, shown=None):
    """Compiles what can be compiled: some packages carry files for other Pythons. shown is what it calls the folder: where it will be.

    Nobody imports a package's own tests where it is in use, and who does waits for the interpreter. Of numpy and scipy they
    are two fifths of all code.
    """
    tests = "^" + re.escape(str(folder)) + "/(.*/)?tests/"
    start = time.monotonic()
    subprocess.run([str(python), "-m", "compileall", "-qq", "-j", "0", "--invalidation-mode", "unchecked-hash", "-x", tests,
                    *(["-d", shown] if shown else []), str(folder)],
                   stdout=subprocess.DEVNULL, check=False)
    say(f"compiled bytecode in {since(start)}")
