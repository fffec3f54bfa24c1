"""The user that the app runs as."""

import os
import shutil
from pathlib import Path

from .files import settle

UID = 10001


def add(home, out=None):
    """Makes the user that the app runs as, and its folder; out gets a copy of what changed."""
    changed = [home]
    for path, line in (("/etc/group", f"app:x:{UID}:"), ("/etc/passwd", f"app:x:{UID}:{UID}::{home}:/usr/sbin/nologin")):
        text = Path(path).read_text()
        if f":{UID}:" not in text:
            Path(path).write_text(text.rstrip("\n") + "\n" + line + "\n")
            changed.append(Path(path))
    home.mkdir(exist_ok=True)
    os.chown(home, UID, UID)
    if out:
        for path in changed:
            copy(path, out)
        settle(out)


def copy(path, out):
    """Copies a file, or a folder without what is in it, with its place and its owner."""
    to = out / path.relative_to("/")
    for folder in reversed(list(path.parents)[:-1]):
        if not (out / folder.relative_to("/")).exists():
            copy(folder, out)
    if path.is_dir():
        to.mkdir(parents=True)
    else:
        shutil.copyfile(str(path), str(to))
    stat = path.stat()
    os.chown(str(to), stat.st_uid, stat.st_gid)
    shutil.copymode(str(path), str(to))
