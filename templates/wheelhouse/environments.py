"""The environments that builds run in: one for each set of build requirements, made once, shared by all builds."""

import hashlib
import threading
from concurrent.futures import Future

from . import modules
from .pip import PYTHON
from .run import run
from .text import normal


class Environments:
    def __init__(self, pip, requirements):
        self.pip, self.requirements = pip, requirements
        self.folder = pip.tmp / "environments"
        self.folder.mkdir()
        self.lock, self.made = threading.Lock(), {}
        self.installing = threading.Lock()  # what one set had to build is in pip's cache for the next

    def get(self, requires, pins=()):
        """The folder of the environment that has requires, in the pinned versions where there are pins; every caller gets
        the same one, or the same Failure.
        """
        key = tuple(sorted(set(requires))), tuple(pins)
        with self.lock:
            first = key not in self.made
            future = self.made.setdefault(key, Future())
        if first:
            try:
                future.set_result(self.make(*key))
            except BaseException as e:
                future.set_exception(e)
        return future.result()

    def make(self, requires, pins):
        # The path may end up in what is compiled: it depends on nothing but the requirements.
        env = self.folder / hashlib.sha256("\n".join([*requires, *pins]).encode()).hexdigest()[:16]
        run([PYTHON, "-m", "venv", "--without-pip", str(env)], "making a build environment", self.pip.environ())
        if not requires:
            return env
        # :all: holds for tools too, as with pip; a list of names is about the app's packages only.
        listed = env / "requires.txt"
        listed.write_text("".join(line + "\n" for line in [*self.options(), *(" ".join(r.split()) for r in requires)]), encoding="utf-8")
        pip = self.pip.under(pins).into(env)
        args = ["install", "--no-compile", "--no-warn-script-location", "-r", str(listed), *pip.constrained()]
        with self.installing:
            pip(*args, doing="installing what building needs: " + ", ".join(requires))
        return env

    def options(self):
        kept = []
        for line in self.requirements.options:
            name, _, value = line.replace("=", " ", 1).partition(" ")
            if name in ("--no-binary", "--only-binary") and ":all:" not in value or name in ("--require-hashes", "--no-require-hashes"):
                continue
            kept.append(line)
        return kept


def installed(env):
    """What an environment has, as sorted pins."""
    return sorted(f"{normal(name)}=={version}" for name, version in modules.versions(env).items())
