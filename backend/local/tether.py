"""Runs a command that dies with the process that started it, even when that one is killed.

Run as a script, after `unshare` and in the very process that becomes the command, because the
kernel forgets the death signal when credentials change:

    python -I -S tether.py SIGNAL PARENT UID COMMAND…

UID `-` keeps the current user. The kernel ties the signal to the parent *thread*: start children
from a thread that lives as long as the supervisor does.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(uid: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def tie(death_signal: int, parent: int) -> None:
    """Ask the kernel for the signal; a parent that died meanwhile ends us at once."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(128 + signal.SIGKILL)


def main(death_signal: str, parent: str, uid: str, *command: str) -> None:
    if uid != "-":
        become(int(uid))
    tie(int(death_signal), int(parent))
    try:
        os.execvp(command[0], command)  # noqa: S606 - becoming the command is the point
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
