import unittest
from types import SimpleNamespace

from case import Case
from wheelhouse import resolve
from wheelhouse.requirements import Requirements
from wheelhouse.run import CommandFailed

OUTPUT = """Collecting mysqlclient
  Downloading mysqlclient-2.3.2.tar.gz (91 kB)
     ---- 91.1/91.1 kB 3.0 MB/s eta 0:00:00
Collecting flask==3.0.3
  Downloading flask-3.0.3-py3-none-any.whl (101 kB)
Collecting Odd_Name
  Downloading http://127.0.0.1:4000/files/odd_name-0.1.zip
  Using cached python-ldap-3.4.8.tar.gz (389 kB)
Processing /mnt/src/two-1.0.post1.tar.bz2
  error: subprocess-exited-with-error
"""


class Resolve(Case):
    def test_sdists(self):
        self.assertEqual(resolve.sdists(OUTPUT), ["mysqlclient", "odd-name", "python-ldap", "two"])

    def test_tries_again_with_what_an_sdist_needs(self):
        """One sdist after another cannot tell its name; the toolchain has something new for two of them."""
        self.write("requirements.txt", "one\n")
        asked = []

        def pip(*_, doing):
            raise CommandFailed(doing, f"Downloading n{len(asked)}-1.0.tar.gz\nerror: metadata-generation-failed\n")

        pip.tmp = self.root
        toolchain = SimpleNamespace(need=lambda names: asked.append(names) or len(asked) < 3)
        with self.assertRaises(CommandFailed):
            resolve.ask(pip, toolchain, Requirements(self.context / "requirements.txt"), ["one"], [])
        self.assertEqual(asked, [["n0"], ["n1"], ["n2"]])


if __name__ == "__main__":
    unittest.main()
