"""The worker process: it lets rooms react, works off jobs, and stops when it is told to."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from procrastinate.exceptions import ConnectorException

from backend.accounts.actions import approve_company
from backend.events import log
from backend.events.management.commands.worker import tell_in_a_line
from tests.cast import actor_of, make_cast
from tests.tied import tied

PATIENCE_S = 60


def until(has_happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not has_happened():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.05)


def start_worker(**environment: str) -> subprocess.Popen[str]:
    command = tied(sys.executable, "manage.py", "worker")
    return subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True)


def has_signed_on() -> bool:
    """From then on it would have to sign off, at a database that is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM procrastinate_workers)")
        return bool(cursor.fetchone()[0])


def ends_without_connections(worker: subprocess.Popen[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = current_user AND pid <> pg_backend_pid()"
        )
    return worker.poll() is not None


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A running worker, whose mail lands in tmp_path/mail."""
    with start_worker(DATA_DIR=str(tmp_path)) as process:
        yield process
        process.kill()


def test_a_company_hears_of_its_approval_and_the_worker_stops_when_asked(
    worker: subprocess.Popen[str], tmp_path: Path
) -> None:
    cast = make_cast()
    approve_company(cast.newcomer, actor=actor_of(cast.olga))
    log.number_events()
    until(lambda: list((tmp_path / "mail").glob("*")))
    until(lambda: log.watermark("backend.accounts") == 1)
    (letter,) = (tmp_path / "mail").iterdir()
    assert "Newcomer is approved" in letter.read_text()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE_S) == 0


def test_a_worker_that_loses_its_database_says_so_in_a_line(worker: subprocess.Popen[str]) -> None:
    until(has_signed_on)
    until(lambda: ends_without_connections(worker))
    assert worker.returncode == 1
    assert worker.stderr is not None
    said = worker.stderr.read()
    assert "The worker lost its database" in said
    assert "Traceback" not in said, said


@pytest.mark.parametrize(
    ("of", "is_in_a_line"),
    [
        (psycopg.errors.AdminShutdown("ended"), True),
        (psycopg.OperationalError("the connection is closed"), True),
        (psycopg.errors.DeadlockDetected("each waits for the other"), False),
        (psycopg.errors.LockNotAvailable("somebody has it"), False),
        (ValueError("a bug"), False),
    ],
)
def test_only_a_lost_connection_is_told_without_where_it_was_noticed(of: Exception, is_in_a_line: bool) -> None:
    error = ConnectorException("Database error.")
    error.__cause__ = of
    record = logging.makeLogRecord({"msg": "A job failed", "exc_info": (type(error), error, None)})
    assert tell_in_a_line(record)
    assert (record.exc_info is None) == is_in_a_line
    assert record.getMessage().startswith("A job failed")
