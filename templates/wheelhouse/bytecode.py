"""Bytecode, made once."""

import subprocess
import time

from .text import say, since


def compile_all(python, folder, shown=None):
    """Compiles what can be compiled: some packages carry files for other Pythons. shown is what it calls the folder: where it will be."""
    start = time.monotonic()
    subprocess.run([str(python), "-m", "compileall", "-qq", "-j", "0", "--invalidation-mode", "unchecked-hash",
                    *(["-d", shown] if shown else []), str(folder)],
                   stdout=subprocess.DEVNULL, check=False)
    say(f"compiled bytecode in {since(start)}")
