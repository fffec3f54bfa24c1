"""The user that the app runs as."""

import os
from pathlib import Path

UID = 10001


def add(home):
    """Makes the user that the app runs as, and its folder."""
    for path, line in (("/etc/group", f"app:x:{UID}:"), ("/etc/passwd", f"app:x:{UID}:{UID}::{home}:/usr/sbin/nologin")):
        text = Path(path).read_text()
        if f":{UID}:" not in text:
            Path(path).write_text(text.rstrip("\n") + "\n" + line + "\n")
    home.mkdir(exist_ok=True)
    os.chown(home, UID, UID)
