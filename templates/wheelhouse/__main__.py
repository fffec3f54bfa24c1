"""Runs the folder: `python3 wheelhouse COMMAND ...`, from wherever it is mounted."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the folder may be read-only, and a layer must not get more than its command made
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from wheelhouse.cli import main

sys.exit(main())
