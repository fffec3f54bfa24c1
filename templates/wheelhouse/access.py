"""Logins of package indexes: where they are, and what pip keeps to itself when an index refuses."""

import re
import shlex
from urllib.error import HTTPError
from urllib.parse import urlsplit

from .net import get
from .run import NETRC, has_netrc
from .text import normal

# What pip says when no index has a file for it, an index that refused it among them; of files and git it says more.
NOTHING = re.compile(r"No matching distribution found for ([A-Za-z0-9][A-Za-z0-9._-]*)")
REFUSED = re.compile(r"HTTP error (401|403) while getting \S+?//(?:[^@/\s]*@)?([^/\s]+)"
                     r"|(?:Authentication failed|could not read Username) for '\S+?//(?:[^@/\s]*@)?([^/'\s]+)")


def environment():
    """The variables that let programs find the logins. They name no file: what a package's own build starts
    inherits pip's variables."""
    env = {"GIT_TERMINAL_PROMPT": "0"}
    if has_netrc():
        env["HOME"] = str(NETRC.parent)
    return env


def refusals(output, requirements):
    """A line for each server that refused access to the pip that ended with output."""
    found = {host or git: status or "401" for status, host, git in REFUSED.findall(output)}
    missing = NOTHING.search(output)
    for index in indexes(requirements) if missing else []:
        status = ask(index.rstrip("/") + f"/{normal(missing.group(1))}/")
        if status in (401, 403):
            found[urlsplit(index).netloc.rpartition("@")[2]] = status
    given = "the login that it was given" if has_netrc() else "no login"
    return [f"error: {host} refuses access ({status}) with {given}" for host, status in sorted(found.items())]


def indexes(requirements):
    """The index URLs of a requirements file."""
    words = shlex.split("\n".join(line for line in requirements.splitlines() if line.startswith("-")))
    return [value for option, value in zip(words, words[1:]) if option in ("--index-url", "--extra-index-url")]


def ask(url):
    """The status that url is answered with; 0 for none."""
    try:
        with get(url) as answer:
            return answer.status
    except HTTPError as e:
        return e.code
    except OSError:
        return 0
