"""Build keys: two wheels of one build key are as good as each other; name and version alone decide nothing."""

import hashlib
import json
import os
import sys
import sysconfig

from .files import sha256_of

VERSION = 1  # of the way in which this program builds; raise it when wheels come out otherwise


class Keys:
    """Makes the build keys of one run."""

    def __init__(self, base, pip_version, settings, all_from_source=False):
        self.settings = settings
        self.common = {
            "version": VERSION, "base": base, "pip": pip_version, "env": settings.build_env,
            "tag": sys.implementation.cache_tag, "soabi": sysconfig.get_config_var("SOABI"), "platform": sysconfig.get_platform(),
            "constraints": sorted(settings.build_constraints), "tools": "source" if all_from_source else "wheels",
        }

    def of(self, item, packages, config_settings, context, pins=()):
        """The build key of an item, or "" when it has nothing that could be told from another of its name. pins are its
        locked build requirements.
        """
        if item.wheel:
            return "sha256:" + item.sha256 if item.sha256 else ""
        if item.vcs:
            artefact = item.source(context)
        elif item.folder:
            artefact = "tree:" + tree_hash(item.path())
        elif item.sha256:
            artefact = "sha256:" + item.sha256
        else:
            return ""
        fields = dict(self.common, artefact=artefact, below=item.subdirectory, packages=sorted(packages), settings=config_settings)
        if pins:
            fields["pins"] = sorted(pins)
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def tree_hash(folder):
    """Hashes names, modes, links and bytes below a folder, without what running and version control leave there."""
    lines = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in (".git", ".hg", ".svn", "__pycache__"))
        for name in sorted([*files, *(f for f in folders if os.path.islink(os.path.join(root, f)))]):
            path = os.path.join(root, name)
            if name.endswith(".pyc"):
                continue
            if os.path.islink(path):
                what = ["link", os.readlink(path)]
            else:
                what = ["x" if os.stat(path).st_mode & 0o100 else "-", sha256_of(path)]
            lines.append([os.path.relpath(path, folder), *what])
    return hashlib.sha256(json.dumps(sorted(lines)).encode()).hexdigest()
