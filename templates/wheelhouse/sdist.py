"""Unpacks source archives, which strangers wrote."""

import os
import tarfile
import zipfile
from pathlib import Path

from .run import Failure


def unpack(archive, folder):
    """Unpacks an archive below a new folder; gives the project's root in it."""
    folder.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(archive):
            unzip(archive, folder)
        else:
            untar(archive, folder)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as e:
        raise Failure(f"error: unpacking {archive.name}: {e}") from None
    found = list(folder.iterdir())
    return found[0] if len(found) == 1 and found[0].is_dir() else folder


def untar(archive, folder):
    with tarfile.open(archive) as t:
        for member in t.getmembers():
            if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
                raise tarfile.TarError(f"{member.name} is neither a file, a folder nor a link")
            check(folder, member.name)
            if member.issym():
                check(folder, os.path.join(os.path.dirname(member.name), member.linkname))
            elif member.islnk():
                check(folder, member.linkname)
        # Newer Pythons check again, and leave owners alone.
        t.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))


def unzip(archive, folder):
    with zipfile.ZipFile(archive) as z:
        for entry in z.infolist():
            check(folder, entry.filename)
            path = Path(z.extract(entry, folder))
            if entry.external_attr >> 16 & 0o100 and path.is_file():
                path.chmod(0o755)


def check(folder, name):
    if os.path.isabs(name) or os.path.normpath(name).split(os.sep)[0] == os.pardir:
        raise tarfile.TarError(f"{name} leads out of the archive")
