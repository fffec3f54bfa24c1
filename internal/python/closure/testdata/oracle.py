"""Reads cases as JSON lines, prints for each what pip itself makes of it.

A case is {"dir", "files", "env"}; the answer has the shape of `gcpdeploy
requirements --json`, or {"error"} with pip's message. Run it with a Python that
can import pip 26.3.
"""

import json
import logging
import os
import sys

from pip._internal.cli import cmdoptions
from pip._internal.commands import create_command
from pip._internal.exceptions import PipError
from pip._internal.models.format_control import FormatControl
from pip._internal.models.release_control import ReleaseControl
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements
from pip._internal.req.req_install import check_invalid_constraint_type
from pip._internal.utils.temp_dir import global_tempdir_manager
from pip._vendor.packaging.utils import canonicalize_name
from pip._vendor.packaging.version import Version

logging.disable(logging.CRITICAL)
command = create_command("wheel")


def fresh():
    options, _ = command.parse_args(["--no-cache-dir", "--isolated", "-r", "x"])
    options.format_control = FormatControl()
    options.release_control = ReleaseControl()
    options.features_enabled = []
    cmdoptions.use_new_feature.keywords["default"].clear()  # pip's lines share it
    session = PipSession()
    finder = command._build_package_finder(options, session)
    finder.search_scope.index_urls.clear()
    return options, session, finder


def same(specifier):
    """The specifier in a form that all of the same meaning share."""
    operator, version = specifier._canonical_spec
    if operator != "===" and version.endswith(".*"):
        version = f"{Version(version[:-2])}.*"
    return operator + version


def requirement(parsed):
    options = parsed.options or {}
    ireq = install_req_from_parsed_requirement(
        parsed, config_settings=options.get("config_settings")
    )
    if ireq.constraint:
        problem = check_invalid_constraint_type(ireq)
        if problem:
            raise ValueError(problem)
    where, _, line = parsed.comes_from[3:].rpartition(" (line ")
    return {
        "raw": parsed.requirement.rstrip(),
        "file": os.path.relpath(where),
        "line": int(line[:-1]),
        "constraint": parsed.constraint,
        "editable": parsed.is_editable,
        "hashes": options.get("hashes") or {},
        "config_settings": options.get("config_settings") or {},
        "name": canonicalize_name(ireq.req.name) if ireq.req else "",
        "specifier": str(ireq.req.specifier) if ireq.req else "",
        "same_specifier": sorted(
            {same(s) for s in ireq.req.specifier} if ireq.req else []
        ),
        "extras": sorted({canonicalize_name(e) for e in ireq.extras}),
        "marker": str(ireq.markers) if ireq.markers else "",
        "link": ireq.link.url if ireq.link else "",
    }


def read(case):
    os.chdir(case["dir"])
    for name in list(os.environ):
        if name not in ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE"):
            del os.environ[name]
    os.environ.update(case.get("env") or {})
    options, session, finder = fresh()
    requirements = []
    for name in case["files"]:
        for parsed in parse_requirements(name, session, finder=finder, options=options):
            requirements.append(requirement(parsed))
    if options.require_hashes and options.no_require_hashes:
        raise ValueError("--require-hashes and --no-require-hashes")
    release = finder.release_control or ReleaseControl()
    return {
        "requirements": requirements,
        "options": {
            "index_urls": finder.index_urls,
            "find_links": finder.find_links,
            "no_index": finder.search_scope.no_index,
            "no_binary": sorted(finder.format_control.no_binary - {""}),
            "only_binary": sorted(finder.format_control.only_binary - {""}),
            "prefer_binary": finder.prefer_binary,
            "trusted_hosts": sorted(
                h if p is None else f"{h}:{p}" for h, p in session.pip_trusted_origins
            ),
            "require_hashes": bool(options.require_hashes),
            "no_require_hashes": bool(options.no_require_hashes),
            "all_releases": sorted(release.all_releases - {""}),
            "only_final": sorted(release.only_final - {""}),
            "use_features": sorted(set(options.features_enabled)),
        },
    }


def main():
    with global_tempdir_manager():
        for line in sys.stdin:
            try:
                answer = read(json.loads(line))
            except (PipError, ValueError, OSError, SystemExit) as e:
                answer = {"error": f"{type(e).__name__}: {e}"}
            except Exception as e:  # a crash of pip's is a refusal, too
                answer = {"error": f"crash {type(e).__name__}: {e}"}
            print(json.dumps(answer), flush=True)


main()
