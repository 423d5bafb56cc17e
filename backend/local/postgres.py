"""The embedded PostgreSQL: unix socket only, and it ends when we do."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

from backend.local import cluster
from backend.local.account import Account
from backend.local.children import Program, Running, start, stop
from backend.local.sockets import SocketDirectory
from backend.local.trouble import Trouble

SUPERUSER = "postgres"
OWNER = "entrepot_owner"
APPLICATION = "entrepot_app"
EXTENSIONS = ("pg_trgm", "unaccent", "citext", "btree_gin")
START_S = 60.0  # crash recovery of a large demo takes its time
STOP_S = 20.0
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}
FAST_AND_FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "64MB"}


class Postgres:
    """One server on one data directory. Not durable: for tests, nothing survives a crash of the machine."""

    def __init__(self, account: Account, data: Path, log: Path, *, durable: bool = True) -> None:
        self.account, self.data, self.log, self.durable = account, data, log, durable
        self.sockets = SocketDirectory(account.uid)

    @property
    def program(self) -> Program:
        settings = SETTINGS if self.durable else SETTINGS | FAST_AND_FORGETFUL
        settings = settings | {"unix_socket_directories": str(self.sockets.path)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Program(
            "postgres",
            (str(self.account.install / "bin" / "postgres"), "-D", str(self.data), *options),
            env=cluster.server_env(),
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            death_signal=signal.SIGINT,
            before=self.account.before,
            uid=self.account.uid,
        )

    def start(self) -> Running:
        """Start and wait until it takes connections."""
        cluster.clear_stale_pid(self.data)
        with self.log.open("wb") as log:
            running = start(self.program, log, cwd=self.data.parent)
        deadline = time.monotonic() + START_S
        while not cluster.is_ready(self.data, running.process.pid):
            if running.process.poll() is not None or time.monotonic() > deadline:
                stop([running], deadline_s=STOP_S)
                self.forget()
                raise Trouble(f"PostgreSQL did not start on {self.data}. The end of {self.log}:\n{_tail(self.log)}")
            time.sleep(0.02)
        return running

    def url(self, role: str, database: str) -> str:
        """In libpq's form, with the socket's directory in the query."""
        return f"postgresql://{role}@/{database}?host={self.sockets.path}"

    def execute(self, sql: str, database: str = SUPERUSER) -> None:
        """Run statements as superuser, stopping at the first that fails."""
        psql = str(self.account.install / "bin" / "psql")
        command = [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url(SUPERUSER, database), "-f", "-"]
        done = subprocess.run(command, input=sql, env=cluster.server_env(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise Trouble(f"PostgreSQL refused to set up {database}:\n{done.stderr.strip()}")

    def forget(self) -> None:
        """Remove the socket directory of a stopped server."""
        self.sockets.remove()


def make(account: Account, data: Path, log: Path, databases: tuple[str, ...], *, durable: bool) -> None:
    """A whole cluster at `data` with both roles, the extensions and empty databases; or nothing there."""
    half = data.with_name(f"{data.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    account.own(data.parent)
    cluster.init(account, half, durable=durable)
    postgres = Postgres(account, half, log, durable=durable)
    running = postgres.start()
    try:
        postgres.execute(_extensions(), "template1")
        postgres.execute(_roles_and(databases))
    finally:
        stop([running], deadline_s=STOP_S)
        postgres.forget()
    half.rename(data)


def _extensions() -> str:
    """In template1, so that every database has them: creating them needs the superuser."""
    return "".join(f"CREATE EXTENSION IF NOT EXISTS {name};\n" for name in EXTENSIONS)


def _roles_and(databases: tuple[str, ...]) -> str:
    """The owner migrates; the application role is bound by row-level security like any stranger."""
    roles = "".join(
        f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;\n" for role in (OWNER, APPLICATION)
    )
    return roles + "".join(f"CREATE DATABASE {name} OWNER {OWNER};\n" for name in databases)


def _tail(log: Path, lines: int = 12) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
