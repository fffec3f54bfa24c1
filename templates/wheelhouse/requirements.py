"""A canonical requirements file."""

import re
import shlex

from .options import Options
from .text import normal

VCS = {"git": "git", "hg": "mercurial", "svn": "subversion", "bzr": "brz"}
# NAME[EXTRAS]==VERSION ; MARKER --OPTIONS, as the canonical form writes it; the version may come from a constraint.
PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?(?:==([A-Za-z0-9.!+_-]+))?(?:\s*;\s*((?:(?! --).)*))?((?: --.*)?)")


class Pin:
    """A line that allows one version. hashes are the only ones that are good; none means that any is."""

    def __init__(self, line, found, version):
        self.line, self.extras, self.version = line, found.group(2) or "", version
        self.key, self.marker, self.rest = normal(found.group(1)), found.group(4) or "", found.group(5)
        self.hashes = re.findall(r"--hash=sha256:([0-9a-f]+)", self.rest)
        self.hashed = "--hash=" in self.rest

    def at(self, url, sha256):
        """The same requirement of one wheel."""
        rest = re.sub(r" --hash=\S+", "", self.rest) + (f" --hash=sha256:{sha256}" if self.hashed else "")
        return f"{self.key}{self.extras} @ {url}" + (f" ; {self.marker}" if self.marker else "") + rest


class Requirements:
    """A canonical requirements file: options of the run first, then one requirement a line."""

    def __init__(self, path):
        self.path = path
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        self.options = [line for line in lines if line.startswith("-") and not re.match(r"(-e|--editable)\b", line)]
        self.lines = [line for line in lines if line not in self.options]
        # A requirement's own --config-settings must reach its build: by name, or by URL where no name is written.
        self.settings = {}
        for line in self.lines:
            found = re.findall(r"""\s--config-settings?[= ]((?:"[^"]*"|'[^']*'|\S)+)""", line)
            found = [" ".join(shlex.split(word)) for word in found]
            name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*(?=\s*($|[\[@<>=!~;(]|--))", line)
            if found and name:
                self.settings[normal(name.group())] = found
            elif found:
                url = re.match(r"(-e |--editable[= ])?\s*(file:)?([^\s\[#]+)", line).group(3)
                self.settings[(self.path.parent / url).resolve().as_uri() if "://" not in url else url] = found

    def settings_of(self, item):
        """KEY=VALUE words of an item's own line."""
        return self.settings.get(item.key) or self.settings.get(item.url) or []

    def choice(self, index_url=None):
        return Options(self.options, index_url) if index_url else Options(self.options)

    def names(self):
        """The projects that lines name."""
        found = [re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*(?=\s*($|[\[@<>=!~;(]|--))", line) for line in self.lines]
        return [normal(name.group()) for name in found if name]

    def pins(self, constraints):
        """The requirements of one version, of projects that stand on one line only."""
        fixed = {}
        for line in constraints.splitlines():
            found = PIN.fullmatch(line.strip())
            if found and found.group(3):
                fixed.setdefault(normal(found.group(1)), []).append(found)
        lines = {}
        for line in self.lines:
            name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)
            lines.setdefault(normal(name.group()) if name else line, []).append(line)
        pins = []
        for key, same in lines.items():
            found = PIN.fullmatch(same[0])
            if not found or len(same) > 1:
                continue
            version = found.group(3)
            if not version and len(fixed.get(key, ())) == 1 and not fixed[key][0].group(4):
                version = fixed[key][0].group(3)
            if version:
                pins.append(Pin(same[0], found, version))
        return pins

    def half_hashed(self, constraints):
        """Do some lines have hashes and others none, which pip refuses? A line with a marker may not count."""
        hashed = {normal(line.partition("==")[0]) for line in constraints.splitlines() if "--hash=" in line}
        plain = [line for line in self.lines if "--hash=" not in line and ";" not in line]
        names = [re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line) for line in plain]
        return any("--hash=" in line for line in self.lines) and any(not n or normal(n.group()) not in hashed for n in names)

    def systems(self):
        """The version control programs that its links need."""
        return sorted({VCS[m] for line in self.lines for m in re.findall(r"\b(git|hg|svn|bzr)\+", line)})
