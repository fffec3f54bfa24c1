"""Tests of what is done for the app's own projects."""

import unittest
from unittest import mock

from case import HAS_PIP, Case, project, wheel
from wheelhouse import layer, own
from wheelhouse.item import Item
from wheelhouse.requirements import Requirements

BACKEND = '''
import os, zipfile
import tools
def build(folder, files):
    stem = "{name}-1.0"
    files = dict(files)
    files[stem + ".dist-info/METADATA"] = "Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\nRequires-Dist: nowhere\\n"
    files[stem + ".dist-info/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files[stem + ".dist-info/entry_points.txt"] = "[console_scripts]\\n{name} = {name}:main\\n"
    files[stem + ".dist-info/RECORD"] = ""
    with zipfile.ZipFile(os.path.join(folder, stem + "-py3-none-any.whl"), "w") as z:
        for name, text in files.items():
            z.writestr(zipfile.ZipInfo(name), text)
    return stem + "-py3-none-any.whl"
def build_wheel(folder, config_settings=None, metadata_directory=None):
    os.makedirs("build", exist_ok=True)
    open("build/left", "w").close()
    return build(folder, {{"{name}.py": "where = 'a copy, " + tools.version + "'"}})
def build_editable(folder, config_settings=None, metadata_directory=None):
    open("made.so", "w").close()
    return build(folder, {{"{name}.pth": os.getcwd() + "\\n"}})
'''


@unittest.skipUnless(HAS_PIP, "this Python has no pip")
class Own(Case):
    def app(self, *names):
        for name in names:
            folder = self.root / "app" / name
            folder.mkdir(parents=True)
            (folder / "pyproject.toml").write_text('[build-system]\nrequires = ["tools"]\nbuild-backend = "backend"\nbackend-path = ["."]\n'
                                                   f'[project]\nname = "{name}"\nversion = "1.0"\n')
            (folder / "backend.py").write_text(BACKEND.format(name=name))
            (folder / f"{name}.py").write_text("where = 'in place'\n")
        return self.root / "app"

    def install(self, requirements, build):
        """Makes the runtime image's part; gives the environment and the folder of the tools."""
        self.write("requirements.txt", self.options() + requirements)
        if build is not None:
            self.write("build-requirements.txt", self.options() + build)
        code, said = self.main("build", "--out", self.root / "wheelhouse", "--report", self.root / "report" / "report.json")
        self.assertEqual(code, 0, said)
        code, said = self.main("install", "--from", self.root / "wheelhouse", "--env", self.root / "env", "--out", self.root / "done")
        self.assertEqual(code, 0, said)
        (self.root / "done" / "env").rename(self.root / "env")
        return self.root / "env", self.root / "done" / own.TOOLS

    def test_none(self):
        env, tools = self.install("", None)
        self.assertFalse(tools.exists())
        self.assertFalse((self.root / "wheelhouse" / "build").exists())

    def test_build(self):
        wheel(self.links, "tools", "2.0", body="")
        env, tools = self.install("", "tools\n")
        self.assertEqual((self.root / "wheelhouse" / "requirements.lock").read_text(), "")
        self.assertRegex((self.root / "wheelhouse" / "build" / "requirements.lock").read_text(), r"^tools==2.0 --hash=sha256:\w{64}\n$")
        self.assertFalse(list(env.rglob("tools*")), "what builds need is no part of the app's environment")
        self.assertTrue((tools / "wheelhouse" / "own.py").exists())
        app, out = self.app("fox", "hen", "owl"), self.root / "out"
        layer.build_own([f"-e {app}/fox", f"{app}/hen", f"{app}/owl ; python_version < '3'"], app, env, out, [], tools)
        below = out / str(env).lstrip("/")
        self.assertEqual(sorted(p.name for p in (below / "bin").iterdir()), ["fox", "hen"])
        self.assertEqual((below / "bin" / "fox").read_text().splitlines()[0], f"#!{env}/bin/python")
        site, = below.glob("lib/python*/site-packages")
        self.assertEqual((site / "fox.pth").read_text(), f"{app}/fox\n")
        self.assertIn("a copy, 2.0", (site / "hen.py").read_text())
        tree = out / str(app).lstrip("/")
        self.assertEqual([str(p.relative_to(tree)) for p in tree.rglob("*") if p.is_file()], ["fox/made.so"],
                         "what a build made for in-place use comes along, what it left behind does not")

    def test_hints(self):
        env, tools = self.install("", None)
        app = self.app("fox")
        with self.assertRaises(layer.Failure) as failure:
            layer.build_own([f"{app}/fox"], app, env, self.root / "out", [], self.root)
        self.assertIn("No module named 'tools'", str(failure.exception))
        self.assertIn("hint: these builds have no network", str(failure.exception))

    def test_others(self):
        self.write("requirements.txt", "ant\n./src/libs/x[web] ; python_version > '3'\nbee @ file:src/bee.tar.gz\n")
        self.write(own.NEEDS, "")
        requirements = Requirements(self.context / "requirements.txt")
        at = lambda path, folder: Item("x", "1", (self.context / "src" / path).as_uri(), folder=folder)
        mine, theirs, ant = at("libs/x", True), at("limit", True), Item("ant", "1", "https://a.example/ant-1-py3-none-any.whl")
        self.assertEqual(own.others(requirements, [ant, mine, theirs]), [ant, theirs])

    def test_dependencies_of_a_project_that_only_its_backend_knows(self):
        wheel(self.links, "ant", "1.0")
        project(self.context / "src", "fox", "1.0")
        backend = self.context / "src" / "backend.py"
        backend.write_text(backend.read_text().replace("Version: 1.0\\n", "Version: 1.0\\nRequires-Dist: ant\\n"))
        self.write("requirements.txt", self.options() + "./src\n")
        self.write(own.NEEDS, "")
        code, said = self.main("build", "--out", self.root / "wheelhouse", "--report", self.root / "report" / "report.json")
        self.assertEqual(code, 0, said)
        self.assertRegex((self.root / "wheelhouse" / "requirements.lock").read_text(), r"^ant==1.0 --hash=\S+\n$")


class InPlace(Case):
    def test_in_place(self):
        folder = self.root / "meson"
        folder.mkdir()
        (folder / "pyproject.toml").write_text("[build-system]\nbuild-backend = 'mesonpy'\n")
        with mock.patch.object(layer, "say"):
            self.assertEqual(layer.in_place(f"-e {folder} --config-settings=a=b"), f"{folder} --config-settings=a=b")
        (folder / "pyproject.toml").write_text("[build-system]\nbuild-backend = 'hatchling.build'\n")
        self.assertEqual(layer.in_place(f"-e {folder}"), f"-e {folder}")


if __name__ == "__main__":
    unittest.main()
