"""Makes a wheelhouse."""

import json
import sys
import sysconfig

from .collect import collect, write_lock
from .files import settle
from .pip import Pip
from .requirements import Requirements
from .resolve import resolve
from .run import Failure
from .text import count, say


def build_wheels(context, out, packages):
    """Makes the wheelhouse of requirements.txt under constraints.txt."""
    out.mkdir(parents=True)
    with Pip(packages) as pip:
        requirements = Requirements(context / "requirements.txt")
        items = resolve(pip, requirements, ["-c", str(context / "constraints.txt"), "--ignore-installed"])
        made = collect(pip, requirements, items, out)
        tools = {"pip": pip.version}
    write_lock(out / "requirements.lock", made)
    manifest = {
        "schema": 1,
        "python": sysconfig.get_config_var("py_version") or sys.version.split()[0],
        "platform": sysconfig.get_platform(),
        "tools": tools,
        "packages": made,
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    settle(out)
    say(f"wheelhouse: {count(made, 'package')}, {sum(m['origin'] == 'built' for m in made)} built")


def check_python(wanted):
    have = sys.version_info[:3]
    if wanted and tuple(int(n) for n in wanted.split(".")) != have[:len(wanted.split("."))]:
        raise Failure(f"error: the base image has Python {'.'.join(map(str, have))}, and {wanted} is wanted; "
                      "set python or base_image so that they agree")
