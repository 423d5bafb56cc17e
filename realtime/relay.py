"""Of each shard one relay leads, the others stand by. The leader numbers what was committed and has it carried.

The relay is synchronous, but for Redis: `run` is its bridge to the event loop that Delivery lives in.
"""

import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from backend.core import clock
from backend.core.database import direct_connection
from backend.events import log, waker
from backend.events.models import Event
from backend.events.watch import actions as watch
from backend.events.watch import known
from backend.events.watch.beating import Beat, beat
from realtime import metrics, revocation
from realtime.courier import Courier, Run
from realtime.delivery import ALONE, Delivery
from realtime.road import Deposed
from realtime.shards import Shard, all_shards

BATCH = 500
POLL_S = 0.1
SWEEP_S = 1.0
STANDBY_S = 0.25
RETRY_S = 1.0
NUMBERED = "events_numbered"
"""The channel on which shard 0 wakes the others."""
OPEN_AT_MOST_S = 5
"""A relay that was stopped in the middle of a transaction holds the numberers' lock no longer than this."""

Wire = psycopg.Connection[tuple[Any, ...]]
logger = structlog.get_logger(__name__)


class Numberer:
    """Gives committed events their positions, those that committed late included."""

    def __init__(self) -> None:
        self._floor = self._highest_id = 0
        self._swept_at = 0.0

    def number(self) -> Sequence[Event]:
        """Looks above the ids of a second ago, and once a second at all; what it has numbered, in order.

        What ends access is told again at once, however far behind the courier is.
        """
        is_sweep = time.monotonic() - self._swept_at > SWEEP_S
        events = log.number_events(BATCH, after_id=0 if is_sweep else self._floor)
        if is_sweep:
            self._swept_at, self._floor = time.monotonic(), self._highest_id
        self._highest_id = max([self._highest_id, *(event.pk for event in events)])
        revocation.publish_for(events)
        now = clock.now()
        for event in events:
            metrics.LAG.labels("numbered").observe(max(0.0, (now - event.occurred_at).total_seconds()))
        return events


class Pulse:
    """Every BEAT_S, that this shard is led, and how many events were numbered meanwhile. Whatever has become late is
    told here as well: of all that runs, the worker can't tell of itself that it is gone."""

    def __init__(self, shard: Shard) -> None:
        self._name, self._at, self._numbered = known.relay(shard.index), 0.0, 0

    def beat(self, numbered: int) -> None:
        self._numbered += numbered
        if time.monotonic() - self._at < known.BEAT_S:
            return
        beat([Beat(self._name, did=self._numbered)])
        watch.tell_states()
        self._at, self._numbered = time.monotonic(), 0


class Relay:
    """One relay process."""

    def __init__(self, delivery: Delivery, run: Run, shards: int = settings.RELAY_SHARDS) -> None:
        self._delivery = delivery
        self._run = run
        self._shards = shards
        self._is_stopping = False

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ends after what is being done now, which is one batch at most."""
        self._is_stopping = True

    def run_until_stopped(self) -> None:
        """Leads a shard whenever nobody else does; while the database is away it tries again."""
        while not self._is_stopping:
            try:
                with direct_connection() as wire:
                    shard = self._stand_by(wire)
                    if shard is not None:
                        self._lead(wire, shard)
            except Deposed:
                logger.warning("relay.deposed")
            except (DatabaseError, psycopg.Error) as problem:
                logger.warning("relay.database_lost", problem=repr(problem))
                connection.close()
                time.sleep(RETRY_S)

    def _stand_by(self, wire: Wire) -> Shard | None:
        """The first shard that nobody leads; None where the process ends before there is one."""
        while not self._is_stopping:
            for shard in all_shards(self._shards):
                if try_to_lead(wire, shard):
                    return shard
            time.sleep(STANDBY_S)
        return None

    def _lead(self, wire: Wire, shard: Shard) -> None:
        """Works as long as the wire lives, which holds the leader's lock, and no other relay begins a term."""
        wire.execute(f"LISTEN {waker.CHANNEL if shard.numbers else NUMBERED}")
        with connection.cursor() as cursor:
            cursor.execute(f"SET idle_in_transaction_session_timeout = '{OPEN_AT_MOST_S}s'")
        term = log.begin_term(shard.of)
        logger.info("relay.leads", shard=shard.index, shards=shard.of, term=term)
        numberer, courier, pulse = Numberer(), Courier(self._delivery, self._run, shard, term), Pulse(shard)
        while not self._is_stopping:
            numbered = numberer.number() if shard.numbers else ()
            pulse.beat(len(numbered))
            if numbered and shard.of > 1:
                wire.execute(f"NOTIFY {NUMBERED}")
            if not courier.carry(bool(numbered) or not shard.numbers, numbered):
                wait_for_events(wire)


def try_to_lead(wire: Wire, shard: Shard = ALONE) -> bool:
    """Takes the leader's lock if it is free. A host that died without a word holds it for 11 s, not for hours."""
    wire.execute("SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3")
    row = wire.execute("SELECT pg_try_advisory_lock(%s)", [shard.lock]).fetchone()
    return bool(row and row[0])


def wait_for_events(wire: Wire) -> None:
    """Until a waker calls, POLL_S at most. Also finds out if the wire is dead."""
    for _ in wire.notifies(timeout=POLL_S, stop_after=1):
        pass
