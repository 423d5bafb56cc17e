"""The Node.js that runs the tests of our JavaScript: what is on PATH, else the wheel's."""

import re
import shutil
import subprocess
from pathlib import Path

from backend.local import wheels

OLDEST = 18  # the first with a test runner of its own


def find_node() -> Path | None:
    """A node that runs and is new enough."""
    on_path = shutil.which("node")
    for binary in (Path(on_path) if on_path else None, wheels.node_binary()):
        if binary and _major(binary) >= OLDEST:
            return binary
    return None


def _major(binary: Path) -> int:
    try:
        done = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v(\d+)", done.stdout)
    return int(found[1]) if found else 0
