"""Imports modules in interpreters of their own.

Several in one process, for starting Python and importing numpy ten times takes long. What fails there is tried again
alone, so that no module is blamed for what another one did before it.
"""

import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LONGEST = 60  # seconds for one module
ALL = 600  # seconds for all of them
SHARE = 24  # modules for one process, while there are cores for more

# types are those of the exception and what it came from; signal is what ended the interpreter, or 0; heard is what it
# printed as errors.
Result = namedtuple("Result", "ok types text signal late heard")

CHILD = Path(__file__).with_name("child.py")


def import_all(python, names):
    """The result of each name; those that time did not suffice for are not in it."""
    end = time.monotonic() + ALL
    processes = max(1, min(os.cpu_count() or 1, -(-len(names) // SHARE)))
    home = tempfile.mkdtemp(prefix="imports-")
    results = {}
    try:
        with ThreadPoolExecutor(processes) as pool:
            for found in pool.map(lambda share: import_some(python, share, home, end), [names[n::processes] for n in range(processes)]):
                results.update(found)
            doubtful = [name for name, result in results.items() if not result.ok]
            for found in pool.map(lambda name: import_some(python, [name], home, end), doubtful):
                results.update(found)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return results


def import_some(python, names, home, end):
    """Imports names in one process; goes on in a new one after what ended it."""
    results, rest = {}, list(names)
    while rest and time.monotonic() < end:
        done = import_until_end(python, rest, home, end)
        if not done and time.monotonic() < end:
            done = {rest[0]: Result(False, ["SystemError"], "the interpreter does not start", 0, False, "")}
        results.update(done)
        rest = [name for name in rest if name not in results]
    return results


def import_until_end(python, names, home, end):
    results, current, began = {}, "", time.monotonic()
    reading, writing = os.pipe()
    # A home and a folder of its own, and no bytecode: nothing of what imports write must stay.
    env = dict(os.environ, HOME=home, TMPDIR=home, XDG_CACHE_HOME=home)
    with tempfile.TemporaryFile(dir=home) as errors:
        child = subprocess.Popen([str(python), "-I", "-B", str(CHILD), str(writing), *names], env=env, cwd=home, pass_fds=[writing],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True)
    os.close(writing)
    late = False
    with open(reading, "rb", buffering=0) as pipe, selectors.DefaultSelector() as ready:
        ready.register(pipe, selectors.EVENT_READ)
        told = b""
        while len(results) < len(names):
            if not ready.select(max(0, min(began + LONGEST, end) - time.monotonic())):
                late = True
                break
            data = pipe.read(1 << 16)
            if not data:
                break
            *lines, told = (told + data).split(b"\n")
            for line in lines:
                name, result = json.loads(line)
                began, current = time.monotonic(), name if result is None else ""
                if result is not None:
                    results[name] = Result(not result[0], result[0], result[1], 0, False, result[2])
    kill(child)
    code = child.wait()
    if current:
        results[current] = Result(False, [], "", 0 if late else max(0, -code), late, "")
        if not late and code >= 0:
            results[current] = Result(False, ["SystemExit"], f"it ended the interpreter with code {code}", 0, False, "")
    return results


def kill(child):
    """Ends the process and what it started, if it is not at its end already."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
