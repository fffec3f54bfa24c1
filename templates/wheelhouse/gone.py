"""Modules that old packages import, and that newer Pythons or a newer setuptools have no more."""

import re
import sys

# By the minor version that was the first without them.
REMOVED = {
    12: {"asynchat", "asyncore", "distutils", "imp", "smtpd"},
    13: {"aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "nntplib", "pipes", "sndhdr", "sunau",
         "telnetlib", "uu", "xdrlib"},
}
# The package that brings one back.
BACK = {
    "asynchat": "pyasynchat", "asyncore": "pyasyncore", "distutils": "setuptools", "imp": "zombie-imp", "audioop": "audioop-lts",
    "cgi": "legacy-cgi", "cgitb": "legacy-cgi", "imghdr": "standard-imghdr", "telnetlib": "standard-telnetlib", "pipes": "standard-pipes",
    "uu": "standard-uu", "sndhdr": "standard-sndhdr", "aifc": "standard-aifc", "chunk": "standard-chunk", "xdrlib": "standard-xdrlib",
    "nntplib": "standard-nntplib", "mailcap": "standard-mailcap", "sunau": "standard-sunau",
}
# setuptools 82 has no pkg_resources, and 81 warns of it.
SETUPTOOLS = "setuptools<81"
MISSING = re.compile(r"No module named ['\"]?(\w+)")


def module(text):
    """The first such module that a text says is missing, and the minor version of the Python that dropped it (0: none
    did), as a pair; None for none."""
    for name in MISSING.findall(text):
        if name == "pkg_resources":
            return name, 0
        for minor, names in REMOVED.items():
            if name in names and sys.version_info[1] >= minor:
                return name, minor
    return None


def at_run_time(text, distribution):
    """What to write so that a distribution finds its module; "" where it lacks another one."""
    found = module(text)
    if not found:
        return ""
    name, minor = found
    if not minor:
        return f"write into requirements.txt:  {SETUPTOOLS}    (newer ones have no pkg_resources), or pin a newer {distribution}"
    back = f"write into requirements.txt:  {BACK[name]}    (Python 3.{minor} dropped {name}), or" if name in BACK else f"Python 3.{minor} dropped {name}:"
    return f'{back} pin a newer {distribution}, or set in gcpdeploy.yaml `python: "3.{minor - 1}"`'
