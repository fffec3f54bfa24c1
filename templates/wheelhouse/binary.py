"""Tells whether an import failed because compiled parts do not fit together, and what to do then.

Such a fault is of what was installed: no setting of the app can cure it. A version of something else can, so each text
comes with the line to write.
"""

import platform
import re
import sys
from collections import namedtuple

# text is the pattern; cure gets what it found, the name of the distribution and the versions of all, by normal name.
Sign = namedtuple("Sign", "text cure")

# The NumPy that has an API version (numpyconfig.h), the first of those that share one.
NUMPY_API = {0xd: "1.16", 0xe: "1.20", 0xf: "1.22", 0x10: "1.23", 0x11: "1.25", 0x12: "2.0", 0x13: "2.1", 0x14: "2.3", 0x15: "2.4"}


def numpy(_, name, versions):
    have = versions.get("numpy", "")
    if not have:
        return "write into requirements.txt:  numpy"
    if int(have.split(".")[0]) >= 2:
        return f"write into requirements.txt:  numpy<2\nor pin a newer {name}, one that was compiled for numpy {have}"
    return f"write into requirements.txt:  numpy>{have}\nor pin an older {name}, one that was compiled for numpy {have}"


def numpy_of(found, name, versions):
    """The version that the text itself names."""
    wanted = found.group("numpy") or NUMPY_API.get(int(found.group("api"), 16), "")
    if not wanted:
        return numpy(found, name, versions)
    return f"write into requirements.txt:  numpy>={wanted}\nor pin an older {name}, one that was compiled for numpy {versions.get('numpy', '')}"


def other(found, name, versions):
    """Compiled for another version of the package whose name the text begins with."""
    of = found.group("of").replace("_", "-").lower()
    if of == "numpy":
        return numpy(found, name, versions)
    if of not in versions or of == name.replace("_", "-").lower():
        return f"its parts are of different versions: pin another version of {name}"
    return f"pin another version of {of} than {versions[of]}, the one that {name} was compiled for, or a newer {name}"


def wants(found, *_):
    """The text names project and version."""
    return f"write into requirements.txt:  {found.group('project').lower()}{found.group('op') or '=='}{found.group('version').rstrip('.')}"


def says(words):
    have, machine = f"{sys.version_info[0]}.{sys.version_info[1]}", platform.machine()
    return lambda found, name, _: words.format(*found.groups(), name=name, python=have, machine=machine)


ANOTHER_PYTHON = "it was compiled for another Python than {python}: pin another version of {name}, or set python in gcpdeploy.yaml to the one it fits"
OLD_BASE = ("the base image's {0} is older than the one it was compiled with: set base_image to a newer Debian, pin an older {name}, "
            "or have it compiled here:\nwheels: {{no_binary: [{name}]}}")
FOREIGN = "the file is no library for this machine ({machine}): pin another version of {name}, or have it compiled here:\nwheels: {{no_binary: [{name}]}}"

# What NumPy 2 prints even where the one who imports goes on without it.
PRINTED = (
    Sign(r"A module that was compiled using NumPy 1\.x cannot be run in", numpy),
    Sign(r"module compiled against ABI version 0x[0-9a-f]+ but this version of numpy is 0x[0-9a-f]+", numpy),
    Sign(r"module (?:was )?compiled against (?:API version|NumPy C-API version) (?P<api>0x[0-9a-f]+)(?: \(NumPy (?P<numpy>[\d.]+)\))?", numpy_of),
)
SIGNS = PRINTED + (
    Sign(r"_ARRAY_API not found|(?<![\w.])numpy\.(?:_?core\.)?(?:multiarray|umath) failed to import|numpy\._core\.(?:multiarray|umath) failed to import", numpy),
    Sign(r"_(?:ARRAY|UFUNC)_API is (?:not PyCapsule object|NULL pointer)", numpy),
    Sign(r"(?P<of>\w+)[\w.]* size changed, may indicate binary incompatibility", other),
    Sign(r"C (?:function|variable) (?P<of>\w+)[\w.]* has wrong signature", other),
    Sign(r"(?P<of>\w+)[\w.]* does not export expected C (?:function|variable)", other),
    Sign(r"Python version mismatch: module was compiled for|bad magic number in '|dynamic module does not define (?:module export|init) function"
         r"|undefined symbol: _?Py|module '\w+' was compiled for Python", says(ANOTHER_PYTHON)),
    Sign(r"undefined symbol: _ZN?K?(?:2at|3c10|5torch)", says("it was compiled for another torch: pin a {name} and a torch that were released together")),
    Sign(r"undefined symbol: ([\w@.]+)|symbol (\S+).*? not defined in file",
         says("it was compiled for another version of a library than the one here: pin another version of {name}, or have it compiled here:"
              "\nwheels: {{no_binary: [{name}]}}")),
    Sign(r"version [`'\"]?((?:GLIBC|GLIBCXX|CXXABI|GCC|OPENSSL|CURL_OPENSSL|LIBXML2)_[\w.]+)['`\"]? not found", says(OLD_BASE)),
    Sign(r"wrong ELF class|invalid ELF header|file too short|Exec format error|ELF file's phentsize|ELF load command", says(FOREIGN)),
    Sign(r"(?:installed|package) (?P<project>pydantic-core) version .*requires (?P<op>)(?P<version>\d[\w.]*)", wants),
    Sign(r"grpc package installed is at version .* depends on (?P<project>grpcio)(?P<op>>=)(?P<version>\d[\w.]*)", wants),
    Sign(r"Detected (?:incompatible|mismatched) (?P<project>Protobuf) Gencode/Runtime .*?gencode (?P<op>)(?P<version>\d[\w.]*)",
         lambda found, *_: f"write into requirements.txt:  protobuf>={found.group('version')}"),
    Sign(r"Descriptors cannot (?:not )?be created directly", lambda *_: "write into requirements.txt:  protobuf<3.21"),
    Sign(r"module 'lib' has no attribute '\w*(?:X509|OpenSSL|SSL|EVP|ERR|GEN)_\w+'",
         says("pyopenssl and cryptography do not fit together: pin a newer pyopenssl")),
    Sign(r"this is the 'cffi' package version ([\w.]+)", says("two versions of cffi are mixed: pin cffi in requirements.txt")),
)


def find(text, signs=SIGNS):
    """The sign that a text shows, and where, as a pair; None for none."""
    for sign in signs:
        found = re.search(sign.text, text)
        if found:
            return sign, found
    return None


def cure(pair, name, versions):
    sign, found = pair
    return sign.cure(found, name, versions)


def line(pair):
    """The line of the text that has the sign."""
    text, start = pair[1].string, pair[1].start()
    return text[text.rfind("\n", 0, start) + 1:].split("\n")[0]


def printed(heard, module):
    """The sign in what an import printed, when the module's own files made it: others are imported on their own."""
    pair = find(heard, PRINTED)
    frames = re.findall(r'File "[^"]*/site-packages/(\w+)', heard)
    return pair if pair and (not frames or frames[-1] == module.split(".")[0]) else None
