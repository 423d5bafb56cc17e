"""The port of `./dev run`: free, or named together with who has it. Never changed silently."""

import errno
import os
import re
import socket
from pathlib import Path

from backend.local.trouble import Trouble

LISTENING = "0A"  # the state in /proc/net/tcp


def chosen_port() -> int:
    """PORT, else 8000."""
    given = os.environ.get("PORT") or "8000"
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 65535:
        raise Trouble(f"PORT is {given!r}; it has to be a number from 1 to 65535.")
    return int(given)


def require_free(port: int) -> None:
    """Raise Trouble if we cannot listen there."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except PermissionError:
            raise Trouble(f"Port {port} is for root only. Choose one from 1024 up: PORT=8000 ./dev run") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Trouble(_taken(port)) from None
            # No such family here, as where IPv6 is off: then nobody listens there either.


def _taken(port: int) -> str:
    holder = _listener(port)
    by = f" by {holder}" if holder else ""
    other = port + 1 if port < 65535 else 8000
    return f"Port {port} is taken{by}.\nStop that, or choose another port: PORT={other} ./dev run"


def _listener(port: int) -> str:
    """Such as `python (pid 17: python -m http.server)`; empty where /proc does not show it to us."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for process in Path("/proc").glob("[0-9]*") if sockets else ():
        try:
            if any(os.readlink(handle) in sockets for handle in (process / "fd").iterdir()):
                return _described(process)
        except OSError:  # ended meanwhile, or another user's
            continue
    return ""


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes


def _described(process: Path) -> str:
    name = (process / "comm").read_text().strip()
    command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return f"{name} (pid {process.name}: {_without_secrets(command)[:100]})"


def _without_secrets(command: str) -> str:
    return re.sub(r"://[^@\s/]+@", "://***@", command)
