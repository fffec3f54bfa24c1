"""The command line."""

import argparse
import os
from pathlib import Path

from . import imports, user
from .build import build_wheels, check_python, write_resolution
from .install import install_env, install_system
from .layer import build_own
from .run import Failure
from .settings import Settings
from .slim import Slim
from .spread import spread_env
from .testenv import install_tests
from .text import say


def main(argv=None):
    parser = argparse.ArgumentParser(prog="wheelhouse", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build")
    build.add_argument("--python", default="", help="the version that the base image must have")
    build.add_argument("--out", type=Path, required=True)
    build.add_argument("--heavy", type=Path, help="a folder that gets folders 1, 2, ..., of which each has one of the largest wheels as it was in out")
    build.add_argument("--report", type=Path, required=True, help="the file for what differs from run to run")
    # An exec form expands no variables; the stage has the base image as a build argument.
    build.add_argument("--base", default=os.environ.pop("BASE", ""), help="the base image (default: $BASE)")
    build.add_argument("--earlier", type=Path, help="an earlier wheelhouse to take wheels from")
    build.add_argument("--store", type=Path, help="a folder of finished wheels that outlives the run")
    build.add_argument("packages", nargs="*", help="packages of the system that builds need")
    resolve = commands.add_parser("resolve")
    resolve.add_argument("--python", default="")
    resolve.add_argument("--out", type=Path, required=True)
    resolve.add_argument("--base", default=build.get_default("base"))
    resolve.add_argument("--earlier", type=Path)
    resolve.add_argument("packages", nargs="*")
    install = commands.add_parser("install")
    install.add_argument("--from", dest="wheels", type=Path, required=True)
    install.add_argument("--env", type=Path, required=True, help="where it will be used")
    install.add_argument("--out", type=Path, required=True, help="the folder that env is put into when it is done")
    install.add_argument("--distinct", action="store_true", help="refuse wheels that have unlike code under one path")
    spread = commands.add_parser("spread")
    spread.add_argument("--from", dest="wheels", type=Path, required=True)
    spread.add_argument("--env", type=Path, required=True)
    spread.add_argument("--out", type=Path, required=True, help="the folder that gets a folder for each layer")
    spread.add_argument("--layers", type=Path, required=True, help="a file that names the packages with layers of their own")
    adduser = commands.add_parser("user")
    adduser.add_argument("--home", type=Path, required=True)
    adduser.add_argument("--out", type=Path, help="a folder that gets a copy of what changed")
    tests = commands.add_parser("tests")
    tests.add_argument("--env", type=Path, required=True)
    tests.add_argument("--from", dest="wheels", type=Path, help="a wheelhouse that says what env will have, where it is not there yet")
    tests.add_argument("--out", type=Path, required=True)
    tests.add_argument("packages", nargs="*")
    system = commands.add_parser("apt")
    system.add_argument("--from", dest="wheels", type=Path, help="a wheelhouse whose own packages of the system come too")
    system.add_argument("packages", nargs="*")
    projects = commands.add_parser("own")
    projects.add_argument("--app", type=Path, required=True, help="the app's tree, where it will be used")
    projects.add_argument("--env", type=Path, required=True)
    projects.add_argument("--out", type=Path, required=True, help="the folder that gets what env and the tree lack")
    projects.add_argument("--packages", nargs="*", default=[], help="packages of the system that builds need")
    projects.add_argument("lines", nargs="+", help="requirement lines")
    imported = commands.add_parser("imports")
    imported.add_argument("--env", type=Path, required=True)
    imported.add_argument("--settings", type=Path, required=True, help="a file, which need not be there")
    for command in (install, spread, imported):
        command.add_argument("--slim", type=words, default=[], help="what packages are without: tests, docs, symbols, with commas between them")
        command.add_argument("--whole", type=words, default=[], help="packages that stay as they are")
    args = parser.parse_args(argv)
    try:
        if args.command == "apt":
            install_system(args.wheels, args.packages)
        elif args.command == "build":
            check_python(args.python)
            return build_wheels(Path.cwd(), args.out, args.report, args.packages, args.base, args.earlier, args.store, args.heavy)
        elif args.command == "resolve":
            check_python(args.python)
            write_resolution(Path.cwd(), args.out, args.packages, args.base, args.earlier)
        elif args.command == "install":
            install_env(args.wheels, args.env, args.out, args.distinct, slim_of(args))
        elif args.command == "spread":
            spread_env(args.wheels, args.env, args.out, args.layers, slim_of(args))
        elif args.command == "own":
            build_own(args.lines, args.app, args.env, args.out, args.packages)
        elif args.command == "imports":
            imports.check(args.env, Settings.read(args.settings).skip_imports, slim_of(args))
        elif args.command == "user":
            user.add(args.home, args.out)
        else:
            install_tests(Path.cwd(), args.env, args.out, args.packages, args.wheels)
    except Failure as e:
        say(str(e))
        return 1
    return 0


def words(text):
    return text.split(",")


def slim_of(args):
    """What packages are to be without; None = nothing."""
    return Slim(args.slim, args.whole) if args.slim else None
