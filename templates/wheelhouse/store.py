"""Finished wheels of before: those of an earlier wheelhouse, and those that earlier runs left on this machine."""

import json
import os
import shutil
import tempfile

from .files import sha256_of
from .text import say

SCHEMA = 2  # of manifest.json
LIMIT = 2_000_000_000  # bytes that the store on this machine may hold


class Found:
    """A wheel whose bytes were verified. built says whether this project's own builder made it, requirements of what version
    its build requirements were then.
    """

    def __init__(self, path, sha256, system=(), built=True, where="", requirements=()):
        self.path, self.sha256, self.system, self.built, self.where = path, sha256, list(system), built, where
        self.requirements = list(requirements)


class Earlier:
    """The wheelhouse of an earlier image: wheels by build key. Whatever is wrong with it, the run goes on without."""

    def __init__(self, folder):
        self.folder, self.packages, self.names, self.base = folder, {}, {}, None
        self.verified = {}
        if folder is None or not folder.is_dir():
            return
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            if manifest["schema"] != SCHEMA:
                raise ValueError(f"has schema {manifest['schema']}, not {SCHEMA}")
            self.base = manifest.get("base")
            for p in manifest["packages"]:
                self.packages[p["build_key"]] = {k: str(p[k]) for k in ("file", "sha256")}, list(p.get("system", [])), list(p.get("build_requirements", []))
                self.names[p["build_key"]] = str(p["name"]), str(p["version"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
            self.packages = {}
            say(f"note: the earlier wheelhouse cannot be used: manifest.json: {e}")

    def all(self):
        """The names and versions of the packages, sorted."""
        return sorted(name for key, name in self.names.items() if key in self.packages)

    def find(self, key):
        if key in self.verified or key not in self.packages:
            return self.verified.get(key)
        entry, system, requirements = self.packages[key]
        path = self.folder / os.path.basename(entry["file"])
        try:
            if sha256_of(path) == entry["sha256"]:
                self.verified[key] = Found(path, entry["sha256"], system, not key.startswith("sha256:"), "the earlier image", requirements)
                return self.verified[key]
            say(f"note: {path.name} of the earlier wheelhouse is damaged; it is not used")
        except OSError as e:
            say(f"note: {path.name} of the earlier wheelhouse is not used: {e.strerror}")
        del self.packages[key]
        return None


class Store:
    """A folder with one folder per build key: the wheel and entry.json. It outlives runs that fail or are killed."""

    def __init__(self, folder):
        self.folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def find(self, key):
        if self.folder is None:
            return None
        place = self.folder / key
        try:
            entry = json.loads((place / "entry.json").read_text(encoding="utf-8"))
            path = place / os.path.basename(entry["file"])
            if path.stat().st_size != entry["size"] or sha256_of(path) != entry["sha256"]:
                raise ValueError("the file is damaged")
            os.utime(place)
            return Found(path, entry["sha256"], entry["system"], where="an earlier run", requirements=entry.get("requirements", []))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as e:
            say(f"note: the stored wheel {key[:12]} is not used: {e}")
            shutil.rmtree(place, ignore_errors=True)
            return None

    def keep(self, key, wheel, sha256, system, requirements=()):
        """Adds a wheel, whole or not at all."""
        if self.folder is None or not key:
            return
        place = tempfile.mkdtemp(prefix="new-", dir=self.folder)
        try:
            shutil.copyfile(wheel, os.path.join(place, wheel.name))
            with open(os.path.join(place, "entry.json"), "w", encoding="utf-8") as f:
                json.dump({"file": wheel.name, "sha256": sha256, "size": wheel.stat().st_size, "system": system,
                           "requirements": list(requirements)}, f)
            os.rename(place, self.folder / key)
        except OSError as e:  # another run was first, or the disk is full: the wheel itself is safe
            shutil.rmtree(place, ignore_errors=True)
            if not (self.folder / key).exists():
                say(f"note: {wheel.name} could not be stored: {e.strerror}")

    def trim(self, limit=LIMIT):
        """Drops what was not used for longest, until the rest is within the limit."""
        if self.folder is None:
            return
        places = sorted((p for p in self.folder.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime, reverse=True)
        total = 0
        for place in places:
            total += sum(f.stat().st_size for f in place.iterdir())
            if total > limit:
                shutil.rmtree(place, ignore_errors=True)
