"""Runs commands; what fails is a Failure."""

import os
import re
import subprocess
from pathlib import Path

CA = Path("/run/secrets/ca")
NETRC = Path("/root/.netrc")  # a secret too; pip, git and curl look there by themselves
TAIL = 60  # lines of a failed command's output that are shown


class Failure(Exception):
    """Ends the program with exit 1 and this text."""


class CommandFailed(Failure):
    def __init__(self, doing, output, notes=(), hint=""):
        super().__init__("\n".join([relevant(output), "", *notes, f"error: {doing} failed", *(["hint: " + hint] if hint else [])]))
        self.output = output


def run(command, doing, env=None):
    """Runs a command and gives its output; its own words are shown only when it fails."""
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", errors="replace", check=False)
    if done.returncode:
        raise CommandFailed(doing, done.stdout)
    return done.stdout


def relevant(output):
    """The end of a failed command's output, from its first error on."""
    lines = [line for line in output.splitlines() if line.strip() and not re.match(r"\s*(note|hint|\[notice\])", line)]
    first = next((i for i, line in enumerate(lines) if re.match(r"\s*(ERROR|error|E):", line)), 0)
    lines = lines[first:]
    return "\n".join(lines if len(lines) <= TAIL else ["…", *lines[-TAIL:]])


def has_ca():
    return CA.is_file() and CA.stat().st_size > 0


def has_netrc():
    return os.path.isfile(NETRC)
