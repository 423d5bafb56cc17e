"""The databases of `./dev run` and `./dev manage`: those that the environment names, else our own."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backend.local import filelocks
from backend.local.given import given_env
from backend.local.places import data_dir
from backend.local.servers import DEMO, Servers, Service, demo_postgres, demo_valkey
from backend.local.trouble import Trouble

START_S = 90.0
WAIT_S = 0.2


@dataclass
class Databases:
    """Where they are, and those that we run ourselves."""

    env: dict[str, str]
    services: list[Service] = field(default_factory=list)

    @property
    def are_ours(self) -> bool:
        """Whether PostgreSQL is the embedded one, so that nobody else can have changed it."""
        return any(service.running.program.name == "postgres" for service in self.services)


@contextlib.contextmanager
def claimed(command: str) -> Iterator[None]:
    """The demo's data is ours alone for the length of the block; Trouble if somebody has it."""
    try:
        with _locked(command):
            yield
    except filelocks.Taken as taken:
        other, pid = _holder(taken)
        raise Trouble(f"`./dev {other}` is running in this checkout (pid {pid}). Stop it first.") from None


@contextlib.contextmanager
def started() -> Iterator[Databases]:
    """Those that the environment names, and ours for the rest. The caller has claimed the data."""
    given, data, servers = given_env(), data_dir(), Servers()
    with contextlib.ExitStack() as stack:
        stack.callback(servers.stop)
        if "DATABASE_URL" not in given:
            servers.start_postgres(demo_postgres(data), DEMO)
        if "REDIS_URL" not in given:
            servers.start_valkey(demo_valkey(data))
        env = servers.env | given
        stack.enter_context(_published(env))
        yield Databases(env, servers.services)


@contextlib.contextmanager
def for_manage() -> Iterator[Databases]:
    """The databases of the `./dev run` that is up, else started for the length of the block."""
    while True:
        try:
            with _locked("manage"), started() as databases:
                yield databases
                return
        except filelocks.Taken as taken:
            command, pid = _holder(taken)
        if command == "run":
            yield Databases(_addresses_of(pid) | given_env())
            return
        print(f"Waiting for `./dev {command}` (pid {pid}) …", file=sys.stderr, flush=True)
        while not filelocks.is_free(_lock()):
            time.sleep(WAIT_S)


@contextlib.contextmanager
def _published(env: dict[str, str]) -> Iterator[None]:
    """Say where they are to `./dev manage` in another terminal; only our own user may read it."""
    file = _addresses()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump({"pid": os.getpid(), "env": env}, out)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _addresses_of(pid: int) -> dict[str, str]:
    """What the `./dev run` with this pid has published; it may be starting still."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            published = json.loads(_addresses().read_text())
            if published["pid"] == pid:
                return dict(published["env"])
        time.sleep(0.1)
    raise Trouble(f"`./dev run` (pid {pid}) has not started its databases within {START_S:.0f} s.")


def _locked(command: str) -> contextlib.AbstractContextManager[None]:
    return filelocks.held(_lock(), f"{command} {os.getpid()}")


def _holder(taken: filelocks.Taken) -> tuple[str, int]:
    command, _, pid = taken.holder.partition(" ")
    return command or "run", int(pid or 0)


def _lock() -> Path:
    return data_dir() / "databases.lock"


def _addresses() -> Path:
    return data_dir() / "databases.json"
