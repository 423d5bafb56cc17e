import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import psycopg
from asgiref.sync import sync_to_async
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from backend.events.listeners import failing, listen_once, listeners
from backend.events.watch import beating, known

IDLE_S = 0.5
JOBS_AT_ONCE = 4
"""A long one, such as an import, must not keep a short one waiting."""
LAST_ROUND_S = 2.0
"""Then a job that can stop between two slices is asked to; another worker goes on with it."""
SIGN_OFF_S = 2.0
GONE = ("08", "57P")
"""Classes of SQLSTATE: the connection, and an operator who ended it. Without one the client alone noticed."""
LOST = (DatabaseError, psycopg.Error, ConnectorException)
logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


class Command(BaseCommand):
    """Runs the jobs (procrastinate, on a direct connection of its own) and lets the listeners read the event log."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        for handler in logging.getLogger().handlers:
            handler.addFilter(tell_in_a_line)
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            try:
                asyncio.run(work())
            except LOST as error:
                raise CommandError(f"The worker lost its database and ends, to be started again: {error}") from None


def tell_in_a_line(record: logging.LogRecord) -> bool:
    """Jobs and the library notice at many places that a connection is gone: which of them says nothing. What else fails
    in a job is told with where it failed."""
    error = record.exc_info[1] if record.exc_info else None
    if error and is_of_a_lost_connection(error):
        record.msg, record.args, record.exc_info = f"{record.getMessage()}: {error}".replace("\n", " "), (), None
    return True


def is_of_a_lost_connection(error: BaseException | None) -> bool:
    """Whether it, or what it came of, is that the server ended the connection or can't be reached."""
    while error is not None:
        if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
            return error.sqlstate is None or error.sqlstate.startswith(GONE)
        error = error.__cause__
    return False


async def work() -> None:
    """Until SIGTERM or SIGINT. A database that is away ends the process; whoever supervises it starts it again."""
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with app.open_async():
        tasks = [asyncio.create_task(each) for each in (_listen(), _jobs(), _beat(), stopped.wait())]
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        is_lost = any(task.exception() for task in done)
        for task in pending:
            task.cancel()
        # Jobs may end what they are doing; but signing off at a database that is away would take them half a minute.
        await asyncio.wait(pending, timeout=SIGN_OFF_S if is_lost else None)
        if is_lost:  # what is cut off then has nothing to add
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        for task in done:
            task.result()


async def _jobs() -> None:
    """Until it is cancelled. Where the library stops by itself it has lost a connection, and only logs it."""
    await app.run_worker_async(
        install_signal_handlers=False,
        delete_jobs="successful",
        concurrency=JOBS_AT_ONCE,
        shutdown_graceful_timeout=LAST_ROUND_S,
        task_middleware=[beating.watched],
    )
    raise ConnectorException("jobs are not listened for any more")


async def _beat() -> None:
    """What the worker says of itself; whatever else has to run, and doesn't, is told by it, too."""
    await sync_to_async(_reachable(beating.expect))(known.everything())
    while True:
        await sync_to_async(_reachable(beating.beat_of_worker))()
        await asyncio.sleep(known.BEAT_S)


async def _listen() -> None:
    heard = beating.ListenersBeat()
    while True:
        if not await sync_to_async(_reachable(_listen_all))(heard):
            await asyncio.sleep(IDLE_S)


def _listen_all(heard: beating.ListenersBeat) -> int:
    passed = {room: listen_once(room, reactions) for room, reactions in listeners().items()}
    heard.note(passed, failing())
    return sum(passed.values())


def _reachable(ask: Callable[P, R]) -> Callable[P, R]:
    """Where the database is away, the connection to it is done with."""

    def asking(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return ask(*args, **kwargs)
        except DatabaseError:
            connection.close()
            raise

    return asking
