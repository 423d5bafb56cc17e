"""Carries numbered events to the hubs: coalesce, render once, deliver, move the watermark.

A crash at any point repeats pushes and never loses one, for the watermark moves last. While Redis is away nothing is
carried; then the courier goes on from where Redis and the database both say that everything before was delivered.
"""

import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

from backend.core import clock
from backend.events import log
from backend.events.models import Event
from realtime import metrics, revocation
from realtime.delivery import ALONE, ROAD_ERRORS, Delivery
from realtime.lanes import bundled, coalesce
from realtime.pushes import Due, Refresh
from realtime.render import limited_queries, render_push
from realtime.road import JSON, Entries, EpochOver, Push, Road, Stored
from realtime.shards import Shard

BATCH = 500
TICK_S = 1.0
RETRY_S = 1.0
OVERLAP = 500
"""Events that a new epoch repeats: for pages that were being made while Redis forgot."""
LANGUAGES = [*(code for code, _ in settings.LANGUAGES), JSON]

Run = Callable[[Coroutine[Any, Any, Any]], Any]
logger = structlog.get_logger(__name__)


class Courier:
    """One leader's way along the log, in one term of its shard."""

    def __init__(self, delivery: Delivery, run: Run, shard: Shard = ALONE, term: int = 0) -> None:
        self._delivery = delivery
        self._run = run
        self._shard = shard
        self._term = term
        self._cluster = cluster_id()
        self._road: Road | None = None
        """Where Redis stands as far as we know; None: look first."""
        self._is_behind = True
        self._ticked_at = self._retry_at = 0.0

    def carry(self, is_news: bool, numbered: Sequence[Event] = ()) -> bool:
        """Delivers the next batch and ticks, if Redis is there; whether there is more to be carried at once.

        `numbered` are the events that have just been numbered: need not be read again where nothing lies before them.
        Raises Deposed if another relay leads by now.
        """
        self._is_behind = self._is_behind or is_news
        if time.monotonic() < self._retry_at:
            return False
        try:
            self._look_at_road()
            self._deliver_next(numbered)
        except EpochOver:
            self._road = None
        except ROAD_ERRORS as problem:
            logger.warning("relay.redis_lost", problem=repr(problem))
            self._road, self._retry_at = None, time.monotonic() + RETRY_S
            return False
        return self._is_behind and self._road is not None

    def _look_at_road(self) -> None:
        """Once a second: is Redis where we left it? It may have forgotten everything, or its last seconds."""
        if self._road is not None and time.monotonic() - self._ticked_at < TICK_S:
            return
        found: Road | None = self._run(self._delivery.road(self._shard, self._term))
        if found is None or found != self._road:
            self._road = self._find_place(found)
        if self._road is not None:
            lag_s = log.waiting_s(self._road.position) if self._is_behind else 0.0
            self._run(self._delivery.tick(self._road.epoch, lag_s, self._shard))
        self._ticked_at = time.monotonic()
        self._is_behind = True  # also for what another relay has numbered meanwhile

    def _find_place(self, found: Road | None) -> Road | None:
        """From the lower of the two watermarks; what Redis cannot know of this database is a new epoch.

        None where shard 0 has to begin that epoch first.
        """
        done = log.watermark(self._shard.reader)
        if found is not None and found.cluster == self._cluster and found.position <= log.last_position():
            return Road(found.epoch, self._cluster, min(found.position, done))
        if not self._shard.numbers:
            return None
        start = max(0, log.relay_watermark() - OVERLAP)
        epoch = self._run(self._delivery.open_epoch(self._cluster, start, self._shard.of))
        is_first = found is None and start == 0  # nothing was there that could be lost
        logger.log(
            logging.INFO if is_first else logging.WARNING, "relay.new_epoch", epoch=epoch, redis=found, position=start
        )
        return Road(epoch, self._cluster, start)

    def _deliver_next(self, numbered: Sequence[Event]) -> None:
        if self._is_behind and self._road is not None:
            is_next = bool(numbered) and numbered[0].position == self._road.position + 1
            events = numbered if is_next else log.since(self._road.position, BATCH)
            if events:
                self._deliver(self._road, events)
            self._is_behind = len(events) == BATCH

    def _deliver(self, road: Road, events: Sequence[Event]) -> None:
        """Everything up to the last of these events, outside any transaction: first what ends access, then logs."""
        own = [event for event in events if self._shard.has(event.subject)]
        revocation.publish_for(own)
        due = coalesce(own)
        bundles = bundled(road.epoch, self._shown(road.epoch, due))
        position = events[-1].position or 0
        self._run(self._delivery.publish(road.epoch, bundles, position, self._shard, self._term))
        log.move_watermark(position, self._shard.reader)
        self._road = Road(road.epoch, road.cluster, position)
        _observe(own)

    def _shown(self, epoch: str, due: Mapping[str, Due]) -> list[tuple[Due, Push | Entries]]:
        """What is due with what its watchers get to see, without what would look the same to them."""
        rendered = [topic for topic, one in due.items() if not isinstance(one.push, Refresh)]
        stored: Mapping[str, Stored] = self._run(self._delivery.stored(epoch, rendered, LANGUAGES)) if rendered else {}
        if not any(one.wanted for one in stored.values()):
            pushes = [render_push(one, stored.get(topic, Stored())) for topic, one in due.items()]
        else:
            with limited_queries():
                pushes = [render_push(one, stored.get(topic, Stored())) for topic, one in due.items()]
        return [(one, push) for one, push in zip(due.values(), pushes, strict=True) if push]


def _observe(events: Sequence[Event]) -> None:
    now = clock.now()
    for event in events:
        metrics.LAG.labels("delivered").observe(max(0.0, (now - event.occurred_at).total_seconds()))


def cluster_id() -> str:
    """Which database this is, so that a Redis that served another one is not believed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier::text || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())"
            " FROM pg_control_system()"
        )
        return str(cursor.fetchone()[0])
