"""One package of a resolution: which version, from which artefact."""

from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import url2pathname

from .text import normal


class Item:
    """Has the fields of pip's installation report. sha256 is "" where the artefact cannot have one."""

    def __init__(self, name, version, url, sha256="", size=0, direct=False, vcs=None, subdirectory="", folder=False):
        self.key, self.version, self.url, self.sha256, self.size = normal(name), version, url, sha256, size
        self.direct, self.vcs, self.subdirectory, self.folder = direct, vcs, subdirectory or "", folder
        self.wheels_for = []  # the other Pythons that have a published wheel of it, as far as the index was asked
        self.id = self.key, url, (vcs or {}).get("commit_id"), self.subdirectory
        self.wheel = not folder and urlsplit(url).path.endswith(".whl")

    @classmethod
    def of_report(cls, entry):
        info = entry["download_info"]
        archive = info.get("archive_info", {})
        sha256 = archive.get("hashes", {}).get("sha256") or archive.get("hash", "").partition("sha256=")[2]
        return cls(entry["metadata"]["name"], entry["metadata"]["version"], info["url"], sha256, 0, entry.get("is_direct", False),
                   info.get("vcs_info"), info.get("subdirectory"), "dir_info" in info)

    def __str__(self):
        return f"{self.key} {self.version}"

    def requirement(self):
        """The line that gives pip this very artefact again."""
        below = f"&subdirectory={self.subdirectory}" if self.subdirectory else ""
        if self.vcs:
            # Not NAME @ URL, which refuses git+file://.
            return f"{self.vcs['vcs']}+{self.url}@{self.vcs['commit_id']}#egg={self.key}{below}"
        line = f"{self.key}=={self.version}"
        if self.direct:
            line = f"{self.key} @ {self.url}" + ("#" + below[1:] if below else "")
        return line + (f" --hash=sha256:{self.sha256}" if self.sha256 else "")

    def source(self, context):
        """Where it came from, without credentials and without paths of this machine."""
        parts = urlsplit(self.url)
        path = unquote(parts.path)
        if parts.scheme != "file":
            url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        elif path.startswith(f"{context}/"):
            url = "." + path[len(str(context)):]
        else:
            url = "file:" + Path(path).name
        return f"{self.vcs['vcs']}+{url}@{self.vcs['commit_id']}" if self.vcs else url

    def path(self):
        """Its place on this machine, or None."""
        parts = urlsplit(self.url)
        return Path(url2pathname(parts.path)) if parts.scheme == "file" else None
