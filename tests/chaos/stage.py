"""The real processes: PostgreSQL, Valkey behind the tap, two servers, the relays. All of them die with us."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psycopg

from backend.local import valkey
from backend.local.account import account_for
from backend.local.children import Program, Running, start, stop
from backend.local.places import ROOT
from backend.local.postgres import APPLICATION, OWNER, SUPERUSER, Postgres
from backend.local.servers import postgres_install
from backend.local.sockets import SocketDirectory
from backend.local.throwaway import TEST, run_directory
from backend.local.valkey import Valkey
from tests.chaos.tap import Tap

WEB = ("-m", "realtime.server")
RELAY = ("manage.py", "relay")
WEBS = ("web1", "web2")
RELAYS = tuple(f"relay{number}" for number in range(1, int(os.environ.get("RELAY_SHARDS") or 1) + 2))
"""One more than there are shards to lead: somebody stands by."""
READY_S = 60.0
STOP_S = 5.0
POLL_S = 0.05


@dataclass
class Process:
    """One of ours. `env` may be changed between two lives."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str]
    log: Path
    running: Running | None = None

    @property
    def pid(self) -> int:
        return self.running.process.pid if self.running else 0

    def start(self) -> None:
        program = Program(self.name, (sys.executable, *self.command), env=self.env)
        with self.log.open("ab") as log:
            self.running = start(program, log, cwd=ROOT)

    def signal(self, number: signal.Signals) -> None:
        if self.running:
            self.running.signal(number)

    def kill(self) -> None:
        """As the kernel would: no farewell."""
        if self.running:
            self.running.kill()
            self.running.process.wait()

    async def end(self) -> None:
        """Asked politely; killed after STOP_S seconds."""
        if self.running:
            await asyncio.to_thread(stop, [self.running], deadline_s=STOP_S)


@dataclass
class Stage:
    """Everything that a fault may hit."""

    postgres: Postgres
    valkey: Valkey
    tap: Tap
    processes: dict[str, Process]
    ports: dict[str, int]
    copies: Path
    postgres_running: Running
    valkey_running: Running

    # --- What runs
    def start(self, *names: str) -> None:
        for name in names:
            self.processes[name].start()

    async def until_ready(self) -> None:
        """Every server answers, the databases too, and somebody leads."""
        for name in WEBS:
            await self.until_web_ready(name)
        async with asyncio.timeout(READY_S):
            while not await self.leader():
                for name in RELAYS:
                    self._revive(name)
                await asyncio.sleep(POLL_S)

    async def until_web_ready(self, name: str) -> None:
        async with asyncio.timeout(READY_S), aiohttp.ClientSession() as http:
            while not await _is_ready(http, self.ports[name]):
                self._revive(name)
                await asyncio.sleep(POLL_S)

    def restart_skewed(self, name: str, offset_s: int) -> None:
        """Its clock is wrong until `right_clocks`."""
        process = self.processes[name]
        process.env = {**process.env, "CLOCK_SKEW_S": str(offset_s)}
        process.start()

    async def right_clocks(self) -> None:
        for process in self.processes.values():
            if process.env.pop("CLOCK_SKEW_S", None):
                await process.end()
                process.start()
        await self.until_ready()

    def _revive(self, name: str) -> None:
        """What died of a fault (a server that can't reach its database when it starts) is started again."""
        running = self.processes[name].running
        if running is None or running.process.poll() is not None:
            self.processes[name].start()

    async def leader(self) -> str:
        """The relay that holds the leader's lock; empty while there is none."""
        return await asyncio.to_thread(self._leader)

    def _leader(self) -> str:
        with contextlib.suppress(psycopg.Error), self.admin() as wire:
            row = wire.execute(
                "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE locktype = 'advisory' AND granted AND application_name LIKE 'relay%' LIMIT 1"
            ).fetchone()
            return str(row[0]) if row else ""
        return ""

    @contextlib.contextmanager
    def admin(self) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        url = self.postgres.url(SUPERUSER, TEST)
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as wire:
            yield wire

    def forget_sessions_of(self, name: str) -> None:
        """What PostgreSQL does when a host has not answered its keepalives."""
        with contextlib.suppress(psycopg.Error), self.admin() as wire:
            wire.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [name])

    # --- The databases
    def kill_valkey(self) -> None:
        self.valkey_running.kill()
        self.valkey_running.process.wait()

    async def start_valkey(self) -> None:
        self.valkey_running = await asyncio.to_thread(self.valkey.start)

    def copy_valkey(self, name: str) -> None:
        """What would be on the disk if the machine stopped now."""
        shutil.rmtree(self.copies / name, ignore_errors=True)
        shutil.copytree(self.valkey.data, self.copies / name)

    def restore_valkey(self, name: str = "") -> None:
        """Puts a copy in place of what the killed server has written; no name: nothing at all."""
        shutil.rmtree(self.valkey.data, ignore_errors=True)
        if name and (self.copies / name).exists():
            shutil.copytree(self.copies / name, self.valkey.data)

    def kill_postgres(self) -> None:
        self.postgres_running.kill()
        self.postgres_running.process.wait()

    async def start_postgres(self) -> None:
        """As soon as the last process of the killed one has noticed: they share memory."""
        while _has_left(self.postgres.data):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(POLL_S)
        self.postgres_running = await asyncio.to_thread(self.postgres.start)

    async def close(self) -> None:
        everything = [one.running for one in self.processes.values() if one.running]
        for running in everything:
            running.signal(signal.SIGCONT)
        await asyncio.to_thread(stop, everything, deadline_s=STOP_S)
        await asyncio.to_thread(stop, [self.valkey_running, self.postgres_running], deadline_s=STOP_S)


