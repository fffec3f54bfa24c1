"""What failed builds say when a build requirement is newer than they can bear, and the build constraint to write. Data, mostly."""

import re

from .gone import SETUPTOOLS

SIGNS = [(re.compile(pattern), constraint) for pattern, constraint in (
    (r"No module named '?pkg_resources\b", SETUPTOOLS),
    (r"Invalid dash-separated key", "setuptools<78"),
    (r"No module named '?distutils\.(?:msvc9?compiler|bcppcompiler)", "setuptools<74"),
    (r"No module named '?setuptools\.command\.test|cannot import name 'test' from 'setuptools\.command", "setuptools<72"),
    (r"setuptools\.extern\b.*(?:cannot import|No module)|No module named '?setuptools\.extern"
     r"|canonicalize_version\(\) got an unexpected keyword argument 'strip_trailing_zero'", "setuptools<71"),
    (r"use_2to3 is invalid", "setuptools<58"),
    (r"cannot import name 'Feature' from 'setuptools'|module 'setuptools' has no attribute 'Feature'", "setuptools<46"),
    (r"AttributeError: '?(?:\w+' object has no attribute ')?cython_sources|Cython\.Compiler\.Errors\.CompileError", "cython<3"),
    (r"Compatibility with CMake < 3\.5 has been removed", "cmake<4"),
    (r"PyArray_Descr\b.*has no member named|‘_PyArray_Descr’ has no member|unknown type name ‘npy_\w+’", "numpy<2"),
)]


def hint(name, log, constraints=()):
    """The sentence for the failed build of a project; "" where its build requirements are not to blame."""
    have = [re.split(r"[<>=!~;\s\[]", line, maxsplit=1)[0].lower() for line in constraints]
    for pattern, constraint in SIGNS:
        if pattern.search(log) and constraint.partition("<")[0] not in have:
            listed = ", ".join(f'"{line}"' for line in [*constraints, constraint])
            return (f"{name} cannot be built with the newest {constraint.partition('<')[0]}: "
                    f"add to gcpdeploy.yaml `wheels: {{build_constraints: [{listed}]}}`.")
    return ""
