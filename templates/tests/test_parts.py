"""Tests of the small parts."""

import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

from case import Case, pip_version
from wheelhouse import net, pip, run
from wheelhouse.build import check_python
from wheelhouse.item import Item
from wheelhouse.requirements import Requirements
from wheelhouse.settings import Settings
from wheelhouse.text import since


class Parts(Case):
    def test_requirements(self):
        self.write("requirements.txt", "--index-url https://x/\n--no-binary :all:\n-e ./src/app\n"
                                       "Foo_Bar==1 --config-settings=a=1 --config-settings 'b=2 ''#3'\nbaz @ git+https://x/baz\n"
                                       "./src/lib[x] --config-settings=k=v\n")
        r = Requirements(self.context / "requirements.txt")
        self.assertEqual(r.options, ["--index-url https://x/", "--no-binary :all:"])
        self.assertEqual(len(r.lines), 4)
        lib = (self.context / "src" / "lib").as_uri()
        self.assertEqual(r.settings, {"foo-bar": ["a=1", "b=2 #3"], lib: ["k=v"]})
        self.assertEqual(r.settings_of(self.item(lib, direct=True, dir_info={})), ["k=v"])
        self.assertEqual((r.systems(), r.names(), r.choice().no_binary), (["git"], ["foo-bar", "baz"], {":all:"}))

    def test_addresses(self):
        asked = []

        def ask(host, port, **kwargs):
            asked.append(host)
            if host == "lost" and asked.count(host) == 1:
                raise OSError("try again")
            return [host, port, kwargs]

        look = net.Addresses(ask)
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: look("a", 443, type=1), range(50)))
        self.assertEqual((found, asked), ([["a", 443, {"type": 1}]] * 50, ["a"]))
        with self.assertRaises(OSError):
            look("lost", 443)
        self.assertEqual((look("lost", 443), look("a", 80), look("a", 80)), (["lost", 443, {}], ["a", 80, {}], ["a", 80, {}]))
        self.assertEqual(asked, ["a", "lost", "lost", "a"])

    def item(self, url, direct=False, **info):
        return Item.of_report({"download_info": {"url": url, **info}, "is_direct": direct, "metadata": {"name": "A.b", "version": "1.0"}})

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
        self.assertEqual(run.relevant(text), "  error: subprocess-exited\n  it broke\nERROR: bad")
        long = run.relevant("error: x\n" + "y\n" * 500).splitlines()
        self.assertEqual((len(long), long[0]), (run.TAIL + 1, "…"))

    def test_python_version(self):
        have = ".".join(map(str, sys.version_info[:2]))
        check_python("")
        check_python(have)
        code, said = self.main("build", "--python", "2.7", "--out", self.root / "x", "--report", self.root / "r")
        self.assertEqual(code, 1)
        self.assertRegex(said, r"^error: the base image has Python 3\.[0-9]+\.[0-9]+, and 2\.7 is wanted; set python or base_image")

    def test_another_patch_level(self):
        major, minor, micro = sys.version_info[:3]
        with self.assertRaisesRegex(run.Failure, rf'another patch level of {major}\.{minor}: set `python: "{major}\.{minor}"`, or base_image to one with'):
            check_python(f"{major}.{minor}.{micro + 1}")

    def test_another_abi(self):
        minor = ".".join(map(str, sys.version_info[:2]))
        with mock.patch.object(sysconfig, "get_config_var", return_value=1):
            check_python(minor + "t")
            with self.assertRaisesRegex(run.Failure, rf'has Python {minor}\.[0-9]+t, and {minor} is wanted; .*set `python: "{minor}t"`'):
                check_python(minor)
        with mock.patch.object(sysconfig, "get_config_var", return_value=0):
            with self.assertRaisesRegex(run.Failure, rf'and {minor}t is wanted; .*set `python: "{minor}"`, or base_image to one with {minor}t'):
                check_python(minor + "t")
        pypy = mock.Mock()
        pypy.name = "pypy"
        with mock.patch.object(sysconfig, "get_config_var", return_value=0), mock.patch.object(sys, "implementation", pypy):
            with self.assertRaisesRegex(run.Failure, "has PyPy 3.*set python or base_image so that they agree"):
                check_python(minor)

    def test_old_pip(self):
        old = subprocess.CompletedProcess([], 0, stdout="pip 20.3.4 from /usr/lib (python 3.9)\n")
        for python, what in ((sys.executable, mock.patch.object(pip, "version_here", return_value="20.3.4")),
                             ("/other/python", mock.patch.object(subprocess, "run", return_value=old))):
            with what, mock.patch.object(pip, "PYTHON", python), self.assertRaisesRegex(run.Failure, f"has pip 20.3.4 for {python}; .*23.0 or newer"):
                pip_version.__wrapped__()

    def test_since(self):
        for seconds, text in ((0.04, "0.0s"), (12.34, "12.3s"), (492.9, "8m12s")):
            with mock.patch("time.monotonic", return_value=seconds):
                self.assertEqual(since(0), text)