def _has_left(data: Path) -> bool:
    """Whether any process still lives in this directory."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").resolve(strict=True) == data.resolve():
                return True
    return False


async def _is_ready(http: aiohttp.ClientSession, port: int) -> bool:
    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with http.get(f"http://127.0.0.1:{port}/readyz", timeout=aiohttp.ClientTimeout(total=3)) as answer:
            return answer.status == 200
    return False


@dataclass(frozen=True)
class Ground:
    """Both databases, running, on a directory of this run's own."""

    postgres: Postgres
    valkey: Valkey
    started: tuple[Running, Running]
    run: Path
    sockets: Path

    @property
    def tap(self) -> Path:
        return self.sockets / "tap.sock"

    @property
    def env(self) -> dict[str, str]:
        """What every process of ours reads."""
        return {
            **os.environ,
            "DATABASE_URL": self.postgres.url(APPLICATION, TEST),
            "DATABASE_OWNER_URL": self.postgres.url(OWNER, TEST),
            "REDIS_URL": f"unix://{self.tap}",
            "SHUTDOWN_S": "2",
            "BUILD": "chaos",
            "LOG_LEVEL": "WARNING",
        }


@contextlib.contextmanager
def open_ground(place: Path) -> Iterator[Ground]:
    """Durable servers: what a killed one had committed is there afterwards."""
    place.mkdir(parents=True, exist_ok=True)
    account = account_for(postgres_install(), place)
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(run_directory(account, place, is_released=True))
        sockets = SocketDirectory()
        stack.callback(sockets.remove)
        sql = Postgres(account, run / "data", run / "postgresql.log")
        kv = Valkey(valkey.find_binary(), run / "valkey", run / "valkey.log")
        started = sql.start(), kv.start()
        stack.callback(sql.forget)
        stack.callback(kv.forget)
        stack.callback(stop, started, deadline_s=STOP_S)
        yield Ground(sql, kv, started, run, sockets.path)


@contextlib.asynccontextmanager
async def open_stage(ground: Ground, web: tuple[str, ...] = WEB) -> AsyncIterator[Stage]:
    """Two servers and the relays on that ground, ready. `web` is the command of a server."""
    processes: dict[str, Process] = {}
    ports = {name: free_port() for name in WEBS}
    for name in (*WEBS, *RELAYS):
        of_web = {"PORT": str(ports[name]), "BASE_URL": f"http://127.0.0.1:{ports[name]}"} if name in ports else {}
        env = {**ground.env, **of_web, "PGAPPNAME": name}
        processes[name] = Process(name, web if name in ports else RELAY, env, ground.run / f"{name}.log")
    tap = Tap(ground.tap, ground.valkey.socket, lambda pid: _name_of(processes, pid))
    stage = Stage(ground.postgres, ground.valkey, tap, processes, ports, ground.run / "copies", *ground.started)
    async with tap.open():
        try:
            stage.start(*processes)
            await stage.until_ready()
            yield stage
        finally:
            await stage.close()


def _name_of(processes: dict[str, Process], pid: int) -> str:
    return next((process.name for process in processes.values() if process.pid == pid), "market")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
