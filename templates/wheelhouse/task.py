"""Builds one wheel from source."""

import shutil
import time

from . import system
from .backend import Backend, as_settings
from .environments import installed
from .files import sha256_of
from .net import download
from .run import CommandFailed, Failure, relevant
from .sdist import unpack
from .text import normal, say, since

UNKNOWN = 300_000  # bytes that an archive of unknown size is taken for


class Task:
    """A build for the pool. When it has run, wheel and sha256 are set, or failure."""

    def __init__(self, item, key, settings, builder):
        self.item, self.key, self.settings, self.builder = item, key, settings, builder
        path = item.path()
        self.weight = item.size or (path.stat().st_size if path and path.is_file() else UNKNOWN)
        # Paths may end up in what is compiled: they depend on nothing but the package.
        self.work = builder.work / f"{item.key}-{item.version}"
        self.wheel = self.failure = None
        self.hopeless = system.too_new(item)
        self.sha256, self.system, self.requirements, self.log = "", [], [], []
        self.start, self.seconds = time.monotonic(), 0.0

    def run(self, jobs):
        self.start = time.monotonic()
        try:
            if self.hopeless:
                raise Failure(self.hopeless)
            self.work.mkdir()
            found, self.requirements = self.build(jobs)
            if normal(found.name.split("-")[0]) != self.item.key:
                raise Failure(f"error: the build of {self.item} made {found.name}")
            self.wheel = self.builder.wheels / found.name
            shutil.move(str(found), str(self.wheel))
            self.sha256 = sha256_of(self.wheel)
            self.system = self.builder.needs(self.wheel)
            self.builder.store.keep(self.key, self.wheel, self.sha256, self.system, self.requirements)
        except CommandFailed as e:
            self.wheel, self.failure, self.log = None, e.output, relevant(e.output).splitlines()
        except Exception as e:  # of a thread nobody would see it
            self.wheel, self.failure = None, str(e) if isinstance(e, Failure) else f"error: {type(e).__name__}: {e}"
            self.log = self.failure.splitlines()
        self.seconds = time.monotonic() - self.start
        shutil.rmtree(self.work, ignore_errors=True)
        done, of, others = self.builder.pool.place(self)
        word = "FAILED" if self.failure else "built"
        running = f", {others} running" if others else ""
        say(f"{word} {self.item} in {since(self.start)} ({done}/{of}{running})")

    def build(self, jobs):
        """Gives the wheel's path, and the versions of the build requirements."""
        root, pins = self.source(), self.builder.settings.pins(self.item)
        if root is None:
            return self.builder.by_pip(self.item, self.settings, pins, self.work, jobs)
        if self.item.subdirectory:
            root = root / self.item.subdirectory
        wheel, env = Backend(root).build(self.builder.environments, self.builder.pip.environ(jobs), as_settings(self.settings),
                                         jobs, self.work, self.work / "log", pins)
        return wheel, installed(env)

    def source(self):
        """The unpacked source; None where pip has to get it."""
        item = self.item
        if item.folder:
            return item.path()
        if item.vcs or not item.sha256:
            return None
        archive = self.work / item.url.partition("#")[0].partition("?")[0].rpartition("/")[2]
        try:
            download(item.url.partition("#")[0], archive, item.sha256)
        except OSError:  # it may want what only pip knows: a keyring, a host without TLS
            return None
        return unpack(archive, self.work / "source")
