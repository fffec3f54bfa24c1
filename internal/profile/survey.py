"""Looks at an image from inside of a container whose app has just given its first answer.

Prints one line of JSON: what was read of the image, what of it is bytecode, in folders of tests, and
in shared objects, and what of these the app has loaded. It runs as the app's user, in the
app's Python, without its packages: `python -I -S survey.py LOG`.
"""
import importlib.util
import json
import os
import re
import sys
import time

SHARED = re.compile(r"\.so(\.\d+)*$")
SITE = re.compile(r"/(?:site|dist)-packages/")
STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import gcpdeploy_spare as spare  # noqa: E402


def loaded(log):
    """The files of the modules that were loaded."""
    with open(log, encoding="utf-8") as f:
        fields = (line.rstrip("\n").split("\t") for line in f)
        return {f[6]: f[5] for f in fields if f[0] == "load" and f[6]}


def processes():
    """Those of the container, without this one."""
    return [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]


def read(pids):
    """How much processes have read, and how much of which file they have mapped and touched."""
    calls, mapped = 0, {}
    for pid in pids:
        own = {}
        try:
            with open("/proc/%s/io" % pid) as f:
                calls += int(f.readline().split()[1])
            path = ""
            with open("/proc/%s/smaps" % pid) as f:
                for line in f:
                    head, _, rest = line.partition(" ")
                    if not head.endswith(":"):
                        at = line.find("/")
                        path = line[at:].rstrip("\n") if at >= 0 else ""
                    elif head == "Rss:" and path:
                        own[path] = own.get(path, 0) + int(rest.split()[0]) * 1024
        except OSError:  # it has ended, or is another user's
            continue
        for path, size in own.items():  # of what a fork shares one counts
            mapped[path] = max(mapped.get(path, 0), size)
    return calls, {os.path.realpath(p): n for p, n in mapped.items() if os.path.isfile(p)}


def files():
    """The regular files of the image, with their sizes; what is mounted is none of it."""
    device = os.lstat("/").st_dev
    pending = ["/"]
    while pending:
        folder = pending.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for e in entries:
            if e.is_symlink() or e.path == HERE:
                continue
            if e.is_dir(follow_symlinks=False):
                if e.stat(follow_symlinks=False).st_dev == device:
                    pending.append(e.path)
            elif e.is_file(follow_symlinks=False):
                yield e.path, e.stat(follow_symlinks=False).st_size


def package(path):
    """Whose file it is."""
    found = list(SITE.finditer(path))
    if found:
        name = path[found[-1].end():].partition("/")[0]
        return re.sub(r"(\.libs|\.py|\.(cpython|abi3)[^/]*|\.so)$", "", name)
    return "Python" if path.startswith(STDLIB) else "system"


def fresh(source, cached):
    """Whether Python takes the bytecode as it is."""
    try:
        with open(cached, "rb") as f:
            head = f.read(16)
        if head[:4] != importlib.util.MAGIC_NUMBER:
            return False
        if int.from_bytes(head[4:8], "little"):  # by hash
            return True
        s = os.stat(source)
        return head[8:] == (int(s.st_mtime) & 0xFFFFFFFF).to_bytes(4, "little") + (s.st_size & 0xFFFFFFFF).to_bytes(4, "little")
    except OSError:
        return False


def compiling(modules):
    """The modules that Python compiles at each start, and how long that takes."""
    cached, without, took = set(), [], 0.0
    for source, kind in sorted(modules.items()):
        if not source.endswith(".py"):
            continue
        bytecode = importlib.util.cache_from_source(source)
        if fresh(source, bytecode):
            cached.add(os.path.realpath(bytecode))
            continue
        without.append(source)
        try:
            with open(source, "rb") as f:
                text = f.read()
            begin = time.perf_counter()
            compile(text, source, "exec", dont_inherit=True)
            took += time.perf_counter() - begin
        except (OSError, SyntaxError, ValueError):
            continue
    return cached, without, took


def place(path):
    """Where the packages lie that a file is of, which one that is, and the file's path there in parts."""
    found = list(SITE.finditer(path))
    at = found[-1].end() if found else len(STDLIB) if path.startswith(STDLIB) else 0
    parts = tuple(path[at:].split("/"))
    return path[:at], parts[0] if found else "", parts


def unused_tests(sizes, used):
    """The files of folders of tests that nothing was loaded of, and that their packages do not use themselves."""
    packages, folders = {}, {}
    for path in sizes:
        root, name, parts = place(path)
        if root:
            packages.setdefault((root, name), []).append(parts)
            folder = spare.outermost(parts, spare.TESTS)
            if folder:
                folders.setdefault((root, name), {}).setdefault(folder, []).append(path)
    for (root, name), found in folders.items():
        idle = spare.unused(packages[root, name], spare.TESTS, lambda parts: read_file(root + "/".join(parts)))
        for folder in idle:
            if not any(path in used for path in found[folder]):
                yield from found[folder]


def read_file(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


class Sums:
    """Bytes and files, in all and by package."""

    def __init__(self):
        self.all = {"bytes": 0, "files": 0}
        self.by = {}

    def add(self, path, size):
        for d in self.all, self.by.setdefault(package(path), {"bytes": 0, "files": 0}):
            d["bytes"] += size
            d["files"] += 1

    def json(self):
        by = [dict(d, name=name) for name, d in self.by.items()]
        return dict(self.all, packages=sorted(by, key=lambda d: (-d["bytes"], d["name"])))


def main(log):
    modules = loaded(log)
    calls, mapped = read(processes())
    cached, without, took = compiling(modules)
    used = {os.path.realpath(m) for m in modules} | set(mapped) | cached
    bytecode, bytecode_used, tests, shared, unused = Sums(), Sums(), Sums(), Sums(), Sums()
    sizes = dict(files())
    for path, size in sizes.items():
        if path.endswith(".pyc"):
            bytecode.add(path, size)
            if path in cached:
                bytecode_used.add(path, size)
        elif SHARED.search(path):
            shared.add(path, size)
            if path not in mapped:
                unused.add(path, size)
    for path in unused_tests(sizes, used):
        tests.add(path, sizes[path])
    json.dump({
        "read_bytes": calls, "mapped_bytes": sum(mapped.values()),
        "bytecode": bytecode.json(), "bytecode_loaded": bytecode_used.json(),
        "compiled": without, "compile_seconds": round(took, 6),
        "tests_unused": tests.json(), "shared_objects": shared.json(), "shared_objects_unused": unused.json(),
    }, sys.stdout)
    print()


main(sys.argv[1])
