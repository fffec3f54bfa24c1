"""What the tests need beyond the app's environment."""

from .collect import collect, write_lock
from .files import settle
from .install import compile_all
from .pip import Pip
from .requirements import Requirements
from .resolve import resolve
from .run import CommandFailed, Failure
from .text import count, say


def install_tests(context, env, out, packages):
    """Installs what the tests need beyond env, under env's lock."""
    out.mkdir(parents=True)
    lock = [line.split()[0] for line in (env / "requirements.lock").read_text().splitlines()]
    with Pip(packages) as pip:
        pins = pip.tmp / "lock.txt"
        pins.write_text("".join(pin + "\n" for pin in lock))
        requirements = Requirements(context / "test-requirements.txt")
        constraints = ["-c", str(context / "test-constraints.txt"), "-c", str(pins)]
        try:
            items = resolve(pip.into(env), requirements, constraints)
        except CommandFailed as e:
            if "ResolutionImpossible" not in e.output:
                raise
            raise Failure(f"{e}\nerror: the test requirements contradict the versions that the app is deployed with "
                          "(the constraints above); make them agree with the app's own requirements") from None
        have = {pin.split("==")[0] for pin in lock}
        items = [item for item in items if item.key not in have]
        wheels = pip.tmp / "wheels"
        wheels.mkdir()
        made = collect(pip, requirements, items, wheels)
        if made:
            write_lock(wheels / "requirements.lock", made)
            pip.into(env)("install", "--no-index", "--no-deps", "--require-hashes", "--no-compile", "--target", str(out),
                          "--find-links", str(wheels), "-r", str(wheels / "requirements.lock"),
                          doing="installing the test packages")
            compile_all(env / "bin" / "python", out)
    settle(out)
    say(f"testenv: {count(made, 'package')} beyond the runtime's {len(lock)}")
