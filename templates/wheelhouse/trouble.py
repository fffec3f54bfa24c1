"""Says in a sentence what to do when pip fails to decide which packages there will be."""

import re
import sys

from . import hints
from .text import normal

# What pip says when a package's own build failed, which a compiler may cure.
BUILD_FAILED = re.compile(r"subprocess-exited-with-error|metadata-generation-failed|[Ff]ailed to build|Failed building")
# How pip names the archives that it unpacks.
SDIST = re.compile(r"^\s*(?:Downloading|Using cached|Processing) (?:\S*/)?([\w.-]+?)-\d[^\s/-]*\.(?:tar\.\w+|tgz|zip)\b", re.MULTILINE)

IGNORED = re.compile(r"Ignored the following versions that require a different python version: (.*)")
NOTHING = re.compile(r"No matching distribution found for ([A-Za-z0-9][\w.-]*)(\S*)")
DIFFERENT = re.compile(r"Package '?([^'\s]+)'? requires a different Python: \S+ not in '([^']+)'")
BARE = re.compile(r"Hashes are required in --require-hashes mode, but they are missing from some requirements(?:.*\n)+?((?:^ {4,}\S.*\n?)+)", re.MULTILINE)
LOOSE = re.compile(r"all requirements must have their versions pinned with ==\. These do not:\n((?:^ {4,}\S.*\n?)+)", re.MULTILINE)
NO_HASH = re.compile(r"hash version control repositories|because they point to directories|cannot be installed when requiring hashes")
MISMATCH = re.compile(r"DO NOT MATCH THE HASHES(?:.*\n)+?^ {4}([A-Za-z0-9][\w.-]*)", re.MULTILINE)
CONFLICT = re.compile(r"The conflict is caused by:\n((?:^ {4,}\S.*\n?)+)", re.MULTILINE)
WANTS = re.compile(r"^\s+(?:The user requested (\(constraint\) )?(.+)|(\S+) (\S+) depends on (.+))$", re.MULTILINE)


def hint(output, unreachable=(), constraints=()):
    """What to do about a pip that ended with output; "" where nothing known is to be seen. unreachable are the servers that
    do not answer, constraints the build constraints.
    """
    if unreachable:
        return (f"{' and '.join(unreachable)} cannot be reached from the build: is the URL of --index-url, --extra-index-url or the file's own "
                "right, and is it open to the build's network?")
    for say in (of_python, of_hashes, of_conflict):
        said = say(output)
        if said:
            return said
    if BUILD_FAILED.search(output):
        names = SDIST.findall(output)
        return hints.of_log(normal(names[-1]) if names else "this package", output, constraints)
    return ""


def sdists(output):
    """The projects of which pip had the source in its hands."""
    return sorted({normal(name) for name in SDIST.findall(output)})


def of_python(output):
    other, ignored, missing = DIFFERENT.search(output), IGNORED.search(output), NOTHING.search(output)
    if other:
        return another_python(*other.groups())
    if not ignored or not missing:
        return ""
    name, rest = missing.groups()
    specs = dict(entry.strip().split(" Requires-Python ", 1) for entry in ignored.group(1).split(";") if " Requires-Python " in entry)
    version = re.match(r"==([\w.!+-]+)", rest)
    if version and version.group(1) in specs:
        return another_python(f"{name} {version.group(1)}", specs[version.group(1)])
    return another_python(f"{name}{rest}", list(specs.values())[-1]) if specs else ""


def another_python(what, spec):
    """The sentence about a package that wants a Python of spec."""
    from pip._vendor.packaging.specifiers import SpecifierSet
    minor, have = sys.version_info[1], ".".join(map(str, sys.version_info[:3]))
    name = what.split()[0]
    fits = [n for n in range(6, 31) if any(SpecifierSet(spec).contains(f"3.{n}.{patch}", prereleases=True) for patch in (0, 99))]
    said = f"{what} wants Python {spec}, and the base image has {have}: "
    if minor in fits:
        return said + f"another patch level of 3.{minor}; set base_image to one that has it, or pin another version of {name}."
    if not fits:
        return said + f"pin another version of {name}."
    nearest = min(fits, key=lambda n: abs(n - minor))
    return said + f'set `python: "3.{nearest}"` in gcpdeploy.yaml, or pin a version of {name} that fits 3.{minor}.'


def of_hashes(output):
    loose, bare, mismatch = LOOSE.search(output), BARE.search(output), MISMATCH.search(output)
    lines = [line for found in (loose, bare) if found for line in found.group(1).splitlines()]
    for line in lines:
        lacking = re.match(r"\s+(\S+) from \S+ \(from (\S+?)(?:==(\S+?))?->", line)
        if lacking:
            name, parent, version = lacking.groups()
            return (f"The lock lacks `{name}`, which {parent} {version or ''} wants here: it was made for another Python or patch level than "
                    f"{'.'.join(map(str, sys.version_info[:3]))}. Lock again for this one, or set base_image to one with the Python of the lock.")
    names = [line.split(" from ")[0].split(" --hash")[0].strip() for line in lines]
    if names:
        return (f"One --hash makes pip want hashes of all packages, and {', '.join(f'`{n}`' for n in names[:5])} "
                f"{'has' if len(names) == 1 else 'have'} none: write all of them (`pip-compile --generate-hashes` or "
                "`uv pip compile --generate-hashes` does), or none.")
    if NO_HASH.search(output):
        return "One --hash makes pip want hashes of all packages, and a folder or a repository can have none: take it from an index, or remove the hashes."
    if mismatch:
        return f"The index has another file of {mismatch.group(1)} than the one whose hash is written: find out why, and lock again."
    return ""


def of_conflict(output):
    found = CONFLICT.search(output)
    if not found:
        return ""
    wants, names = [], set()
    for limit, asked, name, version, needs in WANTS.findall(found.group(1)):
        names.add(normal(re.match(r"[\w.-]*", asked or needs).group()))
        wants.append(f"{'a constraint says' if limit else 'your requirements say'} `{asked}`" if asked else f"{name} {version} wants `{needs}`")
    if not wants:
        return ""
    return f"No version of {' or '.join(sorted(names))} suits all: {', '.join(wants[:6])}; change one of them."
