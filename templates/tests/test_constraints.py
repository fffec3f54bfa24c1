"""Tests of what build constraints reach: each build, and nothing else; with the real pip of this Python, which may be old."""

import json
import os
import unittest
from unittest import mock

from case import BACKEND, HAS_PIP, Case, pack, project, sdist, wheel
from wheelhouse import own, pip
from wheelhouse.task import Task


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Constraints(Case):
    """Two versions of a tool, of which the newer one builds nothing."""

    def setUp(self):
        super().setUp()
        body = BACKEND.format(name="ext", version="1.0", fails="", depends=["tool"])
        wheel(self.links, "tool", "1.0", body=body)
        wheel(self.links, "tool", "2.0", body="raise ImportError('cannot import name of old')\n")
        root = self.root / "ext-1.0"
        root.mkdir()
        (root / "pyproject.toml").write_text('[build-system]\nrequires = ["tool"]\nbuild-backend = "tool"\n')
        (root / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: ext\nVersion: 1.0\n")
        pack(root, self.links)

    def build(self, requirements, **settings):
        self.write("requirements.txt", self.options() + requirements)
        self.write("settings.json", json.dumps(settings))
        self.runs = getattr(self, "runs", 0) + 1
        out = self.root / f"run{self.runs}" / "wheelhouse"
        code, self.said = self.main("build", "--out", out, "--report", out.parent / "report.json")
        if code:
            return code
        return {p["name"]: p["version"] for p in json.loads((out / "manifest.json").read_text())["packages"]}

    def test_without(self):
        self.assertEqual(self.build("ext\n"), 1)
        self.assertRegex(self.said, "cannot import name of old|Cannot import 'tool'")

    def test_pip_builds_the_metadata_and_the_app_has_the_newest(self):
        self.assertEqual(self.build("ext\n", build_constraints=["tool<2"]), {"ext": "1.0", "tool": "2.0"}, self.said)

    def test_those_of_the_base_image_and_ours(self):
        limits = self.root / "limits.txt"
        limits.write_text("tool<2\n")
        with mock.patch.dict(os.environ, PIP_BUILD_CONSTRAINT=str(limits)):
            for line in ("ext\n", "ext==1.0\n"):
                self.assertEqual(self.build(line, build_constraints=["other<2"]), {"ext": "1.0", "tool": "2.0"}, self.said)
            self.assertEqual(self.build("ext\n"), {"ext": "1.0", "tool": "2.0"}, self.said)

    def test_what_is_built_before_pip_resolves(self):
        self.assertEqual(self.build("ext==1.0\n", build_constraints=["tool<2"]), {"ext": "1.0", "tool": "2.0"}, self.said)

    def test_what_pip_builds(self):
        with mock.patch("wheelhouse.task.Task.source", return_value=None):
            self.assertEqual(self.build("ext\n", build_constraints=["tool<2"]), {"ext": "1.0", "tool": "2.0"}, self.said)

    def test_what_the_apps_own_projects_are_built_with(self):
        self.write(own.NEEDS, self.options() + "tool\n")
        self.assertEqual(self.build("", build_constraints=["tool<2"]), {}, self.said)
        self.assertIn("tool==1.0", (self.root / "run1" / "wheelhouse" / "build" / "requirements.lock").read_text())

    def test_what_a_build_requirement_is_built_with(self):
        deep = self.root / "deep-1.0"
        project(deep, "deep", "1.0", requires=["tool"])
        (deep / "backend.py").write_text("import tool\n" + (deep / "backend.py").read_text())
        (deep / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: deep\nVersion: 1.0\n")
        pack(deep, self.links)
        sdist(self.links, "top", "1.0", requires=["deep"])
        self.assertEqual(self.build("top\n", build_constraints=["tool<2"]), {"top": "1.0"}, self.said)
        self.assertEqual(self.build("top==1.0\n", build_constraints=["tool<2"]), {"top": "1.0"}, self.said)

    def test_what_a_build_took_is_told_and_can_be_locked(self):
        """Next year's tool is another one, and the wheels are the same."""
        self.build("ext==1.0\n", build_constraints=["tool<2"])
        manifest = self.root / "run1" / "wheelhouse" / "manifest.json"
        entry = next(p for p in json.loads(manifest.read_text())["packages"] if p["name"] == "ext")
        self.assertEqual(entry["build_requirements"], ["tool==1.0"])
        wheel(self.links, "tool", "1.5", body="raise ImportError\n")
        lock = {"ext==1.0": entry["build_requirements"]}
        for what, lines, source in (("before pip resolves", "ext==1.0\n", {}), ("by pip alone", "ext\n", {"return_value": None})):
            with self.subTest(what), mock.patch("wheelhouse.task.Task.source", **(source or {"autospec": True, "side_effect": Task.source})):
                self.assertEqual(self.build(lines, lock_build_requirements=lock), {"ext": "1.0", "tool": "2.0"}, self.said)
                told = json.loads((self.root / f"run{self.runs}" / "wheelhouse" / "manifest.json").read_text())["packages"][0]
                self.assertEqual((told["build_requirements"], told["build_key"] != entry["build_key"]), (["tool==1.0"], True))

    def test_a_lock_of_what_was_taken_builds_nothing(self):
        self.build("ext==1.0\n", build_constraints=["tool<2"])
        earlier = self.root / "run1" / "wheelhouse"
        for lock, origin in (("tool==1.0", "reused"), ("tool==0.9", "FAILED")):
            self.write("settings.json", json.dumps({"build_constraints": ["tool<2"], "lock_build_requirements": {"Ext==1.0": [lock]}}))
            _, said = self.main("build", "--out", self.root / lock, "--report", self.root / "r" / lock, "--earlier", earlier)
            self.assertIn(f"{origin} ext 1.0", said)

    def test_all_pins(self):
        lock = {"a==1": ["x==1", "y==1"], "b==1": ["x==2", "y==1"]}
        self.assertEqual(pip.Settings(lock_build_requirements=lock).all_pins(), ["y==1"])

    def test_the_environment_of_an_app(self):
        """The tests' packages are resolved for /env, by a pip that is not its own."""
        env = self.root / "env"
        env.mkdir()
        with pip.Pip(pip.Settings(build_constraints=["tool<2"])) as p:
            there = p.into(env).command()
            self.assertEqual(there[0], str(env / "bin" / "python"))
            self.assertEqual(there[1] == str(pip.CONSTRAIN), not p.at_least(25, 3))


if __name__ == "__main__":
    unittest.main()
