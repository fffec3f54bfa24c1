"""Makes a wheelhouse."""

import json
import sys
import sysconfig
import time
from importlib.util import MAGIC_NUMBER

from . import cooldown, early, own, system
from .builder import Builder, explain, lock
from .files import settle
from .index import Index
from .offer import offer
from .pip import Pip
from .requirements import Requirements
from .resolve import resolve
from .run import Failure
from .settings import Settings
from .store import SCHEMA
from .text import count, say
from .toolchain import Toolchain


HEAVY, FOLDERS = 1_000_000, 6  # bytes; and as many as wheel.Dockerfile copies


def build_wheels(context, out, report, packages, base="", earlier=None, store=None, heavy=None):
    """Makes the wheelhouse of requirements.txt under constraints.txt.

    out gets what may depend on nothing but the inputs, heavy the largest wheels of it; report, the file beside it, gets what differs from run to run.
    Gives the exit code: a wheelhouse of which some builds failed is kept when it saves the next try some work.
    """
    start = time.monotonic()
    out.mkdir(parents=True)
    settings = Settings.read(context / "settings.json")
    with Pip(settings) as pip:
        requirements, toolchain = Requirements(context / "requirements.txt"), Toolchain(packages)
        builder = Builder(pip, toolchain, requirements, settings, base, earlier, store)
        items, skipped = build_all(pip, toolchain, requirements, builder, context)
        failed = builder.failed()
        complete = not failed
        wanted = items if complete else builder.from_source()
        made, told = builder.move(wanted, out)
        kept = any(builder.made[item.id]["kept"] for item in wanted)
        needs = sorted({p for m in made for p in m["system"]}.union(system.runtime_packages([], [m["name"] for m in made])))
        builder.store.trim()
        if complete:
            own.gather(pip, toolchain, context, out)
        manifest = {
            "schema": SCHEMA, "complete": complete, "python": sysconfig.get_config_var("py_version") or sys.version.split()[0],
            "implementation": sys.implementation.name, "magic": MAGIC_NUMBER.hex(),
            "platform": sysconfig.get_platform(), "base": base, "tools": {"pip": pip.version}, "system": needs, "packages": made,
        }
    if complete:
        (out / "requirements.lock").write_text(lock(made), encoding="utf-8")
    write(out / "manifest.json", manifest)
    settle(out)
    if heavy:
        set_apart(out, heavy)
    report.parent.mkdir(parents=True, exist_ok=True)
    write(report, {"schema": 1, "seconds": round(time.monotonic() - start, 1), "packages": told, "failed": failed, "skipped": skipped})
    if failed:
        say(explain(failed))
        say(f"wheelhouse: {count(failed, 'build')} failed" + (f"; {count(made, 'finished wheel')} kept for the next try" if kept else ""))
        return 0 if kept else 1
    say(f"wheelhouse: {count(made, 'package')}, {sum(t['origin'] == 'built' for t in told)} built")
    return 0


def set_apart(out, heavy):
    """Moves the largest wheels into folders of their own, the largest into the first."""
    found = sorted((-path.stat().st_size, path) for path in out.glob("*.whl") if path.stat().st_size >= HEAVY)
    for n in range(FOLDERS):
        folder = heavy / str(n + 1)
        folder.mkdir(parents=True)
        if n < len(found):
            (folder / out.name).mkdir()
            _, path = found[n]
            path.rename(folder / out.name / path.name)
    settle(heavy)
    settle(out)


def build_all(pip, toolchain, requirements, builder, context):
    """Gives the items of the resolution, and the names of what was not tried because a build failed before."""
    constraints = context / "constraints.txt"
    limits = constraints.read_text(encoding="utf-8")
    pins = [] if requirements.half_hashed(limits) else early.find(pip, requirements, requirements.pins(limits), all_or_none=True)
    # A published wheel saves pip nothing unless it is here already. But before hours of building it is good to have them all.
    builds = [item for _, item in pins if not builder.reuse(item) and not item.wheel]
    if builds:
        builder.download([item for _, item in pins if item.wheel and item.id not in builder.made])
    builder.downloads.begin([item for _, item in pins if item.wheel and item.id not in builder.made])  # while pip resolves
    pins = [(pin, item) for pin, item in pins if item.id in builder.made or not item.wheel]
    builder.build([item for _, item in pins if item.id not in builder.made])
    if builder.failed():
        tried = {item.key for _, item in pins if not item.wheel or builder.made[item.id]["origin"] == "reused"}
        return [], sorted(set(requirements.names()) - tried)
    ready = [(pin, item, m["path"], m["sha256"]) for pin, item in pins for m in [builder.made[item.id]]]
    items = decide(pip, toolchain, requirements, builder, constraints, ready)
    builder.collect(items)
    return items, []


def decide(pip, toolchain, requirements, builder, constraints, ready):
    """The items of one resolution; ready are pins whose wheels are there."""
    pinned = {pin.key for pin in requirements.pins(constraints.read_text(encoding="utf-8"))}
    args, offered = ["-c", str(constraints), "--ignore-installed"], offer(pip, requirements, builder)
    items = cooldown.resolve(builder.settings.uploaded_before, Index(requirements.choice()), pip, pinned,
                             lambda more: resolve(pip.under(builder.settings.all_pins()), toolchain, requirements, args + more, ready, offered))
    return own.others(requirements, items)


def write_resolution(context, out, packages, base="", earlier=None):
    """Writes what the requirements come to, and of what each wheel would be made; makes none."""
    out.mkdir(parents=True)
    settings = Settings.read(context / "settings.json")
    with Pip(settings) as pip:
        requirements, toolchain = Requirements(context / "requirements.txt"), Toolchain(packages)
        builder = Builder(pip, toolchain, requirements, settings, base, earlier)
        constraints = context / "constraints.txt"
        pins = [(pin, item) for pin, item in early.find(pip, requirements, requirements.pins(constraints.read_text(encoding="utf-8"))) if builder.reuse(item)]
        ready = [(pin, item, m["path"], m["sha256"]) for pin, item in pins for m in [builder.made[item.id]]]
        items = decide(pip, toolchain, requirements, builder, constraints, ready)
        write(out / "resolution.json", {"schema": 1, "packages": [
            {"name": item.key, "version": item.version, "build_key": builder.key_of(item)} for item in items]})


def write(path, value):
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def check_python(wanted):
    """Refuses an interpreter of another version or ABI than the one that the plan is for."""
    if not wanted:
        return
    have, build = sys.version_info[:3], "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    numbers, same = tuple(int(n) for n in wanted.rstrip("t").split(".")), wanted.endswith("t") == bool(build)
    if numbers == have[:len(numbers)] and same and sys.implementation.name == "cpython":
        return
    kind = {"cpython": "Python", "pypy": "PyPy"}.get(sys.implementation.name, sys.implementation.name)
    said = f"error: the base image has {kind} {'.'.join(map(str, have))}{build}, and {wanted} is wanted; "
    if numbers[:2] == have[:2] and not same:
        raise Failure(said + f'free-threaded builds have wheels of their own: set `python: "{".".join(map(str, have[:2]))}{build}"`, '
                      f"or base_image to one with {wanted}")
    if numbers[:2] == have[:2] and numbers != have[:len(numbers)]:
        minor = ".".join(map(str, have[:2]))
        raise Failure(said + f'that is another patch level of {minor}: set `python: "{minor}"`, or base_image to one with {wanted}')
    raise Failure(said + "set python or base_image so that they agree")
