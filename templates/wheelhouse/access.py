"""Logins of package indexes: where they are, and what pip keeps to itself when an index refuses or does not answer."""

import re
import shlex
from urllib.error import HTTPError
from urllib.parse import urlsplit

from .net import get
from .options import PYPI
from .run import NETRC, has_netrc
from .text import normal

# What pip says when no index has a file for it, an index that refused it among them; of files and git it says more.
NOTHING = re.compile(r"No matching distribution found for ([A-Za-z0-9][A-Za-z0-9._-]*)")
REFUSED = re.compile(r"HTTP error (401|403) while getting \S+?//(?:[^@/\s]*@)?([^/\s]+)"
                     r"|(?:Authentication failed|could not read Username) for '\S+?//(?:[^@/\s]*@)?([^/'\s]+)")
SILENT = re.compile(r"HTTPS?ConnectionPool\(host='([^']+)', port=\d+\): (?:Max retries exceeded|Read timed out)")
BROKEN = re.compile(r"after connection broken by")


def environment():
    """The variables that let programs find the logins. They name no file: what a package's own build starts
    inherits pip's variables."""
    env = {"GIT_TERMINAL_PROMPT": "0"}
    if has_netrc():
        env["HOME"] = str(NETRC.parent)
    return env


def failures(output, requirements):
    """What is wrong with servers, to the pip that ended with output: a line for each that refused access or does not answer,
    and the names of the latter.
    """
    found = {host or git: status or "401" for status, host, git in REFUSED.findall(output)}
    silent = dict.fromkeys(SILENT.findall(output), "no connection")
    missing, named = NOTHING.search(output), indexes(requirements)
    if missing and BROKEN.search(output) and not named:
        silent[urlsplit(PYPI).netloc] = "the connection breaks"
    for index in named if missing else []:
        host = urlsplit(index).netloc.rpartition("@")[2]
        if not host:
            continue
        status, why = ask(index.rstrip("/") + f"/{normal(missing.group(1))}/")
        if status in (401, 403):
            found[host] = status
        elif not status or status >= 500:
            silent[host] = why
    given = "the login that it was given" if has_netrc() else "no login"
    lines = [f"error: {host} refuses access ({status}) with {given}" for host, status in sorted(found.items())]
    return lines + [f"error: {host} cannot be reached: {why}" for host, why in sorted(silent.items())], sorted(silent)


def indexes(requirements):
    """The index URLs of a requirements file."""
    words = shlex.split("\n".join(line for line in requirements.splitlines() if line.startswith("-")))
    return [value for option, value in zip(words, words[1:]) if option in ("--index-url", "--extra-index-url")]


def ask(url):
    """The status that url is answered with, 0 for none, and what was wrong."""
    try:
        with get(url) as answer:
            return answer.status, ""
    except HTTPError as e:
        return e.code, f"it answers {e.code}"
    except OSError as e:
        return 0, str(getattr(e, "reason", e))
