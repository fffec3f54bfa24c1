"""Imports every module of an environment, so that a missing library is found before the first request.

A module that lacks a shared library, whose compiled parts do not fit, or that brings the interpreter down, is an error:
no setting of the app could cure it. Any other exception is a note: many modules want a framework's settings, a display
or a package that is optional. Each note is a line that begins with `note: `.
"""

import mmap
import os
import re
import signal
import time
from collections import namedtuple
from itertools import groupby

from . import binary, elf, gone, modules, spare, system, table
from .importer import LONGEST, import_all
from .run import Failure
from .text import count, normal, say, since

# What the dynamic linker and the loaders above it say of a library that is not there; what they say of one that does
# not fit is in binary.py.
LIBRARY = re.compile(
    r"cannot open shared object file|version [`'\"]?\w+_[\d.]+['`\"]? not found|cannot load library|no library called|shared library"
    r"|library (?:was )?not found|failed to find lib|could not find lib|cannot allocate memory in static TLS block", re.IGNORECASE)
SONAME = re.compile(r"\b(lib[\w.+-]+\.so(?:\.\d+)*)\b: cannot open shared object file")
# Libraries that come with the driver of a GPU, on the machine where there is one.
DRIVER = re.compile(r"^lib(cuda|nvidia-[\w-]+|nvcuvid)\.so")
# What a module or a file is called that is not there.
WANTED = re.compile(r"No module named '([\w.]+)'|No such file or directory: '([^']+)'")
# What frameworks raise when the app has not configured them yet.
UNCONFIGURED = {"ImproperlyConfigured", "AppRegistryNotReady"}
NOTES = 10  # that are shown

# A module that failed: why, in a line; certain when that is a fault of what was installed. skip are the names to give to
# skip_imports, libraries the sonames that are known to lack, cure what else is to be done.
Fault = namedtuple("Fault", "module why certain skip libraries cure")


def check(env, skip, slim=None):
    """Imports the modules of env but those to skip, which are names of modules or of packages above them.

    slim is what its packages are without: a module that misses something of that is an error.
    """
    start = time.monotonic()
    wanted = [m for m in modules.find(env) if not skipped(m.name, skip)]
    results = import_all(env / "bin" / "python", [m.name for m in wanted])
    versions = modules.versions(env)
    faults = [fault for m in wanted for fault in [missing(m, results.get(m.name), env, slim) or judge(m, results.get(m.name), versions)] if fault]
    told = {fault.module.distribution for fault in faults if fault.certain}
    faults = merged(faults + [fault for fault in unlinked(env, skip) if fault.module.distribution not in told])
    notes = [f"note: {heading(f)}" + (f"; {f.cure}" if f.cure else "") for f in faults if not f.certain]
    for note in notes[:NOTES]:
        say(note)
    if len(notes) > NOTES:
        say(f"note: and {len(notes) - NOTES} more modules that cannot be imported on their own")
    errors = [explain(f, slim) for f in faults if f.certain]
    if errors:
        raise Failure("\n".join(errors))
    say(f"imported {count(wanted, 'module')} in {since(start)}")


def skipped(name, skip):
    return any(name == s or name.startswith(s + ".") for s in skip)


def judge(module, result, versions):
    """The fault that an import's result shows, or None."""
    if result is None:
        return fault(module, "was not tried, there was no time left")
    if result.ok:
        sign = binary.printed(result.heard, module.name)
        return unfit(module, "it prints: ", sign, versions) if sign else None
    if result.signal:
        # Out of memory, or stopped from outside, is no fault of the package.
        return fault(module, f"the interpreter crashed: {signal_name(result.signal)}", result.signal not in (signal.SIGKILL, signal.SIGTERM))
    if result.late:
        return fault(module, f"took more than {LONGEST} s")
    if UNCONFIGURED.intersection(result.types):
        return None
    sign = binary.printed(result.heard, module.name) or binary.find(result.text)
    if sign:
        return unfit(module, result.types[0] + ": ", sign, versions)
    lacking = SONAME.findall(result.text)
    certain = "SystemError" in result.types or bool(
        {"ImportError", "OSError"}.intersection(result.types) and LIBRARY.search(result.text) and not any(map(DRIVER.match, lacking)))
    cure = "" if certain else gone.at_run_time(result.text, module.distribution)
    return fault(module, f"{result.types[0]}: {line_of(result.text, LIBRARY if certain else None)}", certain, lacking, cure)


