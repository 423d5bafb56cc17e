"""`./dev reset`: the demo forgets everything. The environment stays."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from backend.local.databases import claimed
from backend.local.places import data_dir
from backend.local.trouble import Trouble

STATE = ("postgresql", "valkey", "media", "mail", "log", "prepared", "secret", "databases.json")


def reset(arguments: Sequence[str]) -> int:
    """Remove the state in `.data/`, having asked where there is somebody to ask."""
    if arguments:
        raise Trouble("./dev reset takes no arguments.")
    data = data_dir()
    with claimed("reset"):
        if not _agreed(data):
            print("Nothing was removed.")
            return 1
        for name in STATE:
            _remove(data / name)
    print(f"The demo's data in {data} is gone; the next ./dev run starts anew.")
    return 0


def _agreed(data: Path) -> bool:
    if not sys.stdin.isatty():
        return True
    answer = input(f"Remove the demo's database, its files and mails in {data}? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def _remove(path: Path) -> None:
    """A link is followed first: where root may not have a user namespace the data lies below /var/tmp."""
    if path.is_symlink():
        shutil.rmtree(path.resolve(), ignore_errors=True)
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
