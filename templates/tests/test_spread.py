"""Tests of `spread`: an environment in layers is the one that pip makes, file by file."""

import json
import os
import subprocess
import unittest
import zipfile
from pathlib import Path

from case import HAS_PIP, Case, digest
from wheelhouse import files


def pack(folder, name, contents, version="1.0", entry_points="", extra=(), pure="true"):
    """Writes a wheel of these files, whose modes may be given: {path: text, bytes, or (text, mode)}."""
    stem = f"{name}-{version}"
    all = {path: c if isinstance(c, tuple) else (c, 0o644) for path, c in contents.items()}
    info = f"{stem}.dist-info"
    all[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(f"Requires-Dist: {r}\n" for r in extra), 0o644
    all[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\nTag: py3-none-any\n", 0o644
    if entry_points:
        all[f"{info}/entry_points.txt"] = entry_points, 0o644
    record = "".join(f'"{path}",sha256={digest(text)},{len(text if isinstance(text, bytes) else text.encode())}\n' for path, (text, _) in all.items())
    all[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n", 0o644
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as z:
        for path, (text, mode) in all.items():
            member = zipfile.ZipInfo(path)
            member.external_attr = (0o100000 | mode) << 16
            z.writestr(member, text)


LONG = "a" * 120
ODD = {
    "plain": {"plain/__init__.py": "x = 1\n", "plain/data.txt": "text"},
    "single": {"single.py": "x = 1\n"},
    "purelib": {"purelib-1.0.data/purelib/purelib/__init__.py": "", "purelib-1.0.data/platlib/purelib2/__init__.py": ""},
    "programs": {"programs/__init__.py": "", "programs-1.0.data/scripts/run-it": "#!python\nprint('it')\n", "programs-1.0.data/scripts/shell": "#!/bin/sh\necho it\n"},
    "shared_data": {"shared_data-1.0.data/data/share/man/man1/it.1": "man", "shared_data-1.0.data/data/etc/it.conf": "conf"},
    "headers": {"headers-1.0.data/headers/it.h": "int it;\n", "headers/__init__.py": ""},
    "space_one": {"space/one/__init__.py": "x = 1\n"},
    "space_two": {"space/two/__init__.py": "x = 2\n"},
    "space_three": {"space/deep/er/three.py": "x = 3\n"},
    "pathed": {"pathed.pth": "import sys; sys.pathed = True\n", "pathed/__init__.py": ""},
    "pth_folder": {"pth_folder.pth": "pth_inner\n", "pth_inner/hidden.py": "x = 1\n"},
    "lower": {"case/mod.py": "x = 'lower'\n"},
    "upper": {"case/Mod.py": "x = 'upper'\n", "CASE/mod.py": "x = 'CASE'\n"},
    "same_one": {"both/__init__.py": "", "both/one.py": "x = 1\n"},
    "same_two": {"both/__init__.py": "", "both/two.py": "x = 2\n"},
    "stray_one": {"stray_one/__init__.py": "", "tests/__init__.py": "# one\n", "README.md": "one"},
    "stray_two": {"stray_two/__init__.py": "", "tests/__init__.py": "# two\n", "README.md": "two"},
    "long_names": {f"long_names/{LONG}/{LONG}/{LONG}.py": "x = 1\n", f"long_names/{'ü' * 60}.txt": "ü"},
    "unicode": {"unicode_/naïve – ﬁle.txt": "x", "unicode_/__init__.py": ""},
    "spaces": {"spaces/a b.txt": "x", "spaces/__init__.py": "", 'spaces/a,b".txt': "quoted"},
    "executable": {"executable/__init__.py": "", "executable/tool": ("#!/bin/sh\n", 0o755), "executable/lib.so.1": ("x", 0o755)},
    "modes": {"modes/__init__.py": ("", 0o600), "modes/read.txt": ("x", 0o444), "modes/all.txt": ("x", 0o777)},
    "broken_code": {"broken_code/__init__.py": "", "broken_code/template.py": "{{ not python }}\n", "broken_code/two.py": "print 'two'\n"},
    "with_tests": {"with_tests/__init__.py": "", "with_tests/tests/test_it.py": "x = 1\n"},
    "typed": {"typed/__init__.py": "", "typed/py.typed": "", "typed/__init__.pyi": "x: int\n"},
    "stubs": {"plain-stubs/__init__.pyi": "x: int\n"},
    "empty": {},
    "cached": {"cached/__init__.py": "x = 1\n", "cached/__pycache__/old.cpython-27.pyc": "old"},
    "dotted_name": {"dotted_name/__init__.py": "", "dotted_name/.hidden": "x", "dotted_name/.dir/x.txt": "x"},
    "vendored": {"vendored/__init__.py": "", "vendored/_vendor/plain/__init__.py": "x = 'other'\n"},
    "programmed": {"programmed/__init__.py": "def main(): pass\n"},
    "windowed": {"windowed.py": "def main(): pass\n"},
}
ENTRIES = {
    "programmed": "[console_scripts]\nprogrammed = programmed:main\nprogrammed-two = programmed:main\n",
    "windowed": "[gui_scripts]\nwindowed = windowed:main\n[pytest11]\nx = windowed\n",
}


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Spread(Case):
    def wheelhouse(self, packages, **more):
        folder = self.root / "wheelhouse"
        folder.mkdir()
        for name, contents in packages.items():
            pack(folder, name, contents, entry_points=ENTRIES.get(name, ""), extra=more.get(name, ()))
        lines = []
        for path in sorted(folder.glob("*.whl")):
            name, version = path.name.split("-")[:2]
            lines.append(f"{name.replace('_', '-')}=={version} --hash=sha256:{files.sha256_of(path)}\n")
        (folder / "requirements.lock").write_text("".join(lines))
        return folder

    def spread(self, folder, heavy, there=(), out="out"):
        """Spreads the environment; gives the exit code, what was said, and the folder."""
        chosen = self.root / "layers.json"
        chosen.write_text(json.dumps([
            {"key": "key-" + name, "name": name, "file": f"{name}-1.0-py3-none-any.whl", "there": name in there} for name in heavy]))
        code, said = self.main("spread", "--from", folder, "--env", self.root / "env", "--out", self.root / out, "--layers", chosen)
        if code == 0:
            self.assertFalse((self.root / "env").exists())
        return code, said, self.root / out

    def by_pip(self, folder):
        """What pip makes of the same wheels."""
        code, said = self.main("install", "--from", folder, "--env", self.root / "env", "--out", self.root / "done")
        self.assertEqual(code, 0, said)
        return self.tree(self.root / "done" / "env")

    def tree(self, folder):
        """Content and mode of all below a folder, by path."""
        found = {}
        for root, folders, names in os.walk(folder):
            for name in [*folders, *names]:
                path = os.path.join(root, name)
                stat = os.lstat(path)
                what = os.readlink(path) if os.path.islink(path) else Path(path).read_bytes() if os.path.isfile(path) else None
                found[os.path.relpath(path, folder)] = stat.st_mode, stat.st_mtime, what
        return found

    def together(self, out, *others):
        """What the layers are one over the other, as Docker would have it; others are of layers that were there."""
        parts = [out / "skeleton", *others, *sorted((out / "layers").glob("*")), out / "rest", out / "top"]
        for part in parts:
            if part.is_dir():
                subprocess.run(["cp", "-a", f"{part}/.", str(self.root / "whole")], check=True)
        return self.tree(self.root / "whole" / "env")

    def setUp(self):
        super().setUp()
        (self.root / "whole").mkdir()

    def test_as_pip_installs(self):
        folder = self.wheelhouse(ODD)
        code, said, out = self.spread(folder, list(ODD)[::2] + ["stray_one"])
        self.assertEqual(code, 0, said)
        self.assertIn("note: stray_one has no layer of its own: another package has files", said)
        expected = self.by_pip(folder)
        self.maxDiff = 2000
        self.assertEqual(self.together(out), expected)
        self.assertEqual(len(list((out / "layers").iterdir())), len(list(ODD)[::2]) - 1)

    def test_equal_whatever_is_beside(self):
        folder = self.wheelhouse(ODD)
        heavy = ["plain", "programs", "space_one", "same_one", "modes", "programmed", "upper"]
        code, said, first = self.spread(folder, heavy, out="first")
        self.assertEqual(code, 0, said)
        code, said, second = self.spread(folder, heavy, ["plain", "same_one", "programmed"], out="second")
        self.assertEqual(code, 0, said)
        self.assertIn("3 more are in layers", said)
        for name in heavy:
            if name not in ("plain", "same_one", "programmed"):
                self.assertEqual(self.tree(first / "layers" / f"key-{name}"), self.tree(second / "layers" / f"key-{name}"), name)
            else:
                self.assertFalse((second / "layers" / f"key-{name}").exists())
        for part in ("skeleton", "rest", "top"):
            self.assertEqual(self.tree(first / part), self.tree(second / part), part)
        others = [first / "layers" / f"key-{name}" for name in ("plain", "same_one", "programmed")]
        self.assertEqual(self.together(second, *others), self.by_pip(folder))

    def test_all_are_there(self):
        folder = self.wheelhouse({name: ODD[name] for name in ("plain", "single")})
        code, said, out = self.spread(folder, ["plain", "single"], ["plain", "single"])
        self.assertEqual(code, 0, said)
        self.assertEqual(sorted(p.name for p in out.iterdir()), ["layers.json", "skeleton", "top"])
        self.assertEqual(json.loads((out / "layers.json").read_text()), ["key-plain", "key-single"])

    def test_no_packages(self):
        folder = self.wheelhouse({})
        code, said, out = self.spread(folder, [])
        self.assertEqual(code, 0, said)
        self.assertEqual(self.together(out), self.by_pip(folder))

    def test_what_lacks_is_told(self):
        folder = self.wheelhouse({"plain": ODD["plain"], "single": ODD["single"]}, plain=["single>=2"])
        code, said, _ = self.spread(folder, ["plain"], ["plain"], out="out")
        self.assertEqual(code, 1)
        self.assertIn("plain 1.0 has requirement single>=2, but you have single 1.0", said)

    def test_same_file_in_two_wheels(self):
        folder = self.wheelhouse({
            "one": {"cv/__init__.py": "x = 1\n", "cv/more.py": "x = 1\n"}, "two": {"cv/__init__.py": "x = 2\n", "cv/more.py": "x = 2\n"}, "three": {"three.py": ""}})
        code, said, _ = self.spread(folder, ["one"])
        self.assertEqual(code, 1)
        self.assertRegex(said, r"error: one 1.0 and two 1.0 both have lib/python3.\d+/site-packages/cv/__init__.py and 1 more, and they differ")
        code, said = self.main("install", "--distinct", "--from", folder, "--env", self.root / "env", "--out", self.root / "done")
        self.assertEqual(code, 1)
        self.assertIn("error: one 1.0 and two 1.0 both have", said)

    def test_same_program_in_two_wheels(self):
        ENTRIES.update(first="[console_scripts]\nit = first:main\n", second="[console_scripts]\nit = second:main\n")
        folder = self.wheelhouse({"first": {"first.py": ""}, "second": {"second.py": ""}})
        code, said, _ = self.spread(folder, [])
        self.assertEqual(code, 1)
        self.assertIn("error: first 1.0 and second 1.0 both have bin/it, and they differ", said)


if __name__ == "__main__":
    unittest.main()