def missing(module, result, env, slim):
    """The fault of a module that lacks what its packages are without, or None."""
    names = [name for kind, names in (("tests", spare.TESTS), ("docs", spare.DOCS)) if slim and kind in slim.what for name in names]
    for found in WANTED.findall(result.text) if result and not result.ok and names else ():
        parts = re.split(r"[./]", "".join(found).rpartition("/site-packages/")[2])
        at = next((n for n, part in enumerate(parts) if part in names), 0)
        owner = at and modules.owner(env, parts[:at])
        if owner and normal(owner) not in slim.whole:
            return fault(module, f"{result.types[0]}: {line_of(result.text, None)}", True, cure=f"keep {owner} whole, in gcpdeploy.yaml:  {slim.keeping(owner)}")
    return None


def fault(module, why, certain=False, libraries=(), cure=""):
    return Fault(module, why, certain, [module.name], sorted(set(libraries)), cure)


def unfit(module, words, sign, versions):
    return fault(module, words + line_of(binary.line(sign), None), True, cure=binary.cure(sign, module.distribution, versions))


def merged(faults):
    """One fault for modules of one distribution that fail alike."""
    alike = {}
    for f in faults:
        first = alike.setdefault((f.module.distribution, f.why), f)
        if first is not f:
            first.skip.extend(f.skip)
    return list(alike.values())


def unlinked(env, skip):
    """What was built here and names libraries that are nowhere: one fault for each distribution.

    A package's own import need not reach its compiled modules: `import lxml` does not load lxml.etree. Published wheels
    are left out, whose optional parts may name libraries that nothing uses.
    """
    built = [m for m in modules.extensions(env) if m.built and not skipped(m.name, skip)]
    there = set(system.libraries(elf.kind(system.head(os.path.realpath(env / "bin" / "python"))))) if built else set()
    if not there:
        return
    there.update(name for _, _, files in os.walk(env / "lib") for name in files if ".so" in name)
    for _, group in groupby(built, key=lambda m: m.distribution):
        lacking = [(m, names) for m in group for names in [absent(m.extension, there)] if names]
        if lacking:
            first, names = lacking[0][0], sorted({name for _, names in lacking for name in names})
            skippable = first.name if len(lacking) == 1 else first.name.split(".")[0]
            yield Fault(first, f"ImportError: {', '.join(names)}: cannot open shared object file", True, [skippable], names, "")


def absent(file, there):
    """The libraries that a file needs and that are neither there nor in the folders it names."""
    try:
        with file.open("rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = elf.read(data)
    except (OSError, ValueError):  # an empty one, or none
        return []
    look = os.environ.get("LD_LIBRARY_PATH", "").split(":") + [folder.replace("$ORIGIN", str(file.parent)) for folder in found.runpath]
    return [name for name in found.needed
            if name not in there and not any(folder and os.path.exists(os.path.join(folder, name)) for folder in look)]


def heading(fault):
    m = fault.module
    return f"{m.distribution} {m.version}: import {m.name}: {fault.why}"


def explain(fault, slim=None):
    lines = [f"error: {heading(fault)}"]
    packages = providers(fault)
    if packages:
        lines.append(f"  write into gcpdeploy.yaml:  system_packages: {{runtime: [{', '.join(packages)}]}}")
    elif fault.cure:
        lines += ["  " + line for line in fault.cure.splitlines()]
    elif LIBRARY.search(fault.why):
        lines.append("  name the Debian package that lacks in gcpdeploy.yaml:  system_packages: {runtime: […]}")
    else:
        lines.append("  try another version of it, or another base_image")
    if slim and not fault.libraries and normal(fault.module.distribution) not in slim.whole and "slim:" not in fault.cure:
        lines.append(f"  or keep it whole, in gcpdeploy.yaml:  {slim.keeping(fault.module.distribution)}")
    lines.append(f"  or, if the app never uses it:  wheels: {{skip_imports: [{', '.join(fault.skip)}]}}")
    return "\n".join(lines)


def providers(fault):
    """The Debian packages that have what is missing, where the table knows them."""
    if fault.libraries:
        return sorted({table.LIBRARIES[name] for name in fault.libraries if name in table.LIBRARIES})
    words = table.RUN.get(normal(fault.module.distribution), "") if LIBRARY.search(fault.why) else ""
    return [word.split("|")[-1] for word in words.split()]


def line_of(text, pattern):
    """One line of an exception's text: where a pattern is given, one that has it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    if pattern:
        lines = [line for line in lines if pattern.search(line)] or lines
    return lines[0] if len(lines[0]) <= 300 else lines[0][:300] + "…"


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
