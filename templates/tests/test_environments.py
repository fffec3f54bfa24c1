"""Tests of the environments that builds run in; with real pip on a folder as the index."""

import unittest
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from case import BACKEND, HAS_PIP, pack, project, wheel
from test_reuse import Builds
from wheelhouse import pip, settings
from wheelhouse.environments import Environments
from wheelhouse.requirements import Requirements

# A backend that wants one package more, and does not work without it.
MORE = """
def get_requires_for_build_wheel(config_settings=None):
    return ["helper"]
first = build_wheel
def build_wheel(*args, **more):
    import helper
    return first(*args, **more)
"""


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Environment(Builds):
    def test_backend_from_the_index(self):
        for name in ("one", "two"):
            wheel(self.links, f"tool_{name}", "1.0", body=BACKEND.format(name=name, version="1.0", fails="", depends=[]) + MORE)
            root = self.root / f"{name}-1.0"
            root.mkdir()
            (root / "pyproject.toml").write_text(f'[build-system]\nrequires = ["tool_{name}"]\nbuild-backend = "tool_{name}"\n')
            pack(root, self.links)
        wheel(self.links, "helper", "1.0")
        with mock.patch.object(Environments, "make", autospec=True, side_effect=Environments.make) as make:
            self.assertEqual(self.build("one==1.0\ntwo==1.0\n"), {"one": "built", "two": "built"})
        self.assertEqual(sorted(call.args[1] for call in make.call_args_list),
                         [("helper", "tool_one"), ("helper", "tool_two"), ("tool_one",), ("tool_two",)])

    def test_what_two_sets_need_is_built_once(self):
        root = self.root / "tool-1.0"
        project(root, "tool", "1.0")
        with (root / "backend.py").open("a") as f:
            f.write(f"first = build_wheel\ndef build_wheel(*args, **more):\n    with open({str(self.root / 'told')!r}, 'a') as f:\n"
                    "        f.write('built ')\n    return first(*args, **more)\n")
        (root / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n")
        pack(root, self.links)
        wheel(self.links, "other", "1.0")
        self.write("requirements.txt", self.options())
        with pip.Pip() as p, ThreadPoolExecutor(2) as both:
            envs = Environments(p, Requirements(self.context / "requirements.txt"))
            for made in [both.submit(envs.get, ["tool"]), both.submit(envs.get, ["tool", "other"])]:
                self.assertTrue(list(made.result().glob("lib/*/site-packages/tool-1.0.dist-info")))
        self.assertEqual((self.root / "told").read_text(), "built ")

    def test_one_for_each_set(self):
        wheel(self.links, "tool", "1.0")
        wheel(self.links, "tool", "2.0")
        self.write("requirements.txt", self.options() + "--no-binary tool\n--require-hashes\n")
        with pip.Pip(settings.Settings(build_constraints=["tool<2"])) as p:
            envs = Environments(p, Requirements(self.context / "requirements.txt"))
            first = envs.get(["tool", "tool"])
            self.assertIs(envs.get(["tool"]), first)
            self.assertTrue(list(first.glob("lib/*/site-packages/tool-1.0.dist-info")), "the build constraint, or --no-binary, went wrong")
            self.assertNotEqual(envs.get(["tool>=1"]), first)


if __name__ == "__main__":
    unittest.main()
