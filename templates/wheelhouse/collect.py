"""Downloads and builds the wheels of a resolution."""

import shutil
import tempfile
import time
from pathlib import Path

from .files import sha256_of
from .run import Failure
from .text import count, normal, say, since


def collect(pip, requirements, items, out):
    """Downloads the wheels of items, builds the others; gives the manifest's entries."""
    wheels = [item for item in items if item.wheel]
    others = [item for item in items if not item.wheel]
    if others:
        pip.need_compiler()
    made = []
    if wheels:
        start = time.monotonic()
        fetched = fetch(pip, requirements, wheels, "downloading the wheels")
        made += [entry(item, fetched, out, built=False) for item in wheels]
        say(f"downloaded {count(wheels, 'wheel')}, {sum((out / m['file']).stat().st_size for m in made) / 1e6:.1f} MB, in {since(start)}")
    for i, item in enumerate(others, 1):
        start = time.monotonic()
        say(f"building {item.key} {item.version} ({i}/{len(others)})")
        made.append(entry(item, fetch(pip, requirements, [item], f"building {item.key} {item.version}"), out, built=True))
        say(f"built {item.key} {item.version} in {since(start)} ({i}/{len(others)})")
    return sorted(made, key=lambda m: m["name"])


def fetch(pip, requirements, items, doing):
    """Runs `pip wheel` on exactly these artefacts; gives the folder of what came out."""
    folder = Path(tempfile.mkdtemp(dir=pip.tmp))
    lines = [" ".join([item.requirement(), *requirements.settings_of(item)]) for item in items]
    exact = folder / "exact.txt"
    exact.write_text("".join(line + "\n" for line in [*requirements.options, *lines]))
    pip("wheel", "--no-deps", "-w", str(folder), "-r", str(exact), doing=doing)
    return folder


def entry(item, folder, out, built):
    """Moves the item's wheel from folder to out, and describes it."""
    found = [p for p in sorted(folder.glob("*.whl")) if normal(p.name.split("-")[0]) == item.key]
    if len(found) != 1:
        raise Failure(f"error: pip made {len(found)} wheels of {item.key} {item.version}")
    sha256 = sha256_of(found[0])
    if item.wheel and item.sha256 and sha256 != item.sha256:
        raise Failure(f"error: {found[0].name} is not the file that was resolved: sha256 {sha256}, not {item.sha256}")
    shutil.move(str(found[0]), str(out / found[0].name))
    return {"name": item.key, "version": item.version, "file": found[0].name, "sha256": sha256,
            "url": item.source(Path.cwd()), "origin": "built" if built else "downloaded"}


def write_lock(path, made):
    path.write_text("".join(f"{m['name']}=={m['version']} --hash=sha256:{m['sha256']}\n" for m in made))
