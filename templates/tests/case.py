"""What the tests share: a folder as an index, small wheels and sdists, and the program."""

import base64
import functools
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from wheelhouse import apt, cli, pip, run

HAS_PIP = subprocess.run([pip.PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0

# What pip says of itself, asked once: a start of pip costs more than most tests do.
pip_version = functools.lru_cache(None)(pip.version)
ask_configured, told = pip.Pip.configured, {}


def pip_configured(p):
    """Pip.configured, asked once for each set of pip's variables."""
    variables = tuple(sorted(v for v in p.environ().items() if v[0].startswith("PIP_") and v[0] != "PIP_CACHE_DIR"))
    if variables not in told:
        told[variables] = ask_configured(p)
    return told[variables]


def wheel(folder, name, version, requires=(), body="", tag="py3-none-any"):
    """Writes a wheel and gives its sha256."""
    stem = f"{name}-{version}"
    files = {
        f"{name}.py": f"version = {version!r}\n{body}",
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
                                      + "".join(f"Requires-Dist: {r}\n" for r in requires),
        f"{stem}.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{path},sha256={digest(text)},{len(text)}\n" for path, text in files.items())
    files[f"{stem}.dist-info/RECORD"] = record + f"{stem}.dist-info/RECORD,,\n"
    path = folder / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as z:
        for name, text in files.items():
            z.writestr(zipfile.ZipInfo(name), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text if isinstance(text, bytes) else text.encode()).digest()).rstrip(b"=").decode()


BACKEND = '''
import os, tempfile, zipfile
def meta(settings):
    return "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n" + "".join("Requires-Dist: " + d + "\\n" for d in {depends})
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = os.path.join(folder, "{name}-{version}.dist-info")
    os.mkdir(info)
    with open(os.path.join(info, "METADATA"), "w") as f:
        f.write(meta(config_settings))
    return os.path.basename(info)
def build_wheel(folder, config_settings=None, metadata_directory=None):
    stem = "{name}-{version}"
    files = {{
        "{name}.py": "settings = " + repr(config_settings) + "\\nflags = " + repr((os.environ["CFLAGS"], os.environ["SOURCE_DATE_EPOCH"])) + "\\nplace = " + repr(tempfile.mkdtemp()),
        stem + ".dist-info/METADATA": meta(config_settings),
        stem + ".dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        stem + ".dist-info/RECORD": "",
    }}
    if {fails!r}:
        raise SystemExit({fails!r})
    with zipfile.ZipFile(os.path.join(folder, stem + "-py3-none-any.whl"), "w") as z:
        for name, text in files.items():
            z.writestr(zipfile.ZipInfo(name), text)
    return stem + "-py3-none-any.whl"
'''


def project(folder, name, version, fails="", requires=(), depends=(), backend="backend"):
    """Writes a project whose build backend lies in it. fails is what a build says before it fails."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(f'[build-system]\nrequires = {json.dumps(requires)}\nbuild-backend = "{backend}"\nbackend-path = ["."]\n')
    (folder / f"{backend}.py").write_text(BACKEND.format(name=name, version=version, fails=fails, depends=list(depends)))


def sdist(folder, name, version, **more):
    """Writes an sdist of such a project, of the same bytes each time, and gives its sha256."""
    stem = f"{name}-{version}"
    with tempfile.TemporaryDirectory() as tmp:
        project(Path(tmp) / stem, name, version, **more)
        (Path(tmp) / stem / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        return pack(Path(tmp) / stem, folder)


def pack(root, folder):
    """Makes an sdist of the project at root, named like its folder, and gives its sha256."""
    path = folder / f"{root.name}.tar.gz"
    with gzip.GzipFile(path, "wb", mtime=0) as z, tarfile.open(fileobj=z, mode="w") as t:
        t.add(root, root.name, filter=timeless)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def timeless(member):
    member.mtime = 0
    return member


class Case(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        # Nothing of the machine's own pip configuration, and never its apt-get.
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PIP_") and k != "CFLAGS"}
        for patch in (mock.patch.dict(os.environ, dict(clean, PIP_CONFIG_FILE=os.devnull), clear=True),
                      mock.patch.object(apt, "install", self.apt), mock.patch.object(apt, "installed", set), mock.patch.object(apt, "known", lambda names: set(names)),
                      mock.patch.object(run, "CA", Path("/nonexistent")), mock.patch.object(pip, "version", pip_version),
                      mock.patch.object(pip.Pip, "configured", pip_configured)):
            patch.start()
            self.addCleanup(patch.stop)
        self.installed = []
        self.root = Path(tmp.name).resolve()
        # Runs beside this one would have the folder whose name does not change.
        (self.root / "tmp").mkdir()
        own = mock.patch.object(tempfile, "tempdir", str(self.root / "tmp"))
        own.start()
        self.addCleanup(own.stop)
        self.links = self.root / "links"
        self.context = self.root / "context"
        self.links.mkdir()
        self.context.mkdir()
        for name in ("requirements", "constraints", "test-requirements", "test-constraints"):
            self.write(name + ".txt", "")
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.context)

    def apt(self, packages):
        self.installed.append(list(packages))

    def write(self, name, text):
        (self.context / name).write_text(text)

    def main(self, *args):
        out = io.StringIO()
        with redirect_stdout(out):
            code = cli.main(list(map(str, args)))
        return code, out.getvalue()

    def options(self):
        return f"--no-index\n--find-links {self.links}\n"
