"""One relay leads, the others stand by. The leader numbers what was committed and lets the courier carry it.

The relay is synchronous, but for Redis: `run` is its bridge to the event loop that Delivery lives in.
"""

import time
from types import FrameType
from typing import Any

import psycopg
import structlog
from django.db import DatabaseError, connection

from backend.core.database import direct_connection
from backend.events import log, waker
from realtime.courier import Courier, Run
from realtime.delivery import Delivery

BATCH = 500
POLL_S = 0.1
SWEEP_S = 1.0
STANDBY_S = 0.25
RETRY_S = 1.0
LEADER_LOCK = 0x1A5E11FE
"""An advisory lock of the database; any number, the same for all its relays."""

Wire = psycopg.Connection[tuple[Any, ...]]
logger = structlog.get_logger(__name__)


class Numberer:
    """Gives committed events their positions, those that committed late included."""

    def __init__(self) -> None:
        self._floor = self._highest_id = 0
        self._swept_at = 0.0

    def number(self) -> bool:
        """Looks above the ids of a second ago, and once a second at all; whether there was anything."""
        is_sweep = time.monotonic() - self._swept_at > SWEEP_S
        events = log.number_events(BATCH, after_id=0 if is_sweep else self._floor)
        if is_sweep:
            self._swept_at, self._floor = time.monotonic(), self._highest_id
        self._highest_id = max([self._highest_id, *(event.pk for event in events)])
        return bool(events)


class Relay:
    """One relay process."""

    def __init__(self, delivery: Delivery, run: Run) -> None:
        self._delivery = delivery
        self._run = run
        self._is_stopping = False

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ends after what is being done now, which is one batch at most."""
        self._is_stopping = True

    def run_until_stopped(self) -> None:
        """Leads whenever nobody else does; while the database is away it tries again."""
        while not self._is_stopping:
            try:
                with direct_connection() as wire:
                    self._stand_by(wire)
                    self._lead(wire)
            except (DatabaseError, psycopg.Error) as problem:
                logger.warning("relay.database_lost", problem=repr(problem))
                connection.close()
                time.sleep(RETRY_S)

    def _stand_by(self, wire: Wire) -> None:
        while not self._is_stopping and not try_to_lead(wire):
            time.sleep(STANDBY_S)

    def _lead(self, wire: Wire) -> None:
        """Works as long as the wire lives, which holds the leader's lock."""
        wire.execute(f"LISTEN {waker.CHANNEL}")
        numberer, courier = Numberer(), Courier(self._delivery, self._run)
        while not self._is_stopping:
            is_news = numberer.number()
            if not courier.carry(is_news):
                wait_for_events(wire)


def try_to_lead(wire: Wire) -> bool:
    """Takes the leader's lock if it is free. A host that died without a word holds it for 11 s, not for hours."""
    wire.execute("SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3")
    row = wire.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK]).fetchone()
    return bool(row and row[0])


def wait_for_events(wire: Wire) -> None:
    """Until a waker calls, POLL_S at most. Also finds out if the wire is dead."""
    for _ in wire.notifies(timeout=POLL_S, stop_after=1):
        pass
