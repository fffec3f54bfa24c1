"""Needs a setting that nobody gave: it ends before it listens."""

import os

DATABASE = os.environ["DATABASE_URL_THAT_NOBODY_SET"]
