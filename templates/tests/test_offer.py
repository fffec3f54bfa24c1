"""Tests of a resolution that knows the wheels of an earlier image; with real pip, and an index as well as a folder."""

import json
import shutil
import unittest

from case import HAS_PIP, pack, project, wheel
from test_refresh import Served
from wheelhouse import pip
from wheelhouse.files import sha256_of


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Offer(Served):
    def setUp(self):
        super().setUp()
        self.told = self.root / "told"
        self.told.write_text("")

    def sdist(self, name, version, depends=()):
        """An sdist that tells of each call of its backend."""
        root = self.root / f"{name}-{version}"
        shutil.rmtree(root, ignore_errors=True)
        project(root, name, version, depends=depends)
        with (root / "backend.py").open("a") as f:
            f.write(f"open({str(self.told)!r}, 'a').write('{name}-{version} ')\n")
        (root / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        pack(root, self.links)

    def build(self, requirements, earlier=None, **settings):
        self.runs = getattr(self, "runs", 0) + 1
        self.told.write_text("")
        self.installed.clear()
        out = self.root / f"run{self.runs}" / "wheelhouse"
        self.write("requirements.txt", self.options() + requirements)
        self.write("settings.json", json.dumps(settings))
        code, self.said = self.main("build", "--out", out, "--report", out.parent / "report.json", "--base", "b", *(["--earlier", earlier] if earlier else []))
        self.assertEqual(code, 0, self.said)
        self.out = out
        self.packages = {p["name"]: p["version"] for p in json.loads((out / "manifest.json").read_text())["packages"]}
        return {p["name"]: p["origin"] for p in json.loads((out.parent / "report.json").read_text())["packages"]}

    def test_one_line_less(self):
        for name in ("one", "two"):
            self.sdist(name, "1.0", ["below"])
        self.sdist("below", "1.0")
        self.build("one\ntwo\n")
        first, lines = self.out, (self.out / "requirements.lock").read_text().splitlines()
        self.assertEqual(self.build("one\n", first), {"one": "reused", "below": "reused"})
        self.assertEqual((self.told.read_text(), self.installed), ("", []), self.said)
        self.assertEqual((self.out / "requirements.lock").read_text().splitlines(), lines[:2])

    def test_published_wheels_are_not_downloaded_again(self):
        wheel(self.links, "one", "1.0", ["below"])
        wheel(self.links, "below", "1.0")
        wheel(self.links, "gone", "1.0")
        self.build("one\ngone\n")
        first, lines = self.out, (self.out / "requirements.lock").read_text().splitlines()
        self.files.clear()
        self.assertEqual(self.build("one\n", first), {"one": "reused", "below": "reused"})
        self.assertEqual(self.files, [], self.said)
        self.assertEqual((self.out / "requirements.lock").read_text().splitlines(), [line for line in lines if "gone" not in line])
        wheel(self.links, "below", "1.1")
        self.assertEqual(self.build("one\n", first), {"one": "reused", "below": "downloaded"})
        self.assertEqual((set(self.files), self.packages["below"]), ({"below-1.1-py3-none-any.whl"}, "1.1"))

    def test_a_published_wheel_that_is_another_file_now(self):
        wheel(self.links, "one", "1.0")
        self.build("one\n")
        first = self.out
        wheel(self.links, "one", "1.0", ["below"])
        wheel(self.links, "below", "1.0")
        self.assertEqual(self.build("one\n", first), {"one": "downloaded", "below": "downloaded"})

    def test_hashes_with_published_wheels(self):
        wheel(self.links, "one", "1.0")
        line = f"one>=1 --hash=sha256:{sha256_of(self.links / 'one-1.0-py3-none-any.whl')}\n"
        self.build("one\n")
        self.assertEqual(self.build(line.replace(">=1", "==1.0"), self.out), {"one": "reused"})

    def test_a_folder_as_the_index(self):
        self.options = lambda: f"--no-index\n--find-links {self.links}\n"
        self.sdist("one", "1.0")
        self.build("one\n")
        self.assertEqual(self.build("one\n", self.out), {"one": "reused"})
        self.assertEqual((self.told.read_text(), self.installed), ("", []))

    def test_no_binary(self):
        self.sdist("one", "1.0")
        self.build("--no-binary :all:\none\n")
        self.assertEqual(self.build("--no-binary :all:\none\n", self.out), {"one": "reused"})
        with pip.Pip() as p:
            if p.at_least(23, 1):  # before, pip's cache counted as a wheel
                self.assertEqual(self.told.read_text(), "")

    def test_what_comes_out_is_the_same(self):
        self.sdist("one", "1.0")
        self.build("one\n")
        first = self.out
        self.sdist("one", "1.1")
        self.assertEqual((self.build("one\n", first), self.packages), ({"one": "built"}, {"one": "1.1"}))
        (self.links / "one-1.1.tar.gz").unlink()
        self.sdist("one", "1.0", ["new"])  # another file of the same name
        wheel(self.links, "new", "1.0")
        self.assertEqual(self.build("one\n", first), {"one": "built", "new": "downloaded"})
        wheel(self.links, "one", "1.0")  # a published one wins
        self.assertEqual(self.build("one\n", first), {"one": "downloaded"})

    def test_other_settings(self):
        self.sdist("one", "1.0")
        self.build("one\n")
        self.assertEqual(self.build("one\n", self.out, build_env={"CFLAGS": "-O1"}), {"one": "built"})


del Served  # its own tests run elsewhere

if __name__ == "__main__":
    unittest.main()
