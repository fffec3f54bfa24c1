"""The app's own projects. Their dependencies are wheels like all others; they themselves go into the app's layer,
built without a network by what lies in the runtime image for that: this program, and what the builds need.
"""

import os
import re
import shutil
import tempfile
import time
from pathlib import Path

from .bytecode import compile_all
from .files import settle, sha256_of
from .pip import PYTHON, Pip
from .requirements import Requirements
from .resolve import BUILD_FAILED
from .run import CommandFailed, Failure, run
from .settings import Settings
from .text import count, normal, say, since
from .toolchain import Toolchain

# In the context, for an app with own projects. Without it, projects in its tree are wheels like all others.
NEEDS = "build-requirements.txt"
TOOLS = "usr/local/lib/gcpdeploy"  # in the runtime image
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


def others(requirements, items):
    """The items without the app's own projects, whose dependencies alone were asked for."""
    if not (requirements.path.parent / NEEDS).exists():
        return items
    paths = [re.match(r"\./.*?(?=\[|\s;|\s--|$)", line) for line in requirements.lines]
    own = {(requirements.path.parent / path.group()).resolve() for path in paths if path}
    return [item for item in items if not (item.folder and item.path().resolve() in own)]


def gather(pip, toolchain, context, out):
    """Puts the wheels that building the app's own projects needs into a folder of the wheelhouse, with their own lock."""
    listed, folder = context / NEEDS, out / "build"
    if not listed.exists():
        return
    start = time.monotonic()
    folder.mkdir()
    if Requirements(listed).lines:
        collect(pip, toolchain, listed, folder)
    lines = []
    for path in sorted(folder.glob("*.whl")):
        name, version = path.name.split("-")[:2]
        lines.append(f"{normal(name)}=={version} --hash=sha256:{sha256_of(path)}\n")
    (folder / "requirements.lock").write_text("".join(lines), encoding="utf-8")
    if (context / "settings.json").exists():
        shutil.copyfile(str(context / "settings.json"), str(folder / "settings.json"))
    say(f"collected {count(lines, 'wheel')} to build the app's own projects with, in {since(start)}")


def collect(pip, toolchain, listed, folder):
    command = ["wheel", "-w", str(folder), "-r", str(listed)]
    doing = "collecting what building the app's own projects needs"
    try:
        pip(*command, doing=doing)
    except CommandFailed as e:
        if not BUILD_FAILED.search(e.output) or not toolchain.need():
            raise
        pip(*command, doing=doing)


def install_tools(wheels, env, out):
    """Puts what builds of the app's own projects need below out, where a wheelhouse has such."""
    folder = wheels / "build"
    if not folder.is_dir():
        return
    tools, lock = out / TOOLS, folder / "requirements.lock"
    tools.mkdir(parents=True)
    if lock.read_text(encoding="utf-8"):
        with Pip() as pip:
            pip.into(env)("install", "--no-index", "--no-deps", "--require-hashes", "--no-compile", "--target", str(tools / "build"),
                          "--find-links", str(folder), "-r", str(lock), doing="installing what building the app's own projects needs")
    shutil.copytree(str(Path(__file__).resolve().parent), str(tools / "wheelhouse"), ignore=shutil.ignore_patterns("__pycache__"))
    compile_all(env / "bin" / "python", tools)
    if (folder / "settings.json").exists():
        shutil.copyfile(str(folder / "settings.json"), str(tools / "settings.json"))
    settle(out)


def build_own(lines, app, env, out, packages, tools=None):
    """Builds the projects of requirement lines for env, and what they add to env and to the app's tree below out.

    An editable one is imported from app, where it has to lie in the image, too.
    """
    tools = tools or Path(__file__).resolve().parent.parent
    os.environ["PYTHONPATH"] = str(tools / "build")
    os.environ["PATH"] = f"{tools / 'build' / 'bin'}:{env / 'bin'}:{os.environ['PATH']}"
    start, before = time.monotonic(), tree(app)
    pip = Pip(Settings.read(tools / "settings.json"))
    with tempfile.TemporaryDirectory() as tmp:
        pip.tmp = Path(tmp)
        listed = pip.tmp / "own.txt"
        listed.write_text("".join(in_place(line) + "\n" for line in lines), encoding="utf-8")
        command = [str(env / "bin" / "python"), runner(), "install", "--root", str(out), "--no-index", "--no-deps", "--no-build-isolation",
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


def runner():
    """The file that pip itself runs for another Python's environment; started at once, it saves starting pip twice."""
    code = "import importlib.util, os; print(os.path.dirname(importlib.util.find_spec('pip').origin))"
    return os.path.join(run([PYTHON, "-c", code], "finding pip").strip(), "__pip-runner__.py")


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
        folders[:] = [f for f in folders if f not in ("build", "__pycache__", ".eggs", ".git") and not f.endswith(".egg-info")]
        found.update(os.path.relpath(os.path.join(root, name), str(folder)) for name in files)
    return found
