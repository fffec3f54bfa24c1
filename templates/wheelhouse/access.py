"""Logins of package indexes: where they are, and what pip keeps to itself when an index refuses."""

import netrc
import re
import shlex
import ssl
from base64 import b64encode
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from .run import CA, has_ca

NETRC = Path("/root/.netrc")  # a secret of the build; pip, git and curl look there by themselves

# What pip says when no index has a file for it, an index that refused it among them; of files and git it says more.
NOTHING = re.compile(r"No matching distribution found for ([A-Za-z0-9][A-Za-z0-9._-]*)")
REFUSED = re.compile(r"HTTP error (401|403) while getting \S+?//(?:[^@/\s]*@)?([^/\s]+)"
                     r"|(?:Authentication failed|could not read Username) for '\S+?//(?:[^@/\s]*@)?([^/'\s]+)")


def environment():
    """The variables that let programs find the logins. They name no file: what a package's own build starts
    inherits pip's variables."""
    env = {"GIT_TERMINAL_PROMPT": "0"}
    if NETRC.is_file():
        env["HOME"] = str(NETRC.parent)
    return env


def refusals(output, requirements):
    """A line for each server that refused access to the pip that ended with output."""
    found = {host or git: status or "401" for status, host, git in REFUSED.findall(output)}
    missing = NOTHING.search(output)
    for index in indexes(requirements) if missing else []:
        status = ask(index.rstrip("/") + f"/{re.sub(r'[-_.]+', '-', missing.group(1)).lower()}/")
        if status in (401, 403):
            found[urlsplit(index).netloc.rpartition("@")[2]] = status
    given = "the login that it was given" if NETRC.is_file() else "no login"
    return [f"error: {host} refuses access ({status}) with {given}" for host, status in sorted(found.items())]


def indexes(requirements):
    """The index URLs of a requirements file."""
    words = shlex.split("\n".join(line for line in requirements.splitlines() if line.startswith("-")))
    return [value for option, value in zip(words, words[1:]) if option in ("--index-url", "--extra-index-url")]


def ask(url):
    """The status that url is answered with; 0 for none."""
    request = Request(url)
    login = netrc.netrc(str(NETRC)).authenticators(urlsplit(url).hostname) if NETRC.is_file() else None
    if login:
        request.add_unredirected_header("Authorization", "Basic " + b64encode(f"{login[0]}:{login[2]}".encode()).decode())
    try:
        with urlopen(request, timeout=20, context=ssl.create_default_context(cafile=str(CA) if has_ca() else None)) as answer:
            return answer.status
    except HTTPError as e:
        return e.code
    except (OSError, ValueError):
        return 0
