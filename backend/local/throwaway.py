"""Empty servers for one run of tests or of a bench, gone afterwards.

Each run has a directory of its own, copied from a template, so that runs do not wait for each other. Tests start from a
released template: its tables are there already, because migrating took longer than most of their runs.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from backend.local import cluster, filelocks, postgres, released, valkey
from backend.local.account import Account, account_for
from backend.local.postgres import SUPERUSER, Postgres
from backend.local.servers import Servers, postgres_install
from backend.local.valkey import Valkey

TEST = "entrepot_test"


@contextlib.contextmanager
def throwaway(data: Path, *, is_released: bool = False) -> Iterator[tuple[Servers, Path]]:
    """Running servers below `data` and the run's own directory. They never wait for the disk.

    Their database is empty, and has its tables if `is_released`.
    """
    data.mkdir(parents=True, exist_ok=True)
    account = account_for(postgres_install(), data)
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(run_directory(account, data, is_released=is_released))
        servers = Servers()
        stack.callback(servers.stop)
        database = Postgres(account, run / "data", run / "postgresql.log", durable=False)
        servers.start_postgres(database, TEST)
        servers.env["DATABASE_ADMIN_URL"] = database.url(SUPERUSER, SUPERUSER)  # conftest creates databases with it
        servers.start_valkey(Valkey(valkey.find_binary(), run / "valkey", run / "valkey.log", durable=False))
        yield servers, run


@contextlib.contextmanager
def run_directory(account: Account, data: Path, *, is_released: bool = False) -> Iterator[Path]:
    """A directory of this run's own below `data`, with a cluster in `data/` that is ready to be started."""
    home = account.place(data / "runs")
    home.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        with filelocks.held(data / "template.lock", str(os.getpid()), wait=True):
            _sweep(home)
            template = _template(account, home, data)
            template = _released(account, home, data, template) if is_released else template
            run = Path(tempfile.mkdtemp(prefix="run-", dir=home))
            stack.callback(shutil.rmtree, run, ignore_errors=True)
            stack.enter_context(filelocks.held(run / "lock", str(os.getpid())))
            cluster.copy(template, run / "data")
        account.own(run)
        yield run


def _template(account: Account, home: Path, data: Path) -> Path:
    """A stopped cluster to copy, one per version of the binaries."""
    template = home / f"template-{cluster.version_of(account.install)}"
    if not template.exists():
        _remove(home.glob("template-*"), home.glob("released-*"))
        postgres.make(account, template, data / "template.log", (TEST,), durable=False)
    return template


def _released(account: Account, home: Path, data: Path, template: Path) -> Path:
    """The same with the tables in its database, one per state of what makes them."""
    made = home / f"released-{released.fingerprint()}"
    if not made.exists():
        _remove(home.glob("released-*"))
        released.make(account, template, made, data / "released.log", TEST)
    return made


def _remove(*old: Iterable[Path]) -> None:
    for directory in chain(*old):
        shutil.rmtree(directory, ignore_errors=True)


def _sweep(home: Path) -> None:
    """Remove what killed runs left; a server that is still ending keeps its directory a little longer."""
    for run in home.glob("run-*"):
        if filelocks.is_free(run / "lock") and cluster.is_stopped(run / "data"):
            shutil.rmtree(run, ignore_errors=True)
