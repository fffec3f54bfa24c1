"""Words for people, and how names are written."""

import re
import sys
import time


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def count(things, word):
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def since(start):
    seconds = time.monotonic() - start
    return f"{seconds:.1f}s" if seconds < 60 else f"{int(seconds) // 60}m{int(seconds) % 60:02d}s"


def say(text):
    sys.stdout.write(text + "\n")  # one write, for threads
    sys.stdout.flush()
