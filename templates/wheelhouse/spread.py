"""Makes an environment for layers: each heavy package below a folder of its own, named by its layer's key, the others
together. What is in such a folder depends on nothing but the package's wheel, this Python, its pip and this program, so
that equal wheels are equal layers in every app. The folders below out:

  skeleton     the environment without packages, and the user's entries
  layers/KEY   a heavy package that no image has yet
  rest         the other packages
  top          what is this app's alone
"""

import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import own, record
from .bytecode import compile_all
from .files import settle
from .install import make, refuse_incomplete
from .pip import PYTHON, Pip
from .run import run
from .text import count, normal, say, since


def spread_env(wheels, env, out, chosen, slim=None):
    """Installs the lock's wheels but for those whose layers are there, and parts the result, slimmed where that is asked for.

    chosen is a file of Go's: the layers of heavy packages, [{"key", "name", "file", "there"}].
    """
    refuse_incomplete(wheels)
    found = [record.Wheel(path, env) for path in sorted(wheels.glob("*.whl"))]
    muddled, common = record.refuse_clashes(found)
    asked = json.loads(chosen.read_text(encoding="utf-8")) or []
    layers = [layer for layer in asked if layer["file"] not in muddled]
    for layer in asked:
        if layer["file"] in muddled:
            say(f"note: {layer['name']} has no layer of its own: another package has files of the same names, and they differ")
    there = {layer["file"] for layer in layers if layer["there"]}
    run([PYTHON, "-m", "venv", "--without-pip", str(env)], "making " + str(env))
    skeleton = out / "skeleton" / env.name
    out.mkdir()
    shutil.copytree(str(env), str(skeleton), symlinks=True)
    lock = (wheels / "requirements.lock").read_text(encoding="utf-8")
    install(wheels, env, lock, [wheel for wheel in found if wheel.path.name in there])
    drop_same(skeleton, env)
    apart = {layer["file"] for layer in layers}
    several = {Path(file): owners for path, owners in common.items() for file in [path, *record.compiled(Path(path))]}
    for layer in layers:
        if not layer["there"]:
            wheel, = [wheel for wheel in found if wheel.path.name == layer["file"]]
            part = out / "layers" / layer["key"] / env.name
            move(record.installed(env, wheel), several, env, part)
            if slim:
                slim(part, [wheel])
    for path, owners in several.items():
        if owners <= apart and (env / path).exists():
            (env / path).unlink()
    if slim:
        slim(env, [wheel for wheel in found if wheel.path.name not in apart])
        slim.tell()
    if drop_empty(env):
        (out / "rest").mkdir()
        shutil.move(str(env), str(out / "rest" / env.name))
    make_top(wheels, env, out, lock, skeleton)
    (out / "layers.json").write_text(json.dumps([layer["key"] for layer in layers]) + "\n", encoding="utf-8")
    settle(out)


def install(wheels, env, lock, there):
    """Installs the lock's wheels but for those that are there already, of which pip check sees what they say."""
    absent = {wheel.name for wheel in there}
    lines = [line for line in lock.splitlines(keepends=True) if normal(line.partition("==")[0]) not in absent]
    with Pip() as pip, ThreadPoolExecutor(1) as beside:
        into, listed = pip.into(env), pip.tmp / "layers.lock"
        if lines:
            start = time.monotonic()
            listed.write_text("".join(lines), encoding="utf-8")
            make(into, wheels, listed)
            say(f"installed {count(lines, 'package')} in {since(start)}" + (f", {len(there)} more are in layers" if there else ""))
            compiling = beside.submit(compile_all, env / "bin" / "python", env / "lib")
        if lines or there:
            lent = [wheel.lend_metadata() for wheel in there]
            into("check", doing="pip check")
            if lines:
                compiling.result()
            for folder in lent:
                shutil.rmtree(str(folder))


def drop_same(skeleton, env):
    """Removes what env has of its skeleton; what a package put in a file's place stays."""
    for root, folders, files in os.walk(str(skeleton)):
        for name in [*files, *(f for f in folders if os.path.islink(os.path.join(root, f)))]:
            before = Path(root, name)
            now = env / before.relative_to(skeleton)
            if now.is_symlink() != before.is_symlink():
                continue
            if os.readlink(str(now)) == os.readlink(str(before)) if now.is_symlink() else now.read_bytes() == before.read_bytes():
                now.unlink()


def drop_empty(folder):
    """Removes folders without files, which others have left, and says whether there are others."""
    kept = False
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            kept = drop_empty(path) or kept
        else:
            kept = True
    if not kept:
        folder.rmdir()
    return kept


def move(paths, several, env, to):
    """Moves files below env, with the folders that they are in; those that several packages have stay for the others, too."""
    for path in paths:
        make_parents(path.parent, env, to)
        if path in several:
            shutil.copy2(str(env / path), str(to / path), follow_symlinks=False)
        else:
            os.rename(str(env / path), str(to / path))


def make_parents(folder, env, to):
    into = to / folder
    if not into.exists():
        if folder != Path():
            make_parents(folder.parent, env, to)
        into.mkdir(parents=True)
        shutil.copymode(str(env / folder), str(into))


def make_top(wheels, env, out, lock, skeleton):
    top = out / "top"
    (top / env.name).mkdir(parents=True)
    (top / env.name / "requirements.lock").write_text(lock, encoding="utf-8")
    if (wheels / "build").is_dir():
        # They are compiled by the environment's own interpreter, which was moved.
        shutil.copytree(str(skeleton), str(env), symlinks=True)
        own.install_tools(wheels, env, top)
        shutil.rmtree(str(env))
