"""Tests of what is removed from packages: what goes, what stays, and that RECORD says so."""

import base64
import csv
import hashlib
import json
import os
import unittest
from pathlib import Path

import elves
import test_spread
from case import HAS_PIP
from wheelhouse import spare

LIBRARY = elves.with_symbols(elves.library([], "libx.so"))
# By name: the files, and those of them that an app does not need.
PACKAGES = {
    "plain": ({"plain/__init__.py": "", "plain/tests/__init__.py": "", "plain/tests/data/x.bin": "x", "plain/deep/__init__.py": "", "plain/deep/test/test_it.py": "x = 1\n",
               "plain/testing/__init__.py": "", "plain/test_it.py": "", "plain/conftest.py": "from plain.tests import x\n"},
              ["plain/tests/__init__.py", "plain/tests/data/x.bin", "plain/deep/test/test_it.py"]),
    "user": ({"user/__init__.py": "def run():\n    from .test import runner\n", "user/test/__init__.py": "", "user/test/runner.py": "", "user/more/tests/x.py": ""}, ["user/more/tests/x.py"]),
    "dynamic": ({"dynamic/__init__.py": "import importlib\nload = lambda: importlib.import_module('.tests.it', __package__)\n", "dynamic/tests/it.py": ""}, []),
    "several_lines": ({"several_lines/__init__.py": "from . import (one,\n    tests)\n", "several_lines/one.py": "", "several_lines/tests/__init__.py": ""}, []),
    "pathed": ({"pathed/__init__.py": "from os.path import join\nx = join(__path__[0], 'docs', 'x.txt')\n", "pathed/docs/x.txt": "x", "pathed/doc/y.txt": "y"}, ["pathed/doc/y.txt"]),
    "says_so": ({"says_so/__init__.py": '"""Import says_so.tests or \'tests\' to test."""\n', "says_so/tests/__init__.py": ""}, ["says_so/tests/__init__.py"]),
    "plugged": ({"plugged/__init__.py": "", "plugged/tests/plugin.py": "", "plugged/more/tests/x.py": "",
                 "plugged-1.0.dist-info/entry_points.txt": "[pytest11]\nplugged = plugged.tests.plugin\n"}, ["plugged/more/tests/x.py"]),
    "tests": ({"tests/__init__.py": "", "tests/it.py": ""}, []),
    "manual": ({"manual.py": "", "manual-1.0.data/data/share/man/man1/it.1": "man", "manual-1.0.data/data/share/icons/it.png": "png", "README.md": "read", "docs/index.html": "h"},
               ["../../../share/man/man1/it.1", "README.md", "docs/index.html"]),
    "linked": ({"linked/__init__.py": "", "linked/libx.so": LIBRARY, "linked/libold.so.1.2": LIBRARY + b"payload", "linked/no.txt": LIBRARY}, []),
    "both_one": ({"shared/__init__.py": "", "shared/tests/__init__.py": "", "both_one.py": "", "shared/libx.so": LIBRARY}, ["shared/tests/__init__.py"]),
    "both_two": ({"shared/__init__.py": "", "shared/tests/__init__.py": "", "shared/two.py": "import shared.tests\n", "shared/libx.so": LIBRARY}, []),
}
ALL = ["--slim", "tests,docs,symbols"]


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Slim(test_spread.Spread):
    def packages(self, names=PACKAGES):
        return self.wheelhouse({name: PACKAGES[name][0] for name in names})

    def by_pip(self, folder, *slim):
        code, said = self.main("install", "--from", folder, "--env", self.root / "env", "--out", self.root / "done", *slim)
        self.assertEqual(code, 0, said)
        self.said = said
        return self.root / "done" / "env"

    def spread_slim(self, folder, heavy, out, *slim):
        chosen = self.root / "layers.json"
        chosen.write_text(json.dumps([{"key": "key-" + name, "name": name, "file": f"{name}-1.0-py3-none-any.whl", "there": False} for name in heavy]))
        code, said = self.main("spread", "--from", folder, "--env", self.root / "env", "--out", self.root / out, "--layers", chosen, *slim)
        self.assertEqual(code, 0, said)
        return self.root / out

    def records(self, env):
        """Holds that each RECORD names what is there, as it is; gives the paths of each package."""
        found = {}
        for record in env.rglob("RECORD"):
            rows = list(csv.reader(record.read_text().splitlines()))
            for path, mark, size in rows:
                at = record.parent.parent / path
                self.assertTrue(at.exists(), path)
                if mark:
                    data = at.read_bytes()
                    self.assertEqual((mark, int(size)), ("sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode(), len(data)), path)
            found[record.parent.name.partition("-")[0]] = {row[0] for row in rows}
        return found

    def test_what_goes(self):
        folder = self.packages()
        env = self.by_pip(folder, *ALL)
        have = self.records(env)
        for name, (files, spared) in PACKAGES.items():
            for path in files:
                path = path.replace(f"{name}-1.0.data/data/", "../../../")
                self.assertEqual(path in have[name], path not in spared, f"{name}: {path}")
        self.assertEqual(list(env.rglob("test")), [p for p in env.rglob("test") if p.parent.name == "user"], "empty folders, or bytecode")
        self.assertTrue(list(env.rglob("shared/tests/__init__.py")), "what one of two packages needs is there")
        size = {p.name: p.stat().st_size for p in env.rglob("linked/*") if p.is_file()}
        self.assertEqual((size["libx.so"] < len(LIBRARY) - 5000, size["libold.so.1.2"], size["no.txt"]), (True, len(LIBRARY) + 7, len(LIBRARY)))
        self.assertRegex(self.said, r"slim: 0.0 MB less, docs in 4 files\nslim: 0.0 MB less, symbols in 2 files\nslim: 0.0 MB less, tests in \d+ files\n"
                                    r"note: slim: symbols stay in 1 file: it has more than its sections \(1\)")
        one = self.spread_slim(folder, [name for name in PACKAGES if name != "both_two"], "out", *ALL)
        self.assertEqual(self.together(self.root / "out"), self.tree(env), "layers are what pip makes")
        self.records(self.root / "whole" / "env")

        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        two = self.spread_slim(self.packages(["both_one", "linked", "plain"]), ["both_one", "linked"], "two", *ALL, "--whole", "plain")
        for key in ("key-both_one", "key-linked"):
            self.assertEqual(self.tree(one / "layers" / key), self.tree(two / "layers" / key), "a layer depends on its package alone")

    def test_the_import_check(self):
        """Only what is asked for goes; what the check misses of it is named with the cure."""
        PACKAGES["needy"] = {"needy/__init__.py": "import plain.tests\n"}, []
        self.addCleanup(PACKAGES.pop, "needy")
        env = self.by_pip(self.packages(), "--slim", "docs,tests", "--whole", "Manual")
        self.records(env)
        self.assertTrue(list(env.rglob("README.md")) and list(env.rglob("docs/index.html")))
        self.assertFalse(list(env.rglob("pathed/doc")))
        self.assertEqual(next(env.rglob("linked/libx.so")).read_bytes(), LIBRARY)
        os.rename(str(env), str(self.root / "env"))
        check = ["imports", "--env", self.root / "env", "--settings", self.root / "none.json"]
        code, said = self.main(*check, "--slim", "docs,tests", "--whole", "manual")
        self.assertEqual(code, 1)
        self.assertIn("error: needy 1.0: import needy: ModuleNotFoundError: No module named 'plain.tests'\n"
                      "  keep plain whole, in gcpdeploy.yaml:  slim: {remove: [docs, tests], keep: [manual, plain]}\n", said)
        code, said = self.main(*check)
        self.assertEqual((code, "note: needy" in said), (0, True), said)


class Spare(unittest.TestCase):
    def test_outermost(self):
        for path, want in {"a/tests/b/tests/c.py": "a/tests", "a/tests.py": "", "tests/x": "tests", "a/b": "", "a/testing/x": ""}.items():
            self.assertEqual("/".join(spare.outermost(Path(path).parts, spare.TESTS)), want)


for name in [n for n in dir(test_spread.Spread) if n.startswith("test_")]:
    setattr(Slim, name, None)  # they are run there

if __name__ == "__main__":
    unittest.main()
