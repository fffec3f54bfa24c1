"""Gets files over http(s) with the CA bundle, the proxies and the netrc file that the build has."""

import hashlib
import netrc
import socket
import ssl
import threading
from base64 import b64encode
from functools import lru_cache
from urllib.error import URLError
from urllib.request import BaseHandler, HTTPSHandler, Request, build_opener

from .run import CA, NETRC, Failure, has_ca, has_netrc

TIMEOUT = 20  # seconds without a byte


class Addresses:
    """Looks a host up once, though each file has a connection of its own.

    Networks of containers lose some of many lookups at once, and each that is lost is asked again after five seconds.
    """

    def __init__(self, ask):
        self.ask, self.known, self.lock = ask, {}, threading.Lock()

    def __call__(self, *args, **kwargs):
        key = args, tuple(sorted(kwargs.items()))
        with self.lock:
            if key not in self.known:
                self.known[key] = self.ask(*args, **kwargs)
            return self.known[key]


socket.getaddrinfo = Addresses(socket.getaddrinfo)


class Netrc(BaseHandler):
    """Adds the host's credentials to each request, so that a redirect never carries them to another host."""

    def http_request(self, request):
        found = self.find(request.host.partition(":")[0])
        if found:
            text = b64encode(f"{found[0]}:{found[2]}".encode()).decode()
            request.add_unredirected_header("Authorization", "Basic " + text)
        return request

    https_request = http_request

    @staticmethod
    def find(host):
        try:
            return netrc.netrc(str(NETRC)).authenticators(host) if has_netrc() else None
        except (OSError, netrc.NetrcParseError):
            return None


@lru_cache(maxsize=None)
def opener(cafile):
    """Reading a CA bundle takes as long as a small page."""
    return build_opener(HTTPSHandler(context=ssl.create_default_context(cafile=cafile)), Netrc())


def get(url, accept="*/*"):
    """Opens url; OSError where that fails."""
    try:
        return opener(str(CA) if has_ca() else None).open(Request(url, headers={"Accept": accept, "User-Agent": "gcpdeploy"}), timeout=TIMEOUT)
    except ValueError as e:  # no URL at all
        raise URLError(str(e)) from None


def download(url, path, sha256):
    """Writes the file at url to path; a Failure when it is another file than the one of that hash."""
    found = hashlib.sha256()
    with get(url) as response, path.open("wb") as f:
        for block in iter(lambda: response.read(1 << 18), b""):
            found.update(block)
            f.write(block)
    if found.hexdigest() != sha256:
        raise Failure(f"error: {path.name} is not the file that was resolved: sha256 {found.hexdigest()}, not {sha256}")
