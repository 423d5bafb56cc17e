"""Where things live in a checkout."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def data_dir() -> Path:
    """All state of this checkout; DATA_DIR chooses another place."""
    return Path(os.environ.get("DATA_DIR") or ROOT / ".data").absolute()
