"""Tests of what is said about failed builds."""

import unittest
from unittest import mock

from case import Case
from wheelhouse import apt, hints, system
from wheelhouse.item import Item


class Hints(Case):
    def test_hints(self):
        for log, want in (
            ("x.c:3:10: fatal error: libpq-fe.h: No such file or directory", "build: [libpq-dev]"),
            ("a.c:1:10: fatal error: frobnicate/x.h: No such file or directory", "The header frobnicate/x.h is missing: find its Debian package"),
            ("/usr/bin/ld: cannot find -lxml2: No such file or directory", "build: [libxml2-dev]"),
            ("error: command 'gcc' failed: No such file or directory", "build: [gcc]"),
            ("error: command '/usr/bin/swig' failed: No such file or directory", "build: [swig]"),
            ("../meson.build:1:0: ERROR: Unknown compiler(s): [['gfortran'], ['flang-new']]", "build: [gfortran]"),
            ("Error: pg_config executable not found.", "build: [libpq-dev]"),
            ('Exception: Can not find valid pkg-config name.\nSpecify MYSQLCLIENT_CFLAGS and MYSQLCLIENT_LDFLAGS', "default-libmysqlclient-dev, pkg-config"),
            ('../meson.build:9:0: ERROR: Dependency "openblas" not found, tried pkgconfig', "build: [libopenblas-dev]"),
            ("No package 'cairo' found", "build: [libcairo2-dev]"),
            ("Could not run curl-config: [Errno 2] No such file or directory: 'curl-config'", "build: [libcurl4-openssl-dev]"),
            ("sh: 1: cmake: not found", "build: [cmake]"),
            ("| Unable to generate parsers: [Errno 2] No such file or directory: 'java' |", "build: [default-jre-headless]"),
            ("error: can't find Rust compiler", "build: [cargo, rustc]"),
            ("error: package `x v1` cannot be built because it requires rustc 1.70 or newer", "wants a newer Rust"),
            ("ModuleNotFoundError: No module named 'distutils'", 'python: "3.'),
            ("x86_64-linux-gnu-gcc: fatal error: Killed signal terminated program cc1plus", "build.machine_type"),
            ("OSError: [Errno 28] No space left on device", "disk is full"),
        ):
            self.assertIn(want, hints.of_log("pkg", log), log)
        self.assertIn("than the base image's distribution has (3.6.2): pin `gdal==3.6.2`, or",
                      hints.of_log("gdal", "Python bindings of GDAL 3.8.0 require at least libgdal 3.8.0, but 3.6.2 was found"))
        gdal = Item("GDAL", "3.8.0", "https://h/gdal-3.8.0.tar.gz")
        with mock.patch.object(apt, "candidates", lambda names: {"libgdal-dev": "3.6.2+dfsg-1+b2"}):
            said = system.too_new(gdal)
            self.assertIn("libgdal than the base image's distribution has (3.6.2): pin `gdal==3.6.2`", hints.hint(gdal, said))
            self.assertEqual(system.too_new(Item("gdal", "3.6.2", "u")) + system.too_new(Item("flask", "9", "u")), "")
        self.assertIn("PROJ than the base image's distribution has (9.1.1): pin an older pyproj",
                      hints.of_log("pyproj", "ERROR: Minimum supported PROJ version is 9.4.0, installed version is 9.1.1."))
        self.assertIn("comes with numpy", hints.of_log("pkg", "a.c:1:10: fatal error: numpy/arrayobject.h: No such file or directory"))
        for log in ("denied: permission to push", "HTTP error 403", "No such file or directory", "Package foo is broken"):
            self.assertEqual(hints.of_log("pkg", log), "", "a header is missing only where one is")
        for log, want in (
            ("ModuleNotFoundError: No module named 'pkg_resources'", "setuptools<81"), ("AttributeError: cython_sources", "cython<3"),
            ("No module named 'distutils.msvccompiler'", "setuptools<74"), ("error in x setup command: use_2to3 is invalid.", "setuptools<58"),
            ("CMake Error: Compatibility with CMake < 3.5 has been removed from CMake.", "cmake<4"),
            ("x.c:1: error: ‘PyArray_Descr’ {aka ‘struct _PyArray_Descr’} has no member named ‘subarray’", "numpy<2"),
        ):
            self.assertIn(f'`wheels: {{build_constraints: ["{want}"]}}`', hints.of_log("pkg", log))
            self.assertIn(f'build_constraints: ["other<2", "{want}"]', hints.of_log("pkg", log, ["other<2"]))
            self.assertNotIn("build_constraints", hints.of_log("pkg", log, ["other<2", want]), "it did not help")
        self.assertIn('python: "3.', hints.of_log("pkg", "No module named 'pkg_resources'", ["setuptools==80"]))
        item = Item("pkg", "1.0", "https://h/pkg-1.0.tar.gz")
        self.assertEqual(hints.hint(item, "no luck today"), "")
        item.wheels_for = ["3.9", "3.10"]
        self.assertEqual(hints.hint(item, "no luck today"), "pkg 1.0 has published wheels for Python 3.9, 3.10, and none for this one: "
                         'set `python: "3.10"` in gcpdeploy.yaml, or pin a newer pkg.')


if __name__ == "__main__":
    unittest.main()
