"""A PEP 517 build backend that lies in the sdist itself and needs nothing but a C compiler.

It compiles the one .c file beside it into one extension module, linked with the
libraries that pyproject.toml names under [tool.backend].
"""

import base64
import hashlib
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = Path(folder) / (stem() + ".dist-info")
    info.mkdir()
    for name, text in metadata().items():
        (info / name).write_text(text)
    return info.name


def build_wheel(folder, config_settings=None, metadata_directory=None):
    module = setting("name").replace("-", "_")
    minor = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    wheel = f"{stem()}-{minor}-{minor}-{platform()}.whl"
    files = {f"{stem()}.dist-info/{name}": text.encode() for name, text in metadata().items()}
    files[module + sysconfig.get_config_var("EXT_SUFFIX")] = compiled()
    record = f"{stem()}.dist-info/RECORD"
    lines = [f"{name},sha256={digest(data)},{len(data)}" for name, data in sorted(files.items())]
    files[record] = ("\n".join([*lines, record + ",,"]) + "\n").encode()
    with zipfile.ZipFile(Path(folder) / wheel, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(entry, data)
    return wheel


def compiled():
    source, = HERE.glob("*.c")
    with tempfile.TemporaryDirectory() as out:
        target = Path(out) / "module.so"
        command = ["cc", "-shared", "-fPIC", "-O2", "-Wall", *shlex.split(os.environ.get("CFLAGS", "")),
                   "-I" + sysconfig.get_path("include"), source.name, "-o", str(target),
                   *("-l" + name for name in libraries())]
        print(shlex.join(command), flush=True)
        subprocess.run(command, cwd=HERE, check=True)
        return target.read_bytes()


def metadata():
    minor = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    return {
        "METADATA": f"Metadata-Version: 2.1\nName: {setting('name')}\nVersion: {setting('version')}\n",
        "WHEEL": f"Wheel-Version: 1.0\nGenerator: backend\nRoot-Is-Purelib: false\nTag: {minor}-{minor}-{platform()}\n",
    }


def platform():
    return re.sub(r"[-.]", "_", sysconfig.get_platform())


def stem():
    return f"{setting('name').replace('-', '_')}-{setting('version')}"


def setting(key):
    return re.search(rf'^{key} = "(.*)"$', text(), re.M).group(1)


def libraries():
    found = re.search(r"^libraries = \[(.*)\]$", text(), re.M)
    return re.findall(r'"(.*?)"', found.group(1)) if found else []


def text():
    return (HERE / "pyproject.toml").read_text()


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
