import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

from case import run
from elves import library
from wheelhouse import elf, importer, imports, modules, system

EXT = modules.SUFFIXES[0]
ABORT = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"


class Environment(unittest.TestCase):
    """An environment of this Python, into which tests put distributions."""

    @classmethod
    def setUpClass(cls):
        cls.tmp = Path(tempfile.mkdtemp()).resolve()
        cls.addClassCleanup(shutil.rmtree, cls.tmp)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(cls.tmp / "env")], check=True)

    def setUp(self):
        self.env = self.tmp / "env"
        self.site, = self.env.glob("lib/python3*/site-packages")
        shutil.rmtree(self.site)
        self.site.mkdir()

    def install(self, name, files, version="1.0", tag="py3-none-any"):
        info = f"{name}-{version}.dist-info"
        files = dict(files, **{info + "/METADATA": "", info + "/WHEEL": f"Wheel-Version: 1.0\nTag: {tag}\n", info + "/RECORD": ""})
        for path, data in files.items():
            at = self.site / path
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_bytes(data if isinstance(data, bytes) else data.encode())
        (self.site / info / "RECORD").write_text("".join(f'"{path}",,\n' if "," in path else f"{path},,\n" for path in files))

    def check(self, *skip):
        """Gives what was said, and the error."""
        out = io.StringIO()
        error = ""
        with redirect_stdout(out):
            try:
                imports.check(self.env, list(skip))
            except run.Failure as e:
                error = str(e)
        return out.getvalue(), error


class Modules(Environment):
    def names(self, *files):
        self.install("some_dist", dict.fromkeys(files, ""))
        return [m.name for m in modules.find(self.env)]

    def test_names(self):
        for files, want in (
            (["one.py", "two/__init__.py", "two/deep.py"], ["one", "two"]),
            (["ext" + EXT, "_private" + EXT, "pkg/__init__" + EXT], ["_private", "ext", "pkg"]),
            (["_hidden.py", "_hid/__init__.py", "tests/__init__.py", "test_x.py", "x_tests/__init__.py", "setup.py", "conftest.py"], []),
            (["google/cloud/storage/__init__.py", "google/cloud/storage/a/__init__.py", "google/_upb/_m" + EXT], ["google._upb._m", "google.cloud.storage"]),
            (["google/cloud/_storage/__init__.py", "plug/in.py"], []),
            (["../../../bin/tool", "../../../bin/tool.py", "__pycache__/one.cpython-311.pyc", "share/x-y/__init__.py", "data.txt"], []),
        ):
            with self.subTest(files=files):
                shutil.rmtree(self.site)
                self.assertEqual(self.names(*files), want)

    def test_tools_are_left_out(self):
        for name in ("setuptools", "pip", "wheel"):
            self.install(name, {name + "/__init__.py": ""})
        self.assertEqual(modules.find(self.env), [])

    def test_extensions(self):
        self.install("built", {"a/b/_c" + EXT: "", "a/__init__.py": ""}, tag="cp311-cp311-linux_x86_64")
        self.install("published", {"d" + EXT: ""}, tag="cp311-cp311-manylinux_2_17_x86_64")
        self.assertEqual([(m.name, m.built) for m in modules.extensions(self.env)], [("a.b._c", True), ("d", False)])


