"""Imports every module of an environment, so that a missing library is found before the first request.

A module that lacks a shared library, or brings the interpreter down, is an error: no setting of the app could cure it.
Any other exception is a note: many modules want a framework's settings, a display or a package that is optional.
"""

import os
import re
import signal
import time
from collections import namedtuple

from . import elf, modules, system, table
from .importer import LONGEST, import_all
from .run import Failure
from .text import count, normal, say, since

# What the dynamic linker and the loaders above it say.
LIBRARY = re.compile(
    r"cannot open shared object file|undefined symbol|symbol .* not defined in file|version [`'\"]?\w+_[\d.]+['`\"]? not found"
    r"|cannot load library|no library called|shared library|library not found|failed to find lib|could not find lib|invalid ELF header|wrong ELF class"
    r"|file too short|cannot allocate memory in static TLS block", re.IGNORECASE)
SONAME = re.compile(r"\b(lib[\w.+-]+\.so(?:\.\d+)*)\b: cannot open shared object file")
# Libraries that come with the driver of a GPU, on the machine where there is one.
DRIVER = re.compile(r"^lib(cuda|nvidia-[\w-]+|nvcuvid)\.so")
# What frameworks raise when the app has not configured them yet.
UNCONFIGURED = {"ImproperlyConfigured", "AppRegistryNotReady"}
NOTES = 10  # that are shown

# A module that failed: why, in a line; certain when that is a fault of what was installed.
Fault = namedtuple("Fault", "module why certain")


def check(env, skip):
    """Imports the modules of env but those to skip, which are names of modules or of packages above them."""
    start = time.monotonic()
    wanted = [m for m in modules.find(env) if not skipped(m.name, skip)]
    results = import_all(env / "bin" / "python", [m.name for m in wanted])
    faults = [fault for m in wanted for fault in [judge(m, results.get(m.name))] if fault]
    told = {fault.module.distribution for fault in faults if fault.certain}
    faults += [fault for fault in unlinked(env) if fault.module.distribution not in told and not skipped(fault.module.name, skip)]
    notes = [f"note: {heading(f)}" for f in faults if not f.certain]
    for note in notes[:NOTES]:
        say(note)
    if len(notes) > NOTES:
        say(f"note: and {len(notes) - NOTES} more modules that cannot be imported on their own")
    errors = [explain(f) for f in faults if f.certain]
    if errors:
        raise Failure("\n".join(errors))
    say(f"imported {count(wanted, 'module')} in {since(start)}")


def skipped(name, skip):
    return any(name == s or name.startswith(s + ".") for s in skip)


def judge(module, result):
    """The fault that an import's result shows, or None."""
    if result is None:
        return Fault(module, "was not tried, there was no time left", False)
    if result.ok:
        return None
    if result.signal:
        # Out of memory, or stopped from outside, is no fault of the package.
        certain = result.signal not in (signal.SIGKILL, signal.SIGTERM)
        return Fault(module, f"the interpreter crashed: {signal_name(result.signal)}", certain)
    if result.late:
        return Fault(module, f"took more than {LONGEST} s", False)
    if UNCONFIGURED.intersection(result.types):
        return None
    driver = SONAME.search(result.text)
    certain = "SystemError" in result.types or bool(
        {"ImportError", "OSError"}.intersection(result.types) and LIBRARY.search(result.text) and not (driver and DRIVER.match(driver.group(1))))
    return Fault(module, f"{result.types[0]}: {line_of(result.text, certain)}", certain)


def unlinked(env):
    """Compiled modules that were built here and name a library that is nowhere.

    A package's own import need not reach them: `import lxml` does not load lxml.etree. Published wheels are left out,
    whose optional parts may name libraries that nothing uses.
    """
    built = [m for m in modules.extensions(env) if m.built]
    if not built:
        return
    there = set(system.libraries(elf.kind(system.head(os.path.realpath(env / "bin" / "python")))))
    if not there:
        return
    there.update(name for _, _, files in os.walk(env / "lib") for name in files if ".so" in name)
    folders = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    for module in built:
        try:
            found = elf.read(module.extension.read_bytes())
        except (OSError, elf.Error):
            continue
        look = folders + [folder.replace("$ORIGIN", str(module.extension.parent)) for folder in found.runpath]
        for name in found.needed:
            if name not in there and not any(folder and os.path.exists(os.path.join(folder, name)) for folder in look):
                yield Fault(module, f"ImportError: {name}: cannot open shared object file", True)
                break


def heading(fault):
    m = fault.module
    return f"{m.distribution} {m.version}: import {m.name}: {fault.why}"


def explain(fault):
    lines = [f"error: {heading(fault)}"]
    package = provider(fault)
    if package:
        lines.append(f"  write into gcpdeploy.yaml:  system_packages: {{runtime: [{package}]}}")
        lines.append(f"  or, if the app never uses it:  wheels: {{skip_imports: [{fault.module.name}]}}")
    else:
        lines.append("  name the Debian package that lacks in system_packages: {runtime: […]} of gcpdeploy.yaml;"
                     if LIBRARY.search(fault.why) else "  take another version of it, or another base_image;")
        lines.append(f"  if the app never uses the module, write  wheels: {{skip_imports: [{fault.module.name}]}}")
    return "\n".join(lines)


def provider(fault):
    """The Debian package that has what is missing, where the table knows it."""
    found = SONAME.search(fault.why)
    if found:
        return table.LIBRARIES.get(found.group(1), "")
    words = table.RUN.get(normal(fault.module.distribution), "") if LIBRARY.search(fault.why) else ""
    return ", ".join(word.split("|")[-1] for word in words.split())


def line_of(text, certain):
    """One line of an exception's text: of a linker's message the one that has it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    if certain:
        lines = [line for line in lines if LIBRARY.search(line)] or lines
    return lines[0] if len(lines[0]) <= 300 else lines[0][:300] + "…"


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
