"""What the tests need beyond the app's environment."""

from . import own
from .builder import Builder, explain, lock
from .files import settle
from .install import compile_all
from .pip import Pip
from .requirements import Requirements
from .resolve import resolve
from .run import CommandFailed, Failure
from .settings import Settings
from .text import count, say
from .toolchain import Toolchain


def install_tests(context, env, out, packages):
    """Installs what the tests need beyond env, under env's lock."""
    out.mkdir(parents=True)
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
        wheels = pip.tmp / "lacking"
        wheels.mkdir()
        made, _ = builder.move(items, wheels)
        if made:
            (wheels / "requirements.lock").write_text(lock(made), encoding="utf-8")
            pip.into(env)("install", "--no-index", "--no-deps", "--require-hashes", "--no-compile", "--target", str(out),
                          "--find-links", str(wheels), "-r", str(wheels / "requirements.lock"),
                          doing="installing the test packages")
            compile_all(env / "bin" / "python", out)
    settle(out)
    say(f"testenv: {count(made, 'package')} beyond the runtime's {len(have)}")