class Imports(Environment):
    def test_all_is_well(self):
        for n in range(30):
            self.install(f"dist{n}", {f"m{n}.py": "print('noise')\n"})
        said, error = self.check()
        self.assertEqual(error, "")
        self.assertRegex(said, r"^imported 30 modules in [0-9.]+s\n$")

    def test_nothing(self):
        self.assertRegex(self.check()[0], r"^imported 0 modules in ")

    def test_missing_library(self):
        self.install("psycopg2", {"psycopg2.py": "raise ImportError('libpq.so.5: cannot open shared object file: No such file')\n"}, "2.9.9")
        self.install("fine", {"fine.py": ""})
        said, error = self.check()
        self.assertEqual(error.splitlines(), [
            "error: psycopg2 2.9.9: import psycopg2: ImportError: libpq.so.5: cannot open shared object file: No such file",
            "  write into gcpdeploy.yaml:  system_packages: {runtime: [libpq5]}",
            "  or, if the app never uses it:  wheels: {skip_imports: [psycopg2]}"])
        self.assertEqual(self.check("psycopg2")[1], "")

    def test_alike_in_one_distribution(self):
        body = "raise ImportError('libcurl.so.4: cannot open shared object file')\n"
        self.install("pycurl", {"curl.py": body, "pycurl.py": body})
        self.install("other", {"zother.py": body})
        error = self.check()[1].splitlines()
        self.assertEqual([line for line in error if line.startswith("error")], [
            "error: pycurl 1.0: import curl: ImportError: libcurl.so.4: cannot open shared object file",
            "error: other 1.0: import zother: ImportError: libcurl.so.4: cannot open shared object file"])
        self.assertIn("skip_imports: [curl, pycurl]", error[2])

    def test_library_of_nobody(self):
        self.install("odd", {"odd.py": "raise OSError('libodd.so.3: cannot open shared object file')\n"})
        self.assertIn("name the Debian package that lacks", self.check()[1])

    def test_cause_counts(self):
        self.install("wrapped", {"wrapped.py": "try:\n    raise OSError('x.so: undefined symbol: _Z3foo')\nexcept OSError as e:\n    raise ImportError('see the docs') from e\n"})
        said, error = self.check()
        self.assertIn("error: wrapped 1.0: import wrapped: ImportError: x.so: undefined symbol: _Z3foo", error)
        self.assertIn("have it compiled here:\n  wheels: {no_binary: [wrapped]}", error)

    def test_opened_by_name(self):
        self.install("python_magic", {"magic.py": "raise ImportError('failed to find libmagic.  Check your installation')\n"})
        self.assertIn("system_packages: {runtime: [libmagic1]}", self.check()[1])
        self.install("pyenchant", {"enchant.py": "raise ImportError(\"The 'enchant' C library was not found and maybe needs to be installed.\")\n"})
        self.assertIn("system_packages: {runtime: [libenchant-2-2]}", self.check()[1])

    def test_notes(self):
        self.install("optional", {"optional.py": "import nobody_has_this\n"})
        self.install("leaves", {"leaves.py": "raise SystemExit(3)\n"})
        self.install("exits", {"exits.py": "import os\nos._exit(0)\n"})
        self.install("gpu", {"gpu.py": "raise ImportError('libcuda.so.1: cannot open shared object file')\n"})
        self.install("django_x", {"django_x.py": "class ImproperlyConfigured(Exception): pass\nraise ImproperlyConfigured('settings')\n"})
        self.install("odd", {"odd.py": "class E(Exception):\n    def __str__(self): raise ValueError\nraise E\n"})
        said, error = self.check()
        self.assertEqual(error, "")
        self.assertIn("note: optional 1.0: import optional: ModuleNotFoundError: No module named 'nobody_has_this'\n", said)
        self.assertEqual(sorted(line.split()[1] for line in said.splitlines() if line.startswith("note:")), ["exits", "gpu", "leaves", "odd", "optional"])

    def test_notes_of_what_python_dropped(self):
        self.install("old", {"old.py": "import pkg_resources_of_nobody\n", "older.py": "raise ImportError(\"No module named 'pkg_resources'\")\n"})
        said, error = self.check()
        self.assertEqual(error, "")
        self.assertIn("import older: ImportError: No module named 'pkg_resources'; write into requirements.txt:  setuptools<81", said)
        self.assertIn("import old: ModuleNotFoundError: No module named 'pkg_resources_of_nobody'\n", said)

    def test_many_notes(self):
        for n in range(15):
            self.install(f"d{n}", {f"m{n}.py": "raise RuntimeError\n"})
        said, _ = self.check()
        self.assertEqual(said.count("note: "), imports.NOTES + 1)
        self.assertIn("note: and 5 more modules", said)

    def test_crash_is_told_and_the_rest_imported(self):
        ran = self.tmp / "ran"
        ran.write_text("")
        for name, body in (("a", ""), ("b", ABORT), ("c", ""), ("d", "raise SystemError('bad call')\n"), ("e", "")):
            self.install(name, {name + "x.py": f"open({str(ran)!r}, 'a').write('{name}')\n" + body})
        said, error = self.check()
        self.assertEqual([line for line in error.splitlines() if line.startswith("error")], [
            "error: b 1.0: import bx: the interpreter crashed: SIGSEGV", "error: d 1.0: import dx: SystemError: bad call"])
        self.assertLessEqual({"a", "c", "e"}, set(ran.read_text()))

    def test_nobody_is_blamed_for_another(self):
        self.install("first", {"first.py": "import sys\nsys.modules['broken_by_first'] = None\n"})
        self.install("second", {"second.py": "import sys\nif 'broken_by_first' in sys.modules:\n    raise ImportError('undefined symbol: x')\n"})
        said, error = self.check()
        self.assertEqual((error, "note" in said), ("", False))

    def test_hanging_import_ends(self):
        self.install("hangs", {"hangs.py": "import threading\nthreading.Event().wait()\n"})
        self.install("after", {"zafter.py": "raise RuntimeError('reached')\n"})
        with mock.patch.object(importer, "LONGEST", 1):
            said, error = self.check()
        self.assertEqual(error, "")
        self.assertIn("import hangs: took more than", said)
        self.assertIn("import zafter: RuntimeError: reached", said)

    def test_out_of_time(self):
        self.install("late", {"late.py": ""})
        with mock.patch.object(importer, "ALL", 0):
            self.assertIn("note: late 1.0: import late: was not tried", self.check()[0])

    def test_leaves_nothing(self):
        self.install("writes", {"writes.py": "import os, tempfile\nopen('here', 'w')\nopen(os.path.expanduser('~/there'), 'w')\ntempfile.mkstemp()\n"})
        before = sorted(os.walk(self.tmp))
        with mock.patch.object(tempfile, "tempdir", str(self.tmp)):
            said, error = self.check()
        self.assertEqual((error, "note" in said, sorted(os.walk(self.tmp))), ("", False, before))


