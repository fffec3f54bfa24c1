"""What compiling needs of the system, installed only when something has to be compiled."""

import shutil
import sysconfig
from pathlib import Path

from . import apt, system, table
from .pip import PYTHON
from .text import say


class Toolchain:
    """packages are those that the configuration names."""

    def __init__(self, packages=()):
        self.packages = list(packages)
        self.ready, self.done = False, set()

    def of(self, name):
        """What decides which packages a project is built with, for its build key: no network is asked."""
        return [*self.packages, table.BUILD.get(name, "")]

    def need(self, names=()):
        """Installs what building these projects needs; says whether anything was new."""
        names = set(names) - self.done
        if self.ready and not names:
            return False
        wanted = [] if self.ready else self.compiler()
        wanted += [p for p in system.build_packages(sorted(names)) if p not in wanted]
        first, self.ready = not self.ready, True
        self.done |= names
        have = apt.installed()
        wanted = [p for p in wanted if p.partition("=")[0] not in have]
        if wanted:
            apt.install(wanted)
        return first or bool(wanted)

    def compiler(self):
        wanted = list(self.packages)
        if not shutil.which("cc") or not shutil.which("make"):
            wanted.insert(0, "build-essential")
        if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
            if PYTHON.startswith("/usr/bin/"):
                wanted.append("python3-dev")
            else:
                say(f"note: the base image has no Python.h for {PYTHON}")
        return wanted
