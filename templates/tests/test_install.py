"""Tests of `install` and `tests`."""

import os
import shutil
import subprocess
import sys
import unittest

from case import HAS_PIP, Case, wheel
from wheelhouse import bytecode, files


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Install(Case):
    def runtime(self, requirements):
        """Builds and installs requirements; gives the environment."""
        self.write("requirements.txt", self.options() + requirements)
        code, said = self.main("build", "--out", self.root / "wheelhouse", "--report", self.root / "report" / "report.json")
        self.assertEqual(code, 0, said)
        code, said = self.main("install", "--from", self.root / "wheelhouse", "--env", self.root / "env", "--out", self.root / "done")
        self.assertEqual(code, 0, said)
        # An environment works at its own path only.
        os.rename(self.root / "done" / "env", self.root / "env")
        return self.root / "env"

    def python(self, env, *args, **variables):
        return subprocess.run([env / "bin" / "python", *args], env=variables, capture_output=True, text=True, check=True).stdout

    def test_install(self):
        wheel(self.links, "ant", "1.0")
        env = self.runtime("ant\n")
        self.assertEqual(self.python(env, "-c", "import ant; print(ant.version, ant.__spec__.cached.endswith('.pyc'))"), "1.0 True\n")
        pyc, = env.rglob("ant.*.pyc")
        self.assertEqual(pyc.read_bytes()[4:8], b"\x01\0\0\0", "the bytecode depends on times")
        self.assertEqual((env / "requirements.lock").read_text(), (self.root / "wheelhouse" / "requirements.lock").read_text())
        self.assertFalse((env / "bin" / "pip").exists())
        self.assertEqual({p.lstat().st_mtime for p in env.rglob("*")}, {files.EPOCH})

    def test_tests_have_no_bytecode(self):
        folder = self.root / "tests"  # where it lies says nothing
        for name in ("a/__init__.py", "a/tests/__init__.py", "a/tests/below/b.py", "tests/c.py", "contests/d.py", "tests.py"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("")
        bytecode.compile_all(sys.executable, folder)
        self.assertEqual(sorted(p.name.partition(".")[0] for p in folder.rglob("*.pyc")), ["__init__", "d", "tests"])

    def test_packages_of_the_system(self):
        folder = self.root / "wheelhouse"
        folder.mkdir()
        self.assertEqual(self.main("apt", "--from", folder)[0], 0)
        (folder / "manifest.json").write_text('{"system": ["libb", "liba"]}')
        self.assertEqual(self.main("apt", "--from", folder, "liba", "libc")[0], 0)
        self.assertEqual(self.installed, [["liba", "libc", "libb"]])

    def test_an_incomplete_wheelhouse(self):
        folder = self.root / "wheelhouse"
        folder.mkdir()
        (folder / "manifest.json").write_text('{"complete": false}')
        code, said = self.main("install", "--from", folder, "--env", self.root / "env", "--out", self.root / "done")
        self.assertEqual((code, said), (1, "error: some wheels could not be built, so there is nothing to install; "
                                           "the finished ones are kept, and the next try builds only the others\n"))
        self.assertFalse((self.root / "env").exists())

    def prepare(self, env, *args):
        code, said = self.main("tests", "--env", env, "--out", self.root / "testenv", *args)
        return code, said, self.root / "testenv"

    def test_tests_get_only_what_lacks(self):
        for name, version, requires in (("ant", "1.0", []), ("ant", "2.0", []), ("runner", "3.0", ["ant", "helper"]), ("helper", "0.5", [])):
            wheel(self.links, name, version, requires)
        env = self.runtime("ant==1.0\n")
        self.write("test-requirements.txt", self.options() + "runner\nant\n")
        code, said, out = self.prepare(env)
        self.assertEqual(code, 0, said)
        self.assertEqual(sorted(p.name for p in out.glob("*.py")), ["helper.py", "runner.py"])
        self.assertIn("testenv: 2 packages beyond the runtime's 1", said)
        self.assertEqual(self.python(env, "-c", "import ant, runner; print(ant.version, runner.version)", PYTHONPATH=str(out)), "1.0 3.0\n")

    def test_while_the_runtime_is_made(self):
        for name, version, requires in (("ant", "1.0", ["bee"]), ("ant", "2.0", []), ("bee", "1.0", []), ("runner", "3.0", ["ant", "helper"]), ("helper", "0.5", [])):
            wheel(self.links, name, version, requires)
        self.write("test-requirements.txt", self.options() + "runner\n")
        env = self.runtime("ant==1.0\n")
        _, said, out = self.prepare(env)
        self.assertIn("testenv: 2 packages beyond the runtime's 2", said)
        want = {p.relative_to(out): p.is_file() and p.read_bytes() for p in out.rglob("*")}
        shutil.rmtree(env)
        shutil.rmtree(out)
        code, said, out = self.prepare(env, "--from", self.root / "wheelhouse")
        self.assertEqual(code, 0, said)
        self.assertEqual({p.relative_to(out): p.is_file() and p.read_bytes() for p in out.rglob("*")}, want)

    def test_nothing_for_the_tests(self):
        env = self.runtime("")
        code, said, out = self.prepare(env)
        self.assertEqual((code, list(out.iterdir())), (0, []), said)

    def test_contradiction(self):
        wheel(self.links, "ant", "1.0")
        wheel(self.links, "ant", "2.0")
        env = self.runtime("ant<2\n")
        self.write("test-requirements.txt", self.options() + "ant>1\n")
        code, said, _ = self.prepare(env)
        self.assertEqual(code, 1)
        self.assertIn("The user requested (constraint) ant==1.0", said)
        self.assertIn("error: the test requirements contradict", said)

    def test_test_constraints_count(self):
        wheel(self.links, "ant", "1.0")
        wheel(self.links, "ant", "2.0")
        env = self.runtime("")
        self.write("test-requirements.txt", self.options() + "ant\n")
        self.write("test-constraints.txt", "ant<2\n")
        code, said, out = self.prepare(env)
        self.assertEqual(code, 0, said)
        self.assertTrue((out / "ant-1.0.dist-info").exists())
