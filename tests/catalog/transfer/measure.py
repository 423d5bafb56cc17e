"""A worker's process that does one import and says what it cost: `python -m tests.catalog.transfer.measure ID`."""

import os
import resource
import sys

import django


def main(import_id: int) -> None:
    """Prints the highest memory of this process in KB."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    django.setup()
    from backend.catalog.transfer.running import run_to_its_end

    run_to_its_end(import_id)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main(int(sys.argv[1]))
