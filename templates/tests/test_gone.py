import sys
import unittest
from unittest import mock

from case import run  # noqa: F401, it finds the program
from wheelhouse import gone


class Gone(unittest.TestCase):
    def test_module(self):
        for minor, text, want in (
            (11, "No module named 'pkg_resources'", ("pkg_resources", 0)), (11, "No module named distutils", None), (12, "No module named 'distutils.core'", ("distutils", 12)),
            (12, "No module named 'cgi'", None), (14, "No module named 'pyaudioop'\nNo module named 'audioop'", ("audioop", 13)), (14, "No module named 'impala'", None),
        ):
            with self.subTest(minor=minor, text=text), mock.patch.object(sys, "version_info", (3, minor, 1)):
                self.assertEqual(gone.module(text), want)

    def test_at_run_time(self):
        with mock.patch.object(sys, "version_info", (3, 13, 1)):
            for name, want in (("distutils", "write into requirements.txt:  setuptools    (Python 3.12 dropped distutils), or pin a newer x"),
                               ("nntplib", "standard-nntplib"), ("crypt", 'Python 3.13 dropped crypt: pin a newer x, or set in gcpdeploy.yaml `python: "3.12"`')):
                self.assertIn(want, gone.at_run_time(f"No module named '{name}'", "x"))
            self.assertEqual(gone.at_run_time("No module named 'nobody'", "x"), "")


if __name__ == "__main__":
    unittest.main()
