"""Asks the package indexes of a requirements file which files a project has (PEP 503, PEP 691)."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urljoin, urlsplit
from urllib.request import url2pathname

from .files import sha256_of
from .net import get
from .text import normal

JSON = "application/vnd.pypi.simple.v1+json"
ACCEPT = JSON + ", application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


class File:
    """A file of a project: an sdist or a wheel."""

    def __init__(self, name, url, sha256="", size=0, requires_python="", uploaded=""):
        self.name, self.url, self.sha256, self.size, self.requires_python = name, url, sha256, size, requires_python
        self.uploaded = uploaded  # RFC 3339, UTC; "" where the index does not tell
        stem = re.sub(r"\.(whl|tar\.gz|zip)$", "", name)
        self.wheel = name.endswith(".whl")
        self.sdist = stem != name and not self.wheel
        parts = stem.split("-") if self.wheel else stem.rsplit("-", 1)
        self.project, self.version = normal(parts[0]), parts[1] if len(parts) > 1 else ""


class Index:
    """The places that pip would look at. Every trouble is an OSError or a ValueError: ask pip then."""

    def __init__(self, options):
        self.indexes = [] if options.no_index else [options.index_url, *options.extra_index_urls]
        self.links = options.find_links

    def files(self, project):
        found = []
        for index in self.indexes:
            found += page(index.rstrip("/") + f"/{project}/")
        for link in self.links:
            found += folder(link) if is_local(link) else page(link)
        return [f for f in found if f.project == project and f.version]


def page(url):
    with get(url, ACCEPT) as response:
        base, kind = response.geturl(), response.headers.get_content_type()
        text = response.read().decode("utf-8", "replace")
    if kind == JSON:
        return [File(f["filename"], urljoin(base, f["url"]), f["hashes"].get("sha256", ""), f.get("size") or 0,
                     f.get("requires-python") or "", f.get("upload-time") or "") for f in json.loads(text)["files"]]
    links = Links(base)
    links.feed(text)
    return links.found


def is_local(link):
    return urlsplit(link).scheme in ("", "file")


def folder(link):
    parts = urlsplit(link)
    path = Path(url2pathname(parts.path) if parts.scheme else link)
    files = sorted(path.iterdir()) if path.is_dir() else []
    return [File(p.name, p.resolve().as_uri(), sha256_of(p), p.stat().st_size) for p in files if p.is_file()]


class Links(HTMLParser):
    def __init__(self, base):
        super().__init__()
        self.base, self.found = base, []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "base" and attrs.get("href"):
            self.base = urljoin(self.base, attrs["href"])
        if tag == "a" and attrs.get("href"):
            url = urljoin(self.base, attrs["href"])
            parts = urlsplit(url)
            self.found.append(File(unquote(parts.path.rpartition("/")[2]), url.partition("#")[0],
                                   parse_qs(parts.fragment).get("sha256", [""])[0],
                                   requires_python=attrs.get("data-requires-python") or ""))
