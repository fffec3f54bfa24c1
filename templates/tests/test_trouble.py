"""Tests of what is said when pip fails; the outputs are pip's own."""

import sys
import unittest
from unittest import mock

from case import run  # noqa: F401, it finds the program
from wheelhouse import trouble

HASHES = """ERROR: Hashes are required in --require-hashes mode, but they are missing from some requirements. Here is a list of those requirements
    bee==1.0 --hash=sha256:8764c052
"""
LOOSE = "ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==. These do not:\n    "
TOO_OLD = """ERROR: Ignored the following versions that require a different python version: 6.0 Requires-Python >=3.12; 6.0.5 Requires-Python >=3.13; 6.1 Requires-Python >=3.99
ERROR: Could not find a version that satisfies the requirement Django=={0} (from versions: 1.1.3, 5.2)
ERROR: No matching distribution found for Django=={0}
"""
CONFLICT = """
The conflict is caused by:
    The user requested np==2.0
    The user requested (constraint) np<3
    old 1.0 depends on np<2

To fix this you could try to:
1. loosen the range of package versions you've specified
"""
METADATA = """  Downloading omegaconf-2.3.0.tar.gz (3 MB)
  error: subprocess-exited-with-error
      ModuleNotFoundError: No module named 'pkg_resources'
error: metadata-generation-failed
"""


class Trouble(unittest.TestCase):
    def setUp(self):
        patch = mock.patch.object(sys, "version_info", (3, 11, 7))
        patch.start()
        self.addCleanup(patch.stop)

    def test_hints(self):
        for output, want in (
            (HASHES, "and `bee==1.0` has none: write all of them"),
            (LOOSE + "bee from file:///links/bee-1.0-py3-none-any.whl (from -r names.txt (line 4))", "and `bee` has none"),
            (LOOSE + "bee>=1 from https://h/bee-1.0-py3-none-any.whl (from ant==1.0->-r loose.txt (line 3))",
             "The lock lacks `bee>=1`, which ant 1.0 wants here: it was made for another Python or patch level than 3.11.7."),
            ("ERROR: Can't verify hashes for these file:// requirements because they point to directories:\n    ./x", "a folder or a repository can have none"),
            ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If …\n    ant==1.0 from file:\n        Expected sha256 0", "another file of ant than"),
            (TOO_OLD.format("6.0"), 'Django 6.0 wants Python >=3.12, and the base image has 3.11.7: set `python: "3.12"` in gcpdeploy.yaml, or pin a version of Django that fits 3.11.'),
            (TOO_OLD.format("6.0.5"), '`python: "3.13"`'),
            ("ERROR: Package 'old' requires a different Python: 3.11.7 not in '<3.10,>=3.7'", '`python: "3.9"`'),
            ("ERROR: Package 'new' requires a different Python: 3.11.7 not in '>=3.11.9,<3.12'", "another patch level of 3.11; set base_image"),
            (CONFLICT, "No version of np suits all: your requirements say `np==2.0`, a constraint says `np<3`, old 1.0 wants `np<2`; change one of them."),
            (METADATA, 'omegaconf cannot be built with the newest setuptools: add to gcpdeploy.yaml `wheels: {build_constraints: ["setuptools<81"]}`.'),
        ):
            with self.subTest(output=output):
                self.assertIn(want, trouble.hint(output))
        for output in ("ERROR: No matching distribution found for nobody-has-this", "anything", ""):
            self.assertEqual(trouble.hint(output), "")

    def test_a_server_that_does_not_answer(self):
        self.assertIn("idx.invalid cannot be reached from the build", trouble.hint(TOO_OLD.format("6.0"), ["idx.invalid"]))


if __name__ == "__main__":
    unittest.main()