class Unlinked(Environment):
    """`import lxml` loads no library; a compiled module below may still miss one."""

    def setUp(self):
        super().setUp()
        kind = elf.kind(system.head(os.path.realpath(sys.executable)))
        self.form = {"bits": 64 if kind[0] == 2 else 32, "order": "<>"[kind[1] - 1], "machine": kind[2]}
        patch = mock.patch.object(system, "libraries", return_value={"libc.so.6": "/lib/libc.so.6"})
        patch.start()
        self.addCleanup(patch.stop)

    def lxml(self, tag, *needed, **files):
        self.install("lxml", {"lxml/__init__.py": "", "lxml/etree" + EXT: library(needed, **self.form), **files}, "5.0", tag)

    def test_built_here(self):
        self.lxml("cp311-cp311-linux_x86_64", "libc.so.6", "libxslt.so.1")
        error = self.check()[1]
        self.assertIn("error: lxml 5.0: import lxml.etree: ImportError: libxslt.so.1: cannot open shared object file", error)
        self.assertIn("[libxslt1.1]", error)
        self.assertEqual((self.check("lxml.etree")[1], self.check("lxml")[1]), ("", ""))

    def test_one_error_for_all_that_lacks(self):
        self.lxml("cp311-cp311-linux_x86_64", "libxslt.so.1", "libodd.so.7", **{"lxml/objectify" + EXT: library(["libxml2.so.2", "libxslt.so.1"], **self.form)})
        self.assertEqual(self.check()[1].splitlines(), [
            "error: lxml 5.0: import lxml.etree: ImportError: libodd.so.7, libxml2.so.2, libxslt.so.1: cannot open shared object file",
            "  write into gcpdeploy.yaml:  system_packages: {runtime: [libxml2, libxslt1.1]}",
            "  or, if the app never uses it:  wheels: {skip_imports: [lxml]}"])

    def test_published(self):
        self.lxml("cp311-cp311-manylinux_2_17_x86_64", "libxslt.so.1")
        self.assertEqual(self.check()[1], "")

    def test_found(self):
        self.lxml("cp311-cp311-linux_x86_64", "libc.so.6", "libown.so.1", **{"lxml.libs/libown.so.1": b""})
        self.assertEqual(self.check()[1], "")

    def test_runpath(self):
        (self.tmp / "opt").mkdir()
        (self.tmp / "opt" / "libfar.so.2").write_bytes(b"")
        self.install("far", {"far/__init__.py": "", "far/_x" + EXT: library(["libfar.so.2"], runpath=f"/none:{self.tmp}/opt", **self.form)}, tag="cp311-cp311-linux_x86_64")
        self.assertEqual(self.check()[1], "")


if __name__ == "__main__":
    unittest.main()
