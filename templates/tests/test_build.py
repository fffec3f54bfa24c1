"""Tests of `build`, with real pip on a folder as the index."""

import json
import unittest
import zipfile
from unittest import mock

from case import HAS_PIP, Case, project, sdist, wheel
from wheelhouse import build, files, pip
from wheelhouse.toolchain import Toolchain


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Build(Case):
    def build(self, out="wheelhouse", *args):
        code, said = self.main("build", "--out", self.root / out, "--report", self.root / "report" / "report.json", *args)
        return code, said, self.root / out

    def manifest(self, out):
        return json.loads((out / "manifest.json").read_text())

    def report(self):
        return json.loads((self.root / "report" / "report.json").read_text())

    def origins(self):
        return {p["name"]: p["origin"] for p in self.report()["packages"]}

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
        manifest = self.manifest(out)
        ant = {"name": "ant", "version": "1.0", "file": "ant-1.0-py3-none-any.whl", "sha256": a, "build_key": "sha256:" + a,
               "source": "file:ant-1.0-py3-none-any.whl", "size": (self.links / "ant-1.0-py3-none-any.whl").stat().st_size}
        self.assertEqual(manifest["packages"][0], dict(ant, system=[]))
        self.assertEqual({k: manifest[k] for k in ("schema", "complete", "base", "system")},
                         {"schema": 2, "complete": True, "base": "", "system": []})
        report = self.report()
        self.assertEqual(report["packages"][0], dict(ant, origin="downloaded", seconds=0.0))
        self.assertEqual((report["schema"], report["failed"], report["skipped"]), (1, [], []))
        self.assertEqual({p.stat().st_mtime for p in [out, *out.iterdir()]}, {files.EPOCH})

    def test_large_wheels_are_apart(self):
        for name, size in (("ant", 0), ("bee", 10), ("cat", 5000), ("dog", 9000)):
            wheel(self.links, name, "1.0", body="#" * size)
        self.write("requirements.txt", self.options() + "ant\nbee\ncat\ndog\n")
        heavy = self.root / "heavy"
        with mock.patch.object(build, "HEAVY", 5000):
            code, said = self.main("build", "--out", self.root / "out" / "w", "--heavy", heavy, "--report", self.root / "report" / "report.json")
        self.assertEqual(code, 0, said)
        found = {str(p.relative_to(self.root)) for p in [*heavy.rglob("*"), *(self.root / "out").rglob("*.whl")]}
        name = "-1.0-py3-none-any.whl"
        self.assertEqual(found, {f"heavy/{n}" for n in range(1, 7)} | {"heavy/1/w", f"heavy/1/w/dog{name}", "heavy/2/w", f"heavy/2/w/cat{name}", f"out/w/ant{name}", f"out/w/bee{name}"})
        self.assertEqual({p.stat().st_mtime for p in [*heavy.rglob("*"), self.root / "out" / "w"]}, {files.EPOCH})

    def test_builds_what_is_no_wheel(self):
        sdist(self.links, "ext", "1.0")
        project(self.context / "src" / "libs" / "local", "local", "0.1")
        wheel(self.links, "plain", "1.0")
        # A setting of one requirement is known to pip from 23.1 on.
        version = tuple(int(n) for n in pip.version().split(".")[:2])
        setting = " --config-settings=mode=fast" if version >= (23, 1) else ""
        self.write("requirements.txt", self.options() + f"ext{setting}\nplain\n./src/libs/local\n")
        code, said, out = self.build("wheelhouse", "libfoo-dev")
        self.assertEqual(code, 0, said)
        for name in ("ext 1.0", "local 0.1"):
            self.assertRegex(said, rf"(?m)^built {name} in [0-9.]+s \([12]/2(, 1 running)?\)$")
        self.assertIn("libfoo-dev", self.installed[0])
        self.assertEqual(len(self.installed), 1)
        packages = {p["name"]: p for p in self.manifest(out)["packages"]}
        self.assertEqual(packages["local"]["source"], "./src/libs/local")
        self.assertEqual(self.origins(), {"ext": "built", "local": "built", "plain": "downloaded"})
        with zipfile.ZipFile(out / packages["ext"]["file"]) as z:
            text = z.read("ext.py").decode()
        self.assertIn(f"flags = ('-g0', '{files.EPOCH}')", text)
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

    def test_the_compiler_comes_when_something_is_compiled(self):
        """Metadata of an sdist is tried without: with wheels to reuse, nothing is compiled."""
        sdist(self.links, "ext", "1.0")
        wheel(self.links, "ext", "1.0")
        self.write("requirements.txt", self.options() + "--no-binary ext\next\n")
        with mock.patch.object(Toolchain, "need", autospec=True, return_value=False) as need:
            code, said, _ = self.build()
        self.assertEqual((code, [call.args[1:] for call in need.call_args_list]), (0, [(["ext"],)]), said)
        self.assertEqual(self.origins(), {"ext": "built"})

    def test_failing_build_tells_why(self):
        sdist(self.links, "ext", "1.0", fails="no luck today")
        self.write("requirements.txt", self.options() + "ext\n")
        code, said, _ = self.build()
        self.assertEqual(code, 1)
        self.assertIn("no luck today", said)
        self.assertTrue(said.endswith("\nerror: building ext 1.0 failed\nwheelhouse: 1 build failed\n"), said)

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
        self.assertIn("\nhint: No version of np suits all: ", said)

    def test_one_line_with_a_hash_and_one_without(self):
        """pip will refuse it, so nothing is compiled before."""
        sha256 = wheel(self.links, "ant", "1.0")
        sdist(self.links, "ext", "1.0")
        self.write("requirements.txt", self.options() + f"ant==1.0 --hash=sha256:{sha256}\next==1.0\n")
        code, said, _ = self.build()
        self.assertEqual((code, "built ext" in said), (1, False))
        self.assertRegex(said, r"\nhint: One --hash makes pip want hashes of all packages, and `ext==1.0` has none: ")

    def test_wrong_hash(self):
        wheel(self.links, "ant", "1.0")
        self.write("requirements.txt", self.options() + f"ant==1.0 --hash=sha256:{'0' * 64}\n")
        code, said, _ = self.build()
        self.assertEqual(code, 1)
        self.assertIn("DO NOT MATCH THE HASHES", said)
        self.assertIn("hint: The index has another file of ant than", said)
