"""A canonical requirements file."""

import re

from .text import normal

VCS = {"git": "git", "hg": "mercurial", "svn": "subversion", "bzr": "brz"}


class Requirements:
    """A canonical requirements file: options of the run first, then one requirement a line."""

    def __init__(self, path):
        self.path = path
        lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
        self.options = [line for line in lines if line.startswith("-") and not re.match(r"(-e|--editable)\b", line)]
        self.lines = [line for line in lines if line not in self.options]
        # A requirement's own --config-settings must reach its build: by name, or by URL where no name is written.
        self.settings = {}
        for line in self.lines:
            found = re.findall(r"""\s(--config-settings?[= ](?:"[^"]*"|'[^']*'|\S)+)""", line)
            name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*(?=\s*($|[\[@<>=!~;(]|--))", line)
            if found and name:
                self.settings[normal(name.group())] = found
            elif found:
                path = re.match(r"(-e |--editable[= ])?\s*(file:)?([^\s\[#]+)", line).group(3)
                self.settings[(self.path.parent / path).resolve().as_uri() if "://" not in path else path] = found

    def settings_of(self, item):
        return self.settings.get(item.key) or self.settings.get(item.url) or []

    def must_compile(self):
        return any(line.startswith("--no-binary") and not line.endswith(":none:") for line in self.options)

    def systems(self):
        """The version control programs that its links need."""
        return sorted({VCS[m] for line in self.lines for m in re.findall(r"\b(git|hg|svn|bzr)\+", line)})
