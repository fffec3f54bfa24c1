"""Runs a pip before 25.3 so that $PIP_BUILD_CONSTRAINT reaches the builds that it isolates, and nothing else:
`python constrain.py FOLDER ARGS…`, where FOLDER is pip's own.

Such a pip has one kind of constraint, which decides about the app's packages, too. What it starts to install build
requirements is a pip of its own, and that one alone gets ours. These versions will not change any more.
"""

import importlib.util
import os
import sys


def main(folder, *args):
    # The folder of this file holds modules of other meanings, and pip may belong to another environment.
    del sys.path[0]
    spec = importlib.util.spec_from_file_location("pip", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder])
    sys.modules["pip"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["pip"])
    from pip._internal import build_env
    from pip._internal.cli.main import main as pip
    start = build_env.call_subprocess

    def constrained(command, **more):
        files = [os.environ[name] for name in ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT") if os.environ.get(name)]
        return start(command, **dict(more, extra_environ={**(more.get("extra_environ") or {}), "PIP_CONSTRAINT": " ".join(files)}))

    build_env.call_subprocess = constrained
    return pip(list(args))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
