"""Which folders of an installed package an app does not need: those of tests and of docs that the package itself does not use.

`slim` removes them, and `gcpdeploy start --profile` says what that would save: it has this file with it, which therefore stands alone.
"""

import ast
import re

TESTS, DOCS = ("test", "tests"), ("doc", "docs")
DOTTED = re.compile(r"\.*[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def outermost(path, names):
    """The outermost folder of these names that a file lies in, as a tuple; paths are tuples of names, below the folder of packages."""
    for n, name in enumerate(path[:-1]):
        if name in names:
            return tuple(path[:n + 1])
    return ()


def unused(files, names, read, called=()):
    """The folders of these names of one package, given its files, that nothing outside of them imports or speaks of.

    read gives a file's content, called are modules that others call. A package that is nothing but such folders needs them.
    """
    inside = {path: outermost(path, names) for path in files}
    folders = {folder for folder in set(inside.values()) - {()} if not any(tuple(name.split(".")[:len(folder)]) == folder for name in called)}
    outside = [path for path in files if not inside[path] and path[-1].endswith(".py") and path[-1] != "conftest.py"]  # pytest's
    if not any(not inside[path] and path[-1].endswith((".py", ".so")) for path in files):
        return set()
    # In an import, perhaps of several lines, or in a text: what has it elsewhere need not be parsed.
    spoken = re.compile(rb"(?:\b(?:import|from)\b[^\n]*\b|['\"./]|[(,\\]\s*)(?:%s)\b" % "|".join(names).encode())
    for path in outside:
        if not folders:
            break
        text = read(path)
        if spoken.search(text):
            folders -= used(path, text, folders)
    return folders


def used(path, text, folders):
    """Those of the folders that a module imports, or names in a text that may be a module's name or a path."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()  # it is imported by nobody
    package, found = list(path[:-1]), set()
    texts = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute("." * node.level + (node.module or ""), package)
            names = [base + [alias.name] for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in texts:
            found |= {folder for folder in folders if spoken_of(node.value, folder, package)}
        found |= {folder for folder in folders for name in names if tuple(name[:len(folder)]) == folder}
    return found


def spoken_of(text, folder, package):
    """Whether a text is a module of the folder, or a path to it from who says so."""
    if DOTTED.fullmatch(text) and tuple(absolute(text, package)[:len(folder)]) == folder:
        return True
    way = folder[len(package):]
    return tuple(package) == folder[:len(package)] and way == tuple(text.split("/")[:len(way)])


def absolute(name, package):
    """A module's name in parts, of one that may begin with dots in a package."""
    dots = len(name) - len(name.lstrip("."))
    rest = [part for part in name[dots:].split(".") if part]
    return package[:len(package) - dots + 1] + rest if dots else rest
