import sys
import unittest
import zipfile
from pathlib import Path
from unittest import mock

from case import Case, apt
from elves import library
from wheelhouse import elf, system, table

BOOKWORM = {"libldap2-dev", "libsasl2-dev", "libmagic1", "libpq5", "libsndfile1", "libpq-dev", "graphviz"}


class Choice(Case):
    def setUp(self):
        super().setUp()
        self.asked = []
        patch = mock.patch.object(apt, "known", lambda names: self.asked.append(names) or names & BOOKWORM)
        patch.start()
        self.addCleanup(patch.stop)

    def test_build(self):
        with mock.patch.dict(table.BUILD, {"python-ldap": "libldap-dev|libldap2-dev libsasl2-dev", "odd": "no-such-dev libpq-dev"}):
            self.assertEqual(system.build_packages(["python-ldap", "flask", "odd"]), ["libldap2-dev", "libpq-dev", "libsasl2-dev"])

    def test_unknown_names_need_nothing(self):
        self.assertEqual((system.build_packages(["flask", "wheel"]), system.runtime_packages([], ["flask"])), ([], []))
        self.assertEqual(set().union(*self.asked), set())

    def test_opened_by_name(self):
        for names, want in ((["python-magic"], ["libmagic1"]), (["psycopg"], ["libpq5"]), (["psycopg", "psycopg-binary"], []),
                            (["graphviz", "python-magic"], ["graphviz", "libmagic1"]), (["soundfile"], [])):
            with self.subTest(names=names):
                self.assertEqual(system.runtime_packages([], names), want)

    def test_only_when_built_here(self):
        wheel = write(self.root / "SoundFile-0.12-py3-none-any.whl", {"soundfile.py": b""})
        self.assertEqual(system.runtime_packages([wheel], ["soundfile"]), ["libsndfile1"])


class Linked(Case):
    """A machine with libraries in /usr/lib, of which dpkg knows some by the name /lib, and one alternative."""

    def setUp(self):
        super().setUp()
        self.lib = self.root / "usr" / "lib"
        (self.lib / "blas").mkdir(parents=True)
        cache = []
        for name, real in (("libpq.so.5", "libpq.so.5.15"), ("libz.so.1", "libz.so.1"), ("libblas.so.3", "blas/libblas.so.3.11"),
                           ("libc.so.6", "libc.so.6"), ("libhome.so.1", "libhome.so.1")):
            (self.lib / real).write_bytes(library(soname=name))
            if name != real:
                (self.lib / name).symlink_to(real)
            cache.append(f"\t{name} (libc6,x86-64) => {self.lib / name}")
        foreign = self.root / "libpq.so.5"
        foreign.write_bytes(library(bits=32))
        cache.insert(0, f"\tlibpq.so.5 (libc6) => {foreign}")
        self.said = "5 libs found in cache\n" + "\n".join(cache) + "\n"
        self.dpkg = {f"{self.lib}/libpq.so.5.15": "libpq5:amd64", "/usr" + f"{self.lib}/libz.so.1": "zlib1g:amd64",
                     f"{self.lib}/blas/libblas.so.3.11": "libopenblas0-pthread:amd64", f"{self.lib}/libc.so.6": "libc6:amd64, libc6-x:amd64"}
        python = self.root / "python"
        python.write_bytes(library())
        for patch in (mock.patch("subprocess.run", self.run_command), mock.patch("shutil.which", lambda name: "/sbin/" + name),
                      mock.patch("sys.executable", str(python))):
            patch.start()
            self.addCleanup(patch.stop)

    def run_command(self, command, **_):
        if command[1] == "-p":
            return mock.Mock(stdout=self.said)
        known = [f"{self.dpkg[path]}: {path}\n" for path in command[2:] if path in self.dpkg]
        return mock.Mock(stdout="diversion by dash from: /bin/sh\n" + "".join(known), returncode=1)

    def needed_by(self, **files):
        return system.needed_by(write(self.root / "x-1-cp311-cp311-linux_x86_64.whl", {k.replace("__", "/"): v for k, v in files.items()}))

    def test_direct_packages(self):
        self.assertEqual(self.needed_by(x__a=library(["libpq.so.5", "libz.so.1", "libc.so.6"]), x__b=library(["libblas.so.3"])),
                         ["libc6-x", "libopenblas0-pthread", "libpq5", "zlib1g"])

    def test_nothing(self):
        self.assertEqual(self.needed_by(x__init=b"import os\n", x__empty=b""), [])
        self.assertEqual(self.needed_by(x__a=library(["libhome.so.1", "libnowhere.so.2"])), [])

    def test_own_libraries(self):
        mine = library(soname="libpq.so.5")
        self.assertEqual(self.needed_by(x__a=library(["libpq.so.5", "libz.so.1"]), x_libs__other=mine, **{"x_libs__libz.so.1": library()}), [])

    def test_programs_count(self):
        self.assertEqual(self.needed_by(x_data__scripts__tool=library(["libpq.so.5"])), ["libpq5"])

    def test_strange_files(self):
        broken, other = library(["libpq.so.5"])[:-5], library(["libpq.so.5"], machine=183)
        with self.assertRaises(elf.Error):
            elf.read(broken)
        self.assertEqual(self.needed_by(x__broken=broken, x__other=other), [])


