"""Builds the wheel of a source tree through its PEP 517 backend."""

import json
import subprocess
from pathlib import Path

from .run import CommandFailed, Failure

HOOKS = Path(__file__).resolve().parent / "hooks.py"
LEGACY = "setuptools.build_meta:__legacy__"


class Backend:
    """The build system of the project at root."""

    def __init__(self, root):
        self.root = root
        file = root / "pyproject.toml"
        system = toml(file).get("build-system") if file.exists() else None
        if not file.exists() and not (root / "setup.py").exists():
            raise Failure(f"error: {root.name} has neither pyproject.toml nor setup.py")
        system = system or {}
        self.requires = list(system.get("requires", ["setuptools>=40.8.0"]))
        self.name = system.get("build-backend", LEGACY)
        self.path = list(system.get("backend-path", []))
        if any(not inside(root, root / p) for p in self.path):
            raise Failure(f"error: backend-path of {root.name} leads out of the project")

    def build(self, environments, environ, settings, jobs, work, log, pins=()):
        """Makes the wheel in the folder work; what the backend says goes to log. Gives its path, and the environment's."""
        env = environments.get(self.requires, pins)
        more = self.call("get_requires_for_build_wheel", [], settings, env, environ, work, log)
        if more and set(more) - set(self.requires):
            env = environments.get([*self.requires, *more], pins)
        if self.name == "mesonpy":  # it starts ninja itself, and ninja knows no variable for this
            settings = dict(settings, **{"compile-args": [*words(settings.get("compile-args")), f"-j{jobs}"]})
        return work / self.call("build_wheel", [str(work)], settings, env, environ, work, log), env

    def call(self, hook, args, settings, env, environ, work, log):
        call, result = work / "call.json", work / "result.json"
        call.write_text(json.dumps({"backend": self.name, "path": self.path, "hook": hook, "args": args, "settings": settings or None}),
                        encoding="utf-8")
        temporary = work / "tmp"
        temporary.mkdir(exist_ok=True)
        environ = dict(environ, TMPDIR=str(temporary), PATH=f"{env / 'bin'}:{environ.get('PATH', '')}", VIRTUAL_ENV=str(env), PYTHONNOUSERSITE="1")
        for name in ("PYTHONPATH", "PYTHONHOME"):
            environ.pop(name, None)
        with log.open("ab") as f:
            code = subprocess.run([str(env / "bin" / "python"), str(HOOKS), str(call), str(result)], cwd=self.root, env=environ,
                                  stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.STDOUT, check=False).returncode
        if code:
            raise CommandFailed(hook, log.read_text(encoding="utf-8", errors="replace"))
        return json.loads(result.read_text(encoding="utf-8"))


def toml(file):
    try:
        import tomllib
    except ImportError:  # before Python 3.11, where pip brings it
        from pip._vendor import tomli as tomllib
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as e:
        raise Failure(f"error: {file.parent.name}/pyproject.toml: {e}") from None


def inside(root, path):
    return root.resolve() in [path.resolve(), *path.resolve().parents]


def words(value):
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def as_settings(lines):
    """KEY=VALUE words as backends get them: a key that is given more than once has a list."""
    settings = {}
    for line in lines:
        key, _, value = line.partition("=")
        settings[key] = [*words(settings[key]), value] if key in settings else value
    return settings
