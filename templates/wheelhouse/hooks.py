"""Calls one PEP 517 hook of a build backend; runs in the build's own environment, with the project's root as the
working directory: `python hooks.py CALL.json RESULT.json`, where CALL has backend, path, hook, args and settings.
"""

import importlib
import itertools
import json
import os
import sys
import tempfile


def main(call, result):
    # The folder of this file holds modules of other meanings, such as pip.
    sys.path[0] = os.path.dirname(os.path.abspath(result))
    # Some backends build in a temporary folder, whose name ends up in what is compiled. $TMPDIR is the build's own.
    tempfile._get_candidate_names = lambda: map(str, itertools.count())
    with open(call, encoding="utf-8") as f:
        call = json.load(f)
    sys.path[:0] = [os.path.abspath(p) for p in call["path"]]
    module, _, attribute = call["backend"].partition(":")
    backend = importlib.import_module(module)
    for name in filter(None, attribute.split(".")):
        backend = getattr(backend, name)
    hook = getattr(backend, call["hook"], None)
    if hook is None and call["hook"] == "get_requires_for_build_wheel":
        value = []
    else:
        value = hook(*call["args"], config_settings=call["settings"])
    with open(result, "w", encoding="utf-8") as f:
        json.dump(value, f)


if __name__ == "__main__":
    main(*sys.argv[1:])