class Lacking(Case):
    """Published wheels: pyodbc names the driver manager, which no wheel carries."""

    def lacking(self, *needed, known=("libodbc2", "libglib2.0-0t64"), name="pyodbc-5-cp311-cp311-manylinux_2_17_x86_64.whl"):
        kind = elf.kind(system.head(sys.executable))
        data = library(needed, bits=64 if kind[0] == 2 else 32, order="<>"[kind[1] - 1], machine=kind[2])
        with mock.patch.object(apt, "known", lambda names: names & set(known)):
            return system.lacking(write(self.root / name, {"pyodbc.so": data}), {"libc.so.6", "libz.so.1"})

    def test_what_the_table_knows(self):
        self.assertEqual(self.lacking("libc.so.6", "libodbc.so.2", "libz.so.1", "libodd.so.1"), ["libodbc2"])
        self.assertEqual(self.lacking("libglib-2.0.so.0"), ["libglib2.0-0t64"])
        self.assertEqual((self.lacking("libc.so.6"), self.lacking("libodbc.so.2", name="x-1-py3-none-any.whl")), ([], []))

    def test_no_glibc(self):
        wheel = write(self.root / "x-1-cp311-cp311-manylinux_2_17_x86_64.whl", {"x.so": library(["libodbc.so.2"])})
        self.assertEqual(system.lacking(wheel, set()), [])


class Installed(Case):
    def test_missing(self):
        with mock.patch.object(apt, "installed", return_value={"libpq5", "zlib1g"}):
            self.assertEqual(system.missing(["libpq5", "libmagic1", "zlib1g", "libpq5=15.1"]), ["libmagic1", "libpq5=15.1"])


class Table(unittest.TestCase):
    def test_form(self):
        for columns in (table.BUILD, table.RUN, table.RUN_BUILT, table.BROUGHT_BY):
            for name, words in columns.items():
                self.assertRegex(name, r"^[a-z0-9]+(-[a-z0-9]+)*$")
                self.assertTrue(words.split(), name)
                for word in words.split():
                    self.assertRegex(word, r"^[a-z0-9][a-z0-9+.-]+(\|[a-z0-9][a-z0-9+.-]+)*$")
        for name, package in table.LIBRARIES.items():
            self.assertRegex(name + " " + package, r"^lib\S+\.so(\.\d+)* [a-z0-9][a-z0-9+.-]+$")


def write(path: Path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


if __name__ == "__main__":
    unittest.main()
