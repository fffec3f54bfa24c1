"""Tests of wheelhouse.py that need no Docker and no network; run by templates_test.go."""

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
import wheelhouse

HAS_PIP = subprocess.run([wheelhouse.PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def wheel(folder, name, version, requires=(), body=""):
    """Writes a pure wheel and gives its sha256."""
    stem = f"{name}-{version}"
    files = {
        f"{name}.py": f"version = {version!r}\n{body}",
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
                                      + "".join(f"Requires-Dist: {r}\n" for r in requires),
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={digest(text)},{len(text)}\n" for path, text in files.items())
    files[f"{stem}.dist-info/RECORD"] = record + f"{stem}.dist-info/RECORD,,\n"
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as z:
        for name, text in files.items():
            z.writestr(zipfile.ZipInfo(name), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


BACKEND = '''
import os, zipfile
def meta(settings):
    return "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
def build_wheel(folder, config_settings=None, metadata_directory=None):
    stem = "{name}-{version}"
    files = {{
        "{name}.py": "settings = " + repr(config_settings) + "\\nflags = " + repr((os.environ["CFLAGS"], os.environ["SOURCE_DATE_EPOCH"])),
        stem + ".dist-info/METADATA": meta(config_settings),
        stem + ".dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        stem + ".dist-info/RECORD": "",
    }}
    if {fails}:
        raise SystemExit("no luck today")
    with zipfile.ZipFile(os.path.join(folder, stem + "-py3-none-any.whl"), "w") as z:
        for name, text in files.items():
            z.writestr(zipfile.ZipInfo(name), text)
    return stem + "-py3-none-any.whl"
'''


def project(folder, name, version, fails=False):
    """Writes a project whose build backend lies in it and needs nothing."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n')
    (folder / "backend.py").write_text(BACKEND.format(name=name, version=version, fails=fails))


def sdist(folder, name, version, fails=False):
    with tempfile.TemporaryDirectory() as tmp:
        stem = f"{name}-{version}"
        project(Path(tmp) / stem, name, version, fails)
        (Path(tmp) / stem / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        with tarfile.open(folder / f"{stem}.tar.gz", "w:gz") as t:
            t.add(Path(tmp) / stem, stem)


class Case(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        # Nothing of the machine's own pip configuration, and never its apt-get.
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PIP_") and k != "CFLAGS"}
        for patch in (mock.patch.dict(os.environ, dict(clean, PIP_CONFIG_FILE=os.devnull), clear=True),
                      mock.patch.object(wheelhouse, "apt_install", self.apt), mock.patch.object(wheelhouse, "CA", Path("/nonexistent"))):
            patch.start()
            self.addCleanup(patch.stop)
        self.installed = []
        self.root = Path(tmp.name).resolve()
        self.links = self.root / "links"
        self.context = self.root / "context"
        self.links.mkdir()
        self.context.mkdir()
        for name in ("requirements", "constraints", "test-requirements", "test-constraints"):
            self.write(name + ".txt", "")
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.context)

    def apt(self, packages):
        self.installed.append(list(packages))

    def write(self, name, text):
        (self.context / name).write_text(text)

    def main(self, *args):
        out = io.StringIO()
        with redirect_stdout(out):
            code = wheelhouse.main(list(map(str, args)))
        return code, out.getvalue()

    def options(self):
        return f"--no-index\n--find-links {self.links}\n"


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Build(Case):
    def build(self, out="wheelhouse", *packages):
        code, said = self.main("build", "--out", self.root / out, *packages)
        return code, said, self.root / out

    def test_nothing(self):
        code, said, out = self.build()
        self.assertEqual((code, said), (0, "wheelhouse: 0 packages, 0 built\n"))
        self.assertEqual((out / "requirements.lock").read_text(), "")
        self.assertEqual(json.loads((out / "manifest.json").read_text())["packages"], [])

    def test_one_resolution_for_all(self):
        wheel(self.links, "np", "1.26")
        wheel(self.links, "np", "2.0")
        wheel(self.links, "app", "1.0", ["np"])
        wheel(self.links, "old", "1.0", ["np<2"])
        self.write("requirements.txt", self.options() + "app\nold\n")
        code, said, out = self.build()
        self.assertEqual(code, 0, said)
        self.assertEqual(sorted(p.name.split("-py3")[0] for p in out.glob("*.whl")), ["app-1.0", "np-1.26", "old-1.0"])
        self.assertEqual(self.installed, [])

    def test_lock_and_manifest(self):
        b = wheel(self.links, "Bee_Hive", "2.0")
        a = wheel(self.links, "ant", "1.0")
        self.write("requirements.txt", self.options() + "bee-hive\nant\n")
        self.write("constraints.txt", "ant<2\n")
        code, said, out = self.build()
        self.assertEqual(code, 0, said)
        self.assertEqual((out / "requirements.lock").read_text(), f"ant==1.0 --hash=sha256:{a}\nbee-hive==2.0 --hash=sha256:{b}\n")
        packages = json.loads((out / "manifest.json").read_text())["packages"]
        self.assertEqual(packages[0], {"name": "ant", "version": "1.0", "file": "ant-1.0-py3-none-any.whl", "sha256": a,
                                       "url": "file:ant-1.0-py3-none-any.whl", "origin": "downloaded"})
        self.assertEqual({p.stat().st_mtime for p in [out, *out.iterdir()]}, {wheelhouse.EPOCH})

    def test_builds_what_is_no_wheel(self):
        sdist(self.links, "ext", "1.0")
        project(self.context / "src" / "libs" / "local", "local", "0.1")
        wheel(self.links, "plain", "1.0")
        # A setting of one requirement is known to pip from 23.1 on.
        version = tuple(int(n) for n in wheelhouse.pip_version().split(".")[:2])
        setting = " --config-settings=mode=fast" if version >= (23, 1) else ""
        self.write("requirements.txt", self.options() + f"ext{setting}\nplain\n./src/libs/local\n")
        code, said, out = self.build("wheelhouse", "libfoo-dev")
        self.assertEqual(code, 0, said)
        for name in ("ext 1.0", "local 0.1"):
            self.assertRegex(said, rf"(?m)^built {name} in [0-9.]+s \([12]/2\)$")
        self.assertIn("libfoo-dev", self.installed[0])
        self.assertEqual(len(self.installed), 1)
        packages = {p["name"]: p for p in json.loads((out / "manifest.json").read_text())["packages"]}
        self.assertEqual(packages["local"]["url"], "./src/libs/local")
        self.assertEqual({n: p["origin"] for n, p in packages.items()}, {"ext": "built", "local": "built", "plain": "downloaded"})
        with zipfile.ZipFile(out / packages["ext"]["file"]) as z:
            text = z.read("ext.py").decode()
        self.assertIn(f"flags = ('-g0', '{wheelhouse.EPOCH}')", text)
        if version >= (23, 1):
            self.assertIn("settings = {'mode': 'fast'}", text)

    def test_same_bytes_twice(self):
        sdist(self.links, "ext", "1.0")
        wheel(self.links, "plain", "1.0")
        self.write("requirements.txt", self.options() + "ext\nplain\n")
        made = []
        for out in ("one", "two"):
            code, said, folder = self.build(out)
            self.assertEqual(code, 0, said)
            made.append({p.name: p.read_bytes() for p in folder.iterdir()})
        self.assertEqual(*made)

    def test_no_binary_brings_the_compiler_first(self):
        sdist(self.links, "ext", "1.0")
        wheel(self.links, "ext", "1.0")
        self.write("requirements.txt", self.options() + "--no-binary ext\next\n")
        with mock.patch.object(wheelhouse.Pip, "need_compiler", side_effect=[True, False], autospec=True) as need:
            code, said, out = self.build()
        self.assertEqual((code, need.call_count), (0, 2), said)
        self.assertIn('"origin": "built"', (out / "manifest.json").read_text())

    def test_failing_build_tells_why(self):
        sdist(self.links, "ext", "1.0", fails=True)
        self.write("requirements.txt", self.options() + "ext\n")
        code, said, _ = self.build()
        self.assertEqual(code, 1)
        self.assertIn("no luck today", said)
        self.assertTrue(said.endswith("error: building ext 1.0 failed\n") or "resolving the requirements failed" in said, said)

    def test_unknown_package(self):
        self.write("requirements.txt", self.options() + "nobody-has-this\n")
        code, said, _ = self.build()
        self.assertEqual(code, 1)
        self.assertIn("No matching distribution found for nobody-has-this", said)
        self.assertTrue(said.endswith("\nerror: resolving the requirements failed\n"), said)
        self.assertEqual(self.installed, [])

    def test_conflict_names_both(self):
        wheel(self.links, "np", "1.26")
        wheel(self.links, "np", "2.0")
        wheel(self.links, "old", "1.0", ["np<2"])
        self.write("requirements.txt", self.options() + "old\nnp==2.0\n")
        code, said, _ = self.build()
        self.assertEqual(code, 1)
        self.assertIn("old 1.0 depends on np<2", said)
        self.assertIn("The user requested np==2.0", said)

    def test_wrong_hash(self):
        wheel(self.links, "ant", "1.0")
        self.write("requirements.txt", self.options() + f"ant==1.0 --hash=sha256:{'0' * 64}\n")
        code, said, _ = self.build()
        self.assertEqual(code, 1)
        self.assertIn("DO NOT MATCH THE HASHES", said)


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Install(Case):
    def runtime(self, requirements):
        """Builds and installs requirements; gives the environment."""
        self.write("requirements.txt", self.options() + requirements)
        code, said = self.main("build", "--out", self.root / "wheelhouse")
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
        self.assertEqual({p.lstat().st_mtime for p in env.rglob("*")}, {wheelhouse.EPOCH})

    def prepare(self, env):
        code, said = self.main("tests", "--env", env, "--out", self.root / "testenv")
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


class Parts(Case):
    def test_requirements(self):
        self.write("requirements.txt", "--index-url https://x/\n--no-binary :all:\n-e ./src/app\n"
                                       "Foo_Bar==1 --config-settings=a=1 --config-settings 'b=2 ''#3'\nbaz @ git+https://x/baz\n"
                                       "./src/lib[x] --config-settings=k=v\n")
        r = wheelhouse.Requirements(self.context / "requirements.txt")
        self.assertEqual(r.options, ["--index-url https://x/", "--no-binary :all:"])
        self.assertEqual(len(r.lines), 4)
        lib = (self.context / "src" / "lib").as_uri()
        self.assertEqual(r.settings, {"foo-bar": ["--config-settings=a=1", "--config-settings 'b=2 ''#3'"], lib: ["--config-settings=k=v"]})
        self.assertEqual(r.settings_of(self.item(lib, direct=True, dir_info={})), ["--config-settings=k=v"])
        self.assertEqual((r.systems(), r.must_compile()), (["git"], True))

    def item(self, url, direct=False, **info):
        return wheelhouse.Item({"download_info": {"url": url, **info}, "is_direct": direct, "metadata": {"name": "A.b", "version": "1.0"}})

    def test_item(self):
        h = "1" * 64
        for item, requirement, source in (
            (self.item("https://u:p@h/a-1.0.tar.gz", archive_info={"hash": "sha256=" + h}), f"a-b==1.0 --hash=sha256:{h}", "https://h/a-1.0.tar.gz"),
            (self.item("https://h/a-1.0-py3-none-any.whl?sig=secret#x", archive_info={"hashes": {"sha256": h}}, direct=True),
             f"a-b @ https://h/a-1.0-py3-none-any.whl?sig=secret#x --hash=sha256:{h}", "https://h/a-1.0-py3-none-any.whl"),
            (self.item("https://h/a.git", direct=True, subdirectory="py", vcs_info={"vcs": "git", "commit_id": "abc"}),
             "git+https://h/a.git@abc#egg=a-b&subdirectory=py", "git+https://h/a.git@abc"),
            (self.item((self.context / "src" / "a b").as_uri(), direct=True, dir_info={}), f"a-b @ {(self.context / 'src').as_uri()}/a%20b", "./src/a b"),
        ):
            self.assertEqual((item.requirement(), item.source(self.context)), (requirement, source))

    def test_relevant(self):
        text = "Collecting x\n" + "".join(f"line {i}\n" for i in range(100)) + "  error: subprocess-exited\n\n  it broke\n  note: not pip\nERROR: bad\n"
        self.assertEqual(wheelhouse.relevant(text), "  error: subprocess-exited\n  it broke\nERROR: bad")
        long = wheelhouse.relevant("error: x\n" + "y\n" * 500).splitlines()
        self.assertEqual((len(long), long[0]), (wheelhouse.TAIL + 1, "…"))

    def test_python_version(self):
        have = ".".join(map(str, sys.version_info[:2]))
        wheelhouse.check_python("")
        wheelhouse.check_python(have)
        code, said = self.main("build", "--python", "2.7", "--out", self.root / "x")
        self.assertEqual(code, 1)
        self.assertRegex(said, r"^error: the base image has Python 3\.[0-9]+\.[0-9]+, and 2\.7 is wanted; set python or base_image")

    def test_old_pip(self):
        old = subprocess.CompletedProcess([], 0, stdout="pip 20.3.4 from /usr/lib (python 3.9)\n")
        with mock.patch.object(subprocess, "run", return_value=old), self.assertRaisesRegex(wheelhouse.Failure, "has pip 20.3.4 .*23.0 or newer"):
            wheelhouse.pip_version()

    def test_since(self):
        for seconds, text in ((0.04, "0.0s"), (12.34, "12.3s"), (492.9, "8m12s")):
            with mock.patch("time.monotonic", return_value=seconds):
                self.assertEqual(wheelhouse.since(0), text)


if __name__ == "__main__":
    unittest.main()
