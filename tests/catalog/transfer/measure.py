"""A worker's process that does one import and says what it cost: `python -m tests.catalog.transfer.measure ID`."""

import os
import re
import sys
from pathlib import Path

import django

# Not getrusage's: that counts the process that this one was forked from.
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def main(import_id: int) -> None:
    """Prints the highest memory of this process in KB."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    django.setup()
    from backend.catalog.transfer.running import run_to_its_end

    run_to_its_end(import_id)
    print(PEAK.findall(Path("/proc/self/status").read_text())[0])


if __name__ == "__main__":
    main(int(sys.argv[1]))
