"""What the project's configuration says about builds: settings.json in the context, which may be absent."""

import json

from .run import Failure
from .text import normal


class Settings:
    def __init__(self, build_env=None, config_settings=None, skip_imports=(), build_constraints=(), uploaded_before="",
                 lock_build_requirements=None):
        self.build_env = dict(build_env or {})
        self.config_settings = {normal(k): list(v) for k, v in (config_settings or {}).items()}
        self.skip_imports = list(skip_imports)
        self.build_constraints = list(build_constraints)
        # By NAME==VERSION: the build requirements of an earlier build, as its manifest has them.
        self.lock = {normal(k): sorted(v) for k, v in (lock_build_requirements or {}).items()}
        self.uploaded_before = uploaded_before  # RFC 3339, UTC; "" = packages of any age are taken

    def pins(self, item):
        """The locked build requirements of an item; [] for none."""
        return self.lock.get(normal(f"{item.key}=={item.version}"), [])

    def all_pins(self):
        """Those of all items, for a pip that builds several; without tools of which there is more than one version."""
        versions = {}
        for pin in {pin for pins in self.lock.values() for pin in pins}:
            versions.setdefault(pin.partition("==")[0], []).append(pin)
        return sorted(pins[0] for pins in versions.values() if len(pins) == 1)

    @classmethod
    def read(cls, path):
        if not path.exists():
            return cls()
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, AttributeError) as e:
            raise Failure(f"error: {path.name}: {e}; the program and the one who wrote that file are of different versions") from None
