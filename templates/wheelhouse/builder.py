"""Turns the items of a resolution into wheels: reused, downloaded or built."""

import os
import re
import shutil
import tempfile
import threading
import time
from pathlib import Path

from . import hints, system
from .downloads import Downloads
from .environments import Environments
from .files import sha256_of
from .keys import Keys
from .pool import Pool
from .run import Failure
from .store import Earlier, Found, Store
from .task import Task
from .text import count, normal, say, since


class Builder:
    """Collects finished wheels by item key; failed builds lie beside them and stop nothing."""

    def __init__(self, pip, toolchain, requirements, settings, base="", earlier=None, store=None):
        self.pip, self.toolchain, self.requirements, self.settings = pip, toolchain, requirements, settings
        self.keys = Keys(base, pip.version, settings, ":all:" in requirements.choice().no_binary)
        self.earlier, self.store = Earlier(earlier), Store(store)
        self.environments = Environments(pip, requirements)
        self.base = base
        self.there = set(system.here())  # before anything is installed: the libraries that the runtime image has, too
        self.work, self.wheels = pip.tmp / "work", pip.tmp / "wheels"
        self.work.mkdir()
        self.wheels.mkdir()
        self.pool, self.context = Pool(), Path.cwd()
        self.downloads = Downloads(pip.tmp / "downloads")
        self.lock = threading.Lock()
        self.tasks, self.made = {}, {}  # by the item's id

    def config_settings(self, item):
        return [*self.requirements.settings_of(item), *self.settings.config_settings.get(item.key, [])]

    def key_of(self, item, locked=True):
        pins = self.settings.pins(item) if locked else []
        return self.keys.of(item, self.toolchain.of(item.key), self.config_settings(item), self.context, pins)

    def reuse(self, item):
        """Takes a wheel of the item's build key from before; says whether there is one."""
        key, found = self.before(item)
        if found is None:
            return False
        if item.wheel and self.earlier.base != self.base:  # which may have had what this one lacks
            found.system = system.lacking(found.path, self.there)
        self.add(item, key, found, "reused", 0.0)
        if found.built:
            say(f"reused {item} ({found.where})")
        return True

    def before(self, item):
        """The item's build key, and the wheel that has it from before, or None."""
        key, pins = self.key_of(item), self.settings.pins(item)
        found = self.find(item, key)
        if found is None and pins:  # one that was built before there was a lock, with just what is locked now
            found = self.find(item, self.key_of(item, locked=False))
            found = found if found and found.requirements == pins else None
        return key, found

    def find(self, item, key):
        return (self.earlier.find(key) or (None if item.wheel else self.store.find(key))) if key else None

    def add(self, item, key, found, origin, seconds):
        self.made[item.id] = {
            "item": item, "path": found.path, "sha256": found.sha256, "build_key": key or "sha256:" + found.sha256, "system": found.system,
            "requirements": found.requirements, "origin": origin, "seconds": round(seconds, 1), "kept": found.built and (origin == "built" or found.where == "an earlier run"),
        }

    def build(self, items):
        """Builds from source, side by side; returns at the end of all."""
        tasks = []
        for item in items:
            task = Task(item, self.key_of(item), self.config_settings(item), self)
            self.tasks[item.id] = task
            tasks.append(task)
        if not tasks:
            return
        if any(not task.hopeless for task in tasks):
            self.toolchain.need([task.item.key for task in tasks if not task.hopeless])
        say(f"building {count(items, 'package')}, {min(self.pool.width, len(items))} at a time")
        self.pool.add(tasks)
        self.pool.wait(lambda running: say("still building " + ", ".join(f"{t.item} ({since(t.start)})" for t in running)))
        for task in tasks:
            if task.wheel:
                self.add(task.item, task.key, Found(task.wheel, task.sha256, task.system, requirements=task.requirements), "built", task.seconds)

    def collect(self, items):
        """Makes every item's wheel that is not there yet."""
        missing = [i for i in items if i.id not in self.made and not self.reuse(i)]
        taken = [m for m in self.made.values() if m["item"].wheel and m["origin"] == "reused"]
        if taken:
            say(f"reused {count(taken, 'downloaded wheel')}")
        self.download([item for item in missing if item.wheel])
        self.build([item for item in missing if not item.wheel])

    def download(self, items):
        if not items:
            return
        start = time.monotonic()
        self.downloads.begin(items)
        found = {item.id: self.downloads.get(item) for item in items}
        rest = [item for item in items if not found[item.id]]
        if rest:
            folder = self.pip_wheel(rest, [], self.pip.tmp, "downloading the wheels", 1)
            found.update((item.id, single(folder, item)) for item in rest)
        size = 0
        for item in items:
            path = found[item.id]
            sha256 = sha256_of(path)
            if item.sha256 and sha256 != item.sha256:
                raise Failure(f"error: {path.name} is not the file that was resolved: sha256 {sha256}, not {item.sha256}")
            size += path.stat().st_size
            self.add(item, "sha256:" + sha256, Found(path, sha256, system.lacking(path, self.there), False), "downloaded", 0.0)
        say(f"downloaded {count(items, 'wheel')}, {size / 1e6:.1f} MB, in {since(start)}")

    def by_pip(self, item, settings, pins, work, jobs):
        """Builds what pip has to fetch: a version control system's, or behind what only pip can open. Gives the wheel, and
        what pip says that it installed for the build.
        """
        log = work / "pip.log"
        wheel = single(self.pip_wheel([item], settings, work, f"building {item}", jobs, pins, "--log", str(log)), item)
        took = re.findall(r"Successfully installed (.+)", log.read_text(encoding="utf-8", errors="replace"))
        words = {word.rpartition("-") for line in took for word in line.split()}
        return wheel, sorted(f"{normal(name)}=={version}" for name, _, version in words)

    def pip_wheel(self, items, settings, work, doing, jobs, pins=(), *args):
        """Runs `pip wheel` on exactly these artefacts; gives the folder of what came out."""
        folder = Path(tempfile.mkdtemp(dir=work))
        exact = folder / "exact.txt"
        exact.write_text("".join(line + "\n" for line in [*self.requirements.options, *(i.requirement() for i in items)]), encoding="utf-8")
        self.pip.under(pins)("wheel", "--no-deps", "-w", str(folder), *args, *(f"--config-settings={s}" for s in settings), "-r", str(exact),
                             doing=doing, jobs=jobs)
        return folder

    def needs(self, wheel):
        """The system's packages that a wheel built here needs to run."""
        with self.lock:  # apt is no friend of threads
            return system.runtime_packages([wheel], [])

    def from_source(self):
        """The items whose finished wheels cost a build, now or before."""
        return [m["item"] for m in self.made.values() if not m["item"].wheel]

    def failed(self):
        """The builds that failed, for the report."""
        return [{"name": t.item.key, "version": t.item.version, "seconds": round(t.seconds, 1), "log": t.log,
                 "hint": hints.hint(t.item, t.failure, self.settings.build_constraints)} for t in sorted(self.tasks.values(), key=lambda t: t.item.key) if t.failure]

    def move(self, items, out):
        """Puts the wheels of these packages into out; gives the entries of manifest and report, by name."""
        manifest, report = [], []
        for item in sorted(items, key=lambda i: i.key):
            m = self.made[item.id]
            path = m["path"]
            self.put(path, out / path.name)
            if sha256_of(out / path.name) != m["sha256"]:
                raise Failure(f"error: {path.name} changed while it was copied")
            entry = {"name": item.key, "version": item.version, "file": path.name, "sha256": m["sha256"], "size": path.stat().st_size, "build_key": m["build_key"],
                     "source": item.source(self.context)}
            manifest.append(dict(entry, system=m["system"], **({} if item.wheel else {"build_requirements": m["requirements"]})))
            report.append(dict(entry, origin=m["origin"], seconds=m["seconds"]))
        return manifest, report

    def put(self, path, to):
        """Puts a wheel where it stays: without writing it once more, where it ends with the run."""
        try:
            if self.pip.tmp in path.parents:
                os.link(str(path), str(to))
                return to.chmod(0o644)
        except OSError:  # it is another file system
            pass
        shutil.copyfile(str(path), str(to))


def single(folder, item):
    found = [p for p in sorted(folder.glob("*.whl")) if normal(p.name.split("-")[0]) == item.key]
    if len(found) != 1:
        raise Failure(f"error: pip made {len(found)} wheels of {item}")
    return found[0]


def lock(entries):
    """The text of requirements.lock."""
    return "".join(f"{e['name']}=={e['version']} --hash=sha256:{e['sha256']}\n" for e in entries)


def explain(failed):
    """What people read about failed builds: the end of each one's log, and the hint."""
    text = []
    for f in failed:
        text += [f"--- {f['name']} {f['version']}: the end of its log", *f["log"], "", f"error: building {f['name']} {f['version']} failed"]
        if f["hint"]:
            text.append("hint: " + f["hint"])
    return "\n".join(text)
