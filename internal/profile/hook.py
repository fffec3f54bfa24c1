"""Notes what a Python loads, when, and which line of the app asked for it.

Python imports it as sitecustomize, before it does anything else: the folder that it
lies in is the first of PYTHONPATH. It notes each module that is really loaded, by the one
function of the import system that all loads go through, be they an import statement's or
importlib.import_module's. A module that was loaded before costs nothing, and nothing is
imported here that a Python does not have by then.

Each line of the log has fields between tabs. Several processes write to it, whole lines each.
"""
import os
import sys
import time
from _thread import get_ident

BEGAN = time.time_ns()
HERE = os.path.dirname(os.path.abspath(__file__))
LOG = os.path.join(HERE, "log")
STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
BIN = os.path.join(sys.prefix, "bin") + os.sep


def original():
    """Imports the sitecustomize that is there without us."""
    me = sys.modules.pop("sitecustomize", None)
    sys.path[:] = [p for p in sys.path if os.path.abspath(p) != HERE]
    try:
        import sitecustomize  # noqa: F401
    except ImportError as e:
        if e.name != "sitecustomize":
            raise
    finally:
        if me is not None:
            sys.modules.setdefault("sitecustomize", me)


def install(clock=time.time_ns):
    bootstrap = sys.modules["_frozen_importlib"]
    find_and_load, getframe, modules = bootstrap._find_and_load, sys._getframe, sys.modules
    kinds = {}  # of files
    open_lines = {}  # of each thread: the lines of the app that asked for what is being loaded
    written = []

    def kind(file):
        found = kinds.get(file)
        if found is None:
            path = file if file.startswith("<") else os.path.abspath(file)
            if path.startswith("<") or path.startswith(HERE):
                found = "python"
            elif "/site-packages/" in path or "/dist-packages/" in path:
                found = "package"
            elif path.startswith(STDLIB):
                found = "python"
            elif path.startswith(BIN):  # what pip made of an entry point
                found = "package"
            else:
                found = "app"
            kinds[file] = found
        return found

    def line(frame, inherited):
        """The nearest line of the app below a frame; as for what is being loaded around it."""
        while frame is not None:
            code = frame.f_code
            if code is load_code:
                return inherited
            if kind(code.co_filename) == "app":
                return "%s:%d" % (os.path.abspath(code.co_filename), frame.f_lineno)
            frame = frame.f_back
        return ""

    def flush():
        text = "".join(written)
        del written[:]
        try:
            fd = os.open(LOG, os.O_WRONLY | os.O_APPEND)
        except OSError:  # an app may give up its files
            return
        try:
            os.write(fd, text.encode("utf-8", "replace"))
        finally:
            os.close(fd)

    def note(*fields):
        written.append("\t".join(str(f).replace("\t", " ").replace("\n", " ") for f in fields) + "\n")

    def what(name):
        """The kind of a module and its file."""
        spec = getattr(modules.get(name), "__spec__", None)
        if spec is None:
            return "", ""
        if spec.origin is None or spec.origin == "namespace":
            return "namespace", ""
        if not spec.has_location:
            return "python", ""
        return kind(spec.origin), spec.origin

    def load(name, import_):
        lines = open_lines.setdefault(get_ident(), [])
        asked = line(getframe().f_back, lines[-1] if lines else "")  # C may call without a frame
        lines.append(asked)
        begin = clock()
        try:
            return find_and_load(name, import_)
        finally:
            end = clock()
            lines.pop()
            note("load", os.getpid(), begin, end, name, *what(name), asked)
            if not lines:
                flush()

    def forked():
        del written[:]  # they are the parent's
        note("fork", os.getpid(), os.getppid(), clock())
        flush()

    load_code = load.__code__
    boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    note("begin", os.getpid(), os.getppid(), BEGAN, "%.6f" % (clock() / 1e9 - boot), sys.executable, os.getcwd())
    flush()
    os.register_at_fork(after_in_child=forked)
    bootstrap._find_and_load = load


try:
    install()
finally:
    original()
