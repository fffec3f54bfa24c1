"""What the project's configuration says about builds: settings.json in the context, which may be absent."""

import json

from .run import Failure
from .text import normal


class Settings:
    def __init__(self, build_env=None, config_settings=None, skip_imports=(), build_constraints=(), uploaded_before=""):
        self.build_env = dict(build_env or {})
        self.config_settings = {normal(k): list(v) for k, v in (config_settings or {}).items()}
        self.skip_imports = list(skip_imports)
        self.build_constraints = list(build_constraints)
        self.uploaded_before = uploaded_before  # RFC 3339, UTC; "" = packages of any age are taken

    @classmethod
    def read(cls, path):
        if not path.exists():
            return cls()
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, AttributeError) as e:
            raise Failure(f"error: {path.name}: {e}; the program and the one who wrote that file are of different versions") from None
