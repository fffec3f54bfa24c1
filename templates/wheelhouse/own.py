"""What the shared images hold for the app's own projects. Their dependencies are wheels like all others; they themselves
go into the app's layer, built without a network (layer.py). For that the runtime image has this program, and what builds need.
"""

import re
import shutil
import time
from pathlib import Path

from .bytecode import compile_all
from .files import settle, sha256_of
from .pip import Pip
from .requirements import Requirements
from .run import CommandFailed
from .text import count, normal, say, since
from .trouble import BUILD_FAILED

# In the context, for an app with own projects. Without it, projects in its tree are wheels like all others.
NEEDS = "build-requirements.txt"
TOOLS = "usr/local/lib/gcpdeploy"  # in the runtime image


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
    command = ["wheel", "-w", str(folder), "-r", str(listed), *pip.constrained()]
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
    compile_all(env / "bin" / "python", tools, "/" + TOOLS)
    if (folder / "settings.json").exists():
        shutil.copyfile(str(folder / "settings.json"), str(tools / "settings.json"))
    settle(out)
