"""Directories for the servers' sockets.

They are in /tmp because a socket's path may have 107 bytes, and of our own making because /tmp is everyone's.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from backend.local import filelocks

HOME = Path("/tmp")  # noqa: S108 - mkdtemp below makes a closed directory with a new name
PREFIX = "entrepot-"


class SocketDirectory:
    """Locked as long as we live, so that the next one to make such a directory knows which were left behind."""

    def __init__(self, uid: int | None = None) -> None:
        _sweep()
        new = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=HOME))
        self._handle = (new / "lock").open("wb")
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        if uid is not None:
            os.chown(new, uid, uid)
        self.path = new.rename(HOME / new.name.removeprefix("."))

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self._handle.close()


def _sweep() -> None:
    for left in HOME.glob(f"{PREFIX}*/lock"):
        if os.access(left, os.R_OK) and left.stat().st_uid == os.geteuid() and filelocks.is_free(left):
            shutil.rmtree(left.parent, ignore_errors=True)
