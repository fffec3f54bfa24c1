"""Tests of what is reused, and of what a failed build leaves; with real pip on a folder as the index."""

import json
import os
import shutil
import unittest
import zipfile
from unittest import mock

from case import HAS_PIP, Case, project, sdist, wheel
from wheelhouse import early, system
from wheelhouse.files import sha256_of
from wheelhouse.store import Store


class Builds(Case):
    """Each build has its own out, one store, and may have an earlier wheelhouse."""

    runs = 0

    def build(self, requirements, earlier=None, store=True, code=0, base="base@sha256:1"):
        self.runs += 1
        self.out = self.root / f"run{self.runs}" / "wheelhouse"
        self.write("requirements.txt", self.options() + requirements)
        args = ["--earlier", earlier] if earlier else []
        args += ["--store", self.root / "store"] if store else []
        got, said = self.main("build", "--out", self.out, "--report", self.out.parent / "report.json", "--base", base, *args)
        self.assertEqual(got, code, said)
        self.said = said
        self.report = json.loads((self.out.parent / "report.json").read_text())
        self.manifest = json.loads((self.out / "manifest.json").read_text())
        return {p["name"]: p["origin"] for p in self.report["packages"]}

    def bytes(self):
        return {p.name: p.read_bytes() for p in self.out.iterdir()}


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Reuse(Builds):
    def test_pins_are_built_before_pip_resolves(self):
        sdist(self.links, "ext", "1.0", depends=["plain<2"])
        wheel(self.links, "ext", "1.0")
        wheel(self.links, "plain", "1.0")
        wheel(self.links, "plain", "2.0")
        self.assertEqual(self.build("--no-binary ext\next==1.0\n", store=False), {"ext": "built", "plain": "downloaded"})
        self.assertLess(self.said.index("built ext 1.0"), self.said.index("resolved 2 packages"))
        early_bytes = self.bytes()
        self.assertEqual(self.manifest["packages"][0]["source"], "file:ext-1.0.tar.gz")
        with mock.patch.object(early, "find", return_value=[]):
            self.build("--no-binary ext\next==1.0\n", store=False)
        self.assertEqual(self.bytes(), early_bytes, "the order of work shows in the result")

    def test_what_downloaded_wheels_lack_is_known_before_anything_is_built(self):
        sdist(self.links, "ext", "1.0")
        wheel(self.links, "driver", "1.0")
        with mock.patch.object(system, "lacking", return_value=["libodbc2"]) as lacking:
            self.assertEqual(self.build("driver==1.0\next==1.0\n", store=False), {"driver": "downloaded", "ext": "built"})
            self.assertLess(self.said.index("downloaded 1 wheel"), self.said.index("building 1 package"))
            self.assertEqual([(p["name"], p["system"]) for p in self.manifest["packages"]], [("driver", ["libodbc2"]), ("ext", [])])
            self.assertEqual(self.manifest["system"], ["libodbc2"])
            first, lacking.return_value = self.out, []
            for base, wanted in (("base@sha256:1", ["libodbc2"]), ("base@sha256:2", [])):  # another base may have what one lacked
                self.assertEqual(self.build("driver==1.0\n", first, store=False, base=base), {"driver": "reused"})
                self.assertEqual(self.manifest["system"], wanted)

    def test_conflict_in_pips_own_words(self):
        sdist(self.links, "ext", "1.0", depends=["plain<2"])
        wheel(self.links, "plain", "1.0")
        wheel(self.links, "plain", "2.0")
        self.write("requirements.txt", self.options() + "ext==1.0\nplain==2.0\n")
        code, said = self.main("build", "--out", self.root / "o", "--report", self.root / "r")
        self.assertEqual(code, 1)
        self.assertIn("The user requested plain==2.0", said)
        self.assertIn("ext 1.0 depends on plain<2", said)

    def test_hashes_and_markers(self):
        sha256 = sdist(self.links, "ext", "1.0")
        sdist(self.links, "never", "1.0", fails="this must not be built")
        lines = f"never==1.0 ; python_version < '3' --hash=sha256:{'0' * 64}\next==1.0 ; python_version > '3' --hash=sha256:{sha256}\n"
        self.assertEqual(self.build("--require-hashes\n" + lines), {"ext": "built"})
        self.assertIn("built ext 1.0", self.said.split("resolved")[0])

    def test_what_another_run_stored(self):
        sdist(self.links, "ext", "1.0")
        project(self.context / "src" / "local", "local", "0.1")
        self.assertEqual(self.build("ext==1.0\n./src/local\n"), {"ext": "built", "local": "built"})
        before = self.bytes()
        self.assertEqual(self.build("ext==1.0\n./src/local\n"), {"ext": "reused", "local": "reused"})
        self.assertEqual(self.bytes(), before)
        self.assertEqual(self.installed[1:], [], "compilers were installed for nothing")
        (self.context / "src" / "local" / "more.py").write_text("# other\n")
        self.assertEqual(self.build("ext==1.0\n./src/local\n"), {"ext": "reused", "local": "built"})
        self.assertEqual(self.build("ext==1.0\n", base="base@sha256:2"), {"ext": "built"})

    def test_a_damaged_store(self):
        sdist(self.links, "ext", "1.0")
        self.build("ext==1.0\n")
        stored, = (self.root / "store").glob("*/*.whl")
        stored.write_bytes(stored.read_bytes()[:-1])
        self.assertEqual(self.build("ext==1.0\n"), {"ext": "built"})
        self.assertRegex(self.said, "note: the stored wheel [0-9a-f]{12} is not used: the file is damaged")
        self.assertEqual(self.build("ext==1.0\n"), {"ext": "reused"})

    def test_the_earlier_image(self):
        for name in ("one", "two"):
            sdist(self.links, name, "1.0")
        wheel(self.links, "plain", "1.0")
        self.build("one==1.0\ntwo==1.0\nplain==1.0\n", store=False)
        first, before = self.out, self.bytes()
        self.assertEqual(self.build("one==1.0\ntwo==1.0\nplain==1.0\n", first, store=False), dict.fromkeys(("one", "plain", "two"), "reused"))
        self.assertEqual(self.bytes(), before)
        sdist(self.links, "two", "1.1")
        self.assertEqual(self.build("one==1.0\ntwo==1.1\n", first, store=False), {"one": "reused", "two": "built"})
        self.assertFalse(list(self.out.glob("plain-*")), "what no line names came along")

    def test_what_is_wrong_with_an_earlier_image(self):
        sdist(self.links, "ext", "1.0")
        self.build("ext==1.0\n", store=False)
        first, before = self.out, self.bytes()

        def change(path, text):
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

        def edit(folder, **values):
            manifest = json.loads((folder / "manifest.json").read_text())
            manifest["packages"][0].update(values)
            change(folder / "manifest.json", json.dumps(manifest))

        file = "ext-1.0-py3-none-any.whl"
        for what, spoil, note in (
            ("corrupted", lambda f: change(f / file, before[file][:-1] + b"!"), "ext-1.0-py3-none-any.whl of the earlier wheelhouse is damaged"),
            ("truncated", lambda f: change(f / file, before[file][:100]), "is damaged; it is not used"),
            ("missing", lambda f: (f / file).unlink(), "is not used: No such file"),
            ("other build key", lambda f: edit(f, build_key="0" * 64), ""),
            ("other hash", lambda f: edit(f, sha256="0" * 64), "is damaged"),
            ("path", lambda f: edit(f, file="../../" + file), ""),
            ("no JSON", lambda f: change(f / "manifest.json", "{"), "note: the earlier wheelhouse cannot be used: manifest.json: "),
            ("no packages", lambda f: change(f / "manifest.json", '{"schema": 2}'), "cannot be used"),
            ("other schema", lambda f: change(f / "manifest.json", '{"schema": 1, "packages": []}'), "has schema 1, not 2"),
            ("no manifest", lambda f: (f / "manifest.json").unlink(), "cannot be used"),
        ):
            with self.subTest(what):
                folder = self.root / "spoilt" / what / "wheelhouse"
                shutil.copytree(first, folder)
                spoil(folder)
                if what != "path":  # a name is a name, whatever folder it claims
                    self.assertEqual(self.build("ext==1.0\n", folder, store=False), {"ext": "built"})
                    self.assertEqual(self.bytes(), before)
                    self.assertIn(note, self.said)
                else:
                    self.assertEqual(self.build("ext==1.0\n", folder, store=False), {"ext": "reused"})

    def test_settings(self):
        sdist(self.links, "ext", "1.0", backend="mesonpy")
        self.write("settings.json", json.dumps({"build_env": {"CFLAGS": "-O1"}, "config_settings": {"Ext": ["mode=fast", "mode=small"]}}))
        self.build("ext==1.0\n")
        with zipfile.ZipFile(self.out / "ext-1.0-py3-none-any.whl") as z:
            text = z.read("ext.py").decode()
        self.assertRegex(text, r"settings = \{'mode': \['fast', 'small'\], 'compile-args': \['-j[0-9]+'\]\}")
        self.assertIn("flags = ('-O1 -g0', ", text)
        self.write("settings.json", "{}")
        self.assertEqual(self.build("ext==1.0\n"), {"ext": "built"})
        self.write("settings.json", '{"other": 1}')
        self.assertIn("settings.json", self.main("build", "--out", self.root / "o", "--report", self.root / "r")[1])


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Failing(Builds):
    def test_the_others_are_kept(self):
        for name in ("one", "two"):
            sdist(self.links, name, "1.0")
        sdist(self.links, "bad", "1.0", fails="x.c:1:10: fatal error: libpq-fe.h: No such file or directory")
        wheel(self.links, "plain", "1.0")
        lines = "bad==1.0\none==1.0\nplain==1.0\ntwo==1.0\n"
        self.assertEqual(self.build(lines), {"one": "built", "two": "built"})
        self.assertEqual(sorted(p.name.split("-")[0] for p in self.out.iterdir()), ["manifest.json", "one", "two"])
        self.assertFalse(self.manifest["complete"])
        failed, = self.report["failed"]
        self.assertEqual((failed["name"], failed["version"], self.report["skipped"]), ("bad", "1.0", ["plain"]))
        self.assertIn("fatal error: libpq-fe.h", "\n".join(failed["log"]))
        self.assertIn("`system_packages: {build: [libpq-dev]}`", failed["hint"])
        for words in ("FAILED bad 1.0 in ", "error: building bad 1.0 failed\nhint: The header libpq-fe.h is missing", "2 finished wheels kept"):
            self.assertIn(words, self.said)
        code, said = self.main("install", "--from", self.out, "--env", self.root / "env", "--out", self.root / "done")
        self.assertEqual(code, 1)
        self.assertIn("fatal error: libpq-fe.h", said)
        self.assertIn("hint: The header libpq-fe.h is missing", said)
        self.assertIn("error: some wheels could not be built", said)

        partial = self.out
        shutil.rmtree(self.root / "store")
        sdist(self.links, "bad", "1.0")  # the next try: its artefact is another, so it is built
        self.assertEqual(self.build(lines, partial, store=False), {"bad": "built", "one": "reused", "plain": "downloaded", "two": "reused"})

    def test_nothing_to_keep(self):
        sdist(self.links, "bad", "1.0", fails="no luck today")
        wheel(self.links, "bad", "1.0", tag="cp32-cp32m-win32")
        self.build("bad==1.0\n", code=1)
        self.assertIn('hint: bad 1.0 has published wheels for Python 3.2, and none for this one: set `python: "3.2"`', self.said)
        self.assertIn("no luck today", self.said)
        self.assertFalse(self.manifest["complete"])

    def test_without_pins(self):
        sdist(self.links, "one", "1.0")
        sdist(self.links, "bad", "1.0", fails="no luck today")
        self.assertEqual(self.build("bad\none\n"), {"one": "built"})
        self.assertEqual([f["name"] for f in self.report["failed"]], ["bad"])


class Stored(Case):
    def test_trim_drops_what_was_not_used_for_longest(self):
        store = Store(self.root / "store")
        file = self.root / "a-1.whl"
        file.write_bytes(b"x" * 1000)
        for n, key in enumerate(("old", "used", "new")):
            store.keep(key, file, sha256_of(file), [])
            os.utime(self.root / "store" / key, (n, n))
        self.assertEqual(store.find("old").sha256, sha256_of(file))  # which makes it the newest
        store.trim(2500)
        self.assertEqual(sorted(p.name for p in (self.root / "store").iterdir()), ["new", "old"])

    def test_two_at_once(self):
        store = Store(self.root / "store")
        file = self.root / "a-1.whl"
        file.write_bytes(b"x")
        store.keep("k", file, sha256_of(file), [])
        store.keep("k", file, sha256_of(file), ["libx"])
        self.assertEqual(store.find("k").system, [])
        self.assertEqual([p.name for p in (self.root / "store").iterdir()], ["k"])
