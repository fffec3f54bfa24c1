"""What the tests need beyond the app's environment."""

import shutil

from . import own, record
from .builder import Builder, explain, lock
from .bytecode import compile_all
from .files import settle
from .pip import PYTHON, Pip
from .requirements import Requirements
from .resolve import resolve
from .run import CommandFailed, Failure, run
from .settings import Settings
from .text import count, say
from .toolchain import Toolchain


def install_tests(context, env, out, packages, wheels=None):
    """Installs what the tests need beyond env, under env's lock."""
    out.mkdir(parents=True)
    if not env.exists():
        foretell(wheels, env)
    have = [line.split()[0] for line in (env / "requirements.lock").read_text(encoding="utf-8").splitlines()]
    settings = Settings.read(context / "settings.json")
    with Pip(settings) as pip:
        pins = pip.tmp / "lock.txt"
        pins.write_text("".join(pin + "\n" for pin in have), encoding="utf-8")
        requirements, toolchain = Requirements(context / "test-requirements.txt"), Toolchain(packages)
        constraints = ["-c", str(context / "test-constraints.txt"), "-c", str(pins)]
        try:
            items = resolve(pip.into(env).under(settings.all_pins()), toolchain, requirements, constraints)
        except CommandFailed as e:
            if "ResolutionImpossible" not in e.output:
                raise
            raise Failure(f"{e}\nerror: the test requirements contradict the versions that the app is deployed with "
                          "(the constraints above); make them agree with the app's own requirements") from None
        names = {pin.split("==")[0] for pin in have}
        items = [item for item in own.others(requirements, items) if item.key not in names]
        builder = Builder(pip, toolchain, requirements, settings)
        builder.collect(items)
        if builder.failed():
            raise Failure(explain(builder.failed()))
        lacking = pip.tmp / "lacking"
        lacking.mkdir()
        made, _ = builder.move(items, lacking)
        if made:
            (lacking / "requirements.lock").write_text(lock(made), encoding="utf-8")
            pip.into(env)("install", "--no-index", "--no-deps", "--require-hashes", "--no-compile", "--target", str(out),
                          "--find-links", str(lacking), "-r", str(lacking / "requirements.lock"),
                          doing="installing the test packages")
            compile_all(env / "bin" / "python", out)
    settle(out)
    say(f"testenv: {count(made, 'package')} beyond the runtime's {len(have)}")


def foretell(wheels, env):
    """An environment that has of its packages what pip looks at: the real one is made meanwhile."""
    run([PYTHON, "-m", "venv", "--without-pip", str(env)], "making " + str(env))
    shutil.copyfile(str(wheels / "requirements.lock"), str(env / "requirements.lock"))
    for path in sorted(wheels.glob("*.whl")):
        record.Wheel(path, env).lend_metadata()
