"""Builds the app's own projects for the layer of the app, without a network; see own.py."""

import os
import re
import shutil
import tempfile
import time
from pathlib import Path

from .bytecode import compile_all
from .files import settle
from .pip import Pip, runner
from .run import CommandFailed, Failure, run
from .settings import Settings
from .text import count, say, since
from .toolchain import Toolchain

LACKS_COMPILER = re.compile(r"command '[^']*(cc|\+\+|clang|gfortran)[^']*' failed: No such file|Unknown compiler|CMAKE_\w+_COMPILER"
                            r"|Python\.h: No such file|linker `cc` not found|No C compiler", re.IGNORECASE)
HINTS = (
    (re.compile(r"SETUPTOOLS_SCM_PRETEND_VERSION|unable to detect version"),
     "its version comes from git's history, which is not sent; set it: wheels: {build_env: {SETUPTOOLS_SCM_PRETEND_VERSION: \"1.0\"}}"),
    (re.compile(r"ModuleNotFoundError|BackendUnavailable|Cannot import|No matching distribution"),
     "these builds have no network; name what they need under [build-system] requires in the project's pyproject.toml"),
)
# Their editable packages build themselves again when they are imported, which takes a compiler.
REBUILDS = re.compile(r"^\s*build-backend\s*=\s*[\"']mesonpy[\"']", re.MULTILINE)


def build_own(lines, app, env, out, packages, tools=None):
    """Builds the projects of requirement lines for env, and what they add to env and to the app's tree below out.

    An editable one is imported from app, where it has to lie in the image, too.
    """
    tools = tools or Path(__file__).resolve().parent.parent
    found = runner()  # before another PYTHONPATH counts
    os.environ["PYTHONPATH"] = str(tools / "build")
    os.environ["PATH"] = f"{tools / 'build' / 'bin'}:{env / 'bin'}:{os.environ['PATH']}"
    start, before = time.monotonic(), tree(app)
    pip = Pip(Settings.read(tools / "settings.json"))
    with tempfile.TemporaryDirectory() as tmp:
        pip.tmp = Path(tmp)
        listed = pip.tmp / "own.txt"
        listed.write_text("".join(in_place(line) + "\n" for line in lines), encoding="utf-8")
        command = [str(env / "bin" / "python"), found, "install", "--root", str(out), "--no-index", "--no-deps", "--no-build-isolation",
                   "--ignore-installed", "--no-compile", "--no-warn-script-location", "-r", str(listed)]
        doing, environ = "building the app's own projects", pip.environ(os.cpu_count() or 1)
        try:
            run(command, doing, environ)
        except CommandFailed as e:
            hint = next((text for pattern, text in HINTS if pattern.search(e.output)), None)
            if hint:
                raise Failure(f"{e}\nhint: {hint}") from None
            if not LACKS_COMPILER.search(e.output) or not Toolchain(packages).need():
                raise
            run(command, doing, environ)
    below = out / str(env).lstrip("/")
    compile_all(env / "bin" / "python", below)
    for path in sorted(tree(app) - before):
        to = out / str(app).lstrip("/") / path
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(str(app / path), str(to), follow_symlinks=False)
    settle(out)
    say(f"built {count(lines, 'project')} of the app's own in {since(start)}")


def in_place(line):
    """The line as it is, or without -e for a project that cannot be used in place."""
    path = line[3:].split(" --")[0].strip("'")
    project = Path(path) / "pyproject.toml"
    if line.startswith("-e ") and project.is_file() and REBUILDS.search(project.read_text(encoding="utf-8", errors="replace")):
        say(f"note: {path} is built with meson-python, whose editable packages need a compiler to run; it is installed as a copy")
        return line[3:]
    return line


def tree(folder):
    """The files below a folder, without what builds leave behind for themselves."""
    found = set()
    for root, folders, files in os.walk(str(folder)):
        folders[:] = [f for f in folders if f not in ("build", "__pycache__", ".eggs", ".git", ".pdm-build") and not f.endswith(".egg-info")]
        found.update(os.path.relpath(os.path.join(root, name), str(folder)) for name in files)
    return found
