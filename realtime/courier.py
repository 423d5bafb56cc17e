"""Carries numbered events to the hubs: coalesce, render once, deliver, move the watermark.

A crash at any point repeats pushes and never loses one, for the watermark moves last. While Redis is away nothing is
carried; then the courier goes on from where Redis and the database both say that everything before was delivered.
"""

import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

from backend.core import clock
from backend.events import log
from backend.events.models import Event
from realtime import metrics
from realtime.delivery import ROAD_ERRORS, Delivery
from realtime.pushes import Due, due_for
from realtime.render import limited_queries, render_push
from realtime.road import Bundle, EpochOver, Road

BATCH = 500
TICK_S = 1.0
RETRY_S = 1.0
OVERLAP = 500
"""Events that a new epoch repeats: for pages that were being made while Redis forgot."""

Run = Callable[[Coroutine[Any, Any, Any]], Any]
logger = structlog.get_logger(__name__)


class Courier:
    """One leader's way along the log."""

    def __init__(self, delivery: Delivery, run: Run) -> None:
        self._delivery = delivery
        self._run = run
        self._languages = [code for code, _ in settings.LANGUAGES]
        self._cluster = cluster_id()
        self._road: Road | None = None
        """Where Redis stands as far as we know; None: look first."""
        self._last: Event | None = None
        self._is_behind = True
        self._ticked_at = self._retry_at = 0.0

    def carry(self, is_news: bool) -> bool:
        """Delivers the next batch and ticks, if Redis is there; whether there is more to be carried at once."""
        self._is_behind = self._is_behind or is_news
        if time.monotonic() < self._retry_at:
            return False
        try:
            self._look_at_road()
            self._deliver_next()
        except EpochOver:
            self._road = None
        except ROAD_ERRORS as problem:
            logger.warning("relay.redis_lost", problem=repr(problem))
            self._road, self._retry_at = None, time.monotonic() + RETRY_S
            return False
        return self._is_behind

    def _look_at_road(self) -> None:
        """Once a second: is Redis where we left it? It may have forgotten everything, or its last seconds."""
        if self._road is not None and time.monotonic() - self._ticked_at < TICK_S:
            return
        found: Road | None = self._run(self._delivery.road())
        if found is None or found != self._road:
            self._road = self._find_place(found)
            self._is_behind = True
        self._run(self._delivery.tick(self._road.epoch, self._lag_s()))
        self._ticked_at = time.monotonic()

    def _find_place(self, found: Road | None) -> Road:
        """From the lower of the two watermarks; what Redis cannot know of this database is a new epoch."""
        done = log.watermark()
        if found is not None and found.cluster == self._cluster and found.position <= log.last_position():
            return Road(found.epoch, self._cluster, min(found.position, done))
        start = max(0, done - OVERLAP)
        epoch = self._run(self._delivery.open_epoch(self._cluster, start))
        logger.warning("relay.new_epoch", epoch=epoch, redis=found, position=start)
        return Road(epoch, self._cluster, start)

    def _deliver_next(self) -> None:
        if self._is_behind and self._road is not None:
            events = log.since(self._road.position, BATCH)
            if events:
                self._deliver(self._road, events)
            self._last = events[-1] if events else None
            self._is_behind = len(events) == BATCH

    def _deliver(self, road: Road, events: Sequence[Event]) -> None:
        """Everything up to the last of these events, in the order of their positions, outside any transaction."""
        due = coalesce(events)
        stored = self._run(self._delivery.stored(road.epoch, list(due), self._languages))
        with limited_queries():
            pushes = [render_push(one, stored[topic]) for topic, one in due.items()]
        position = events[-1].position or 0
        bundles = [Bundle(road.epoch, settings.BUILD, [push]) for push in pushes if push]
        self._run(self._delivery.publish(road.epoch, bundles, position))
        log.move_watermark(position)
        self._road = Road(road.epoch, road.cluster, position)

    def _lag_s(self) -> float:
        """How old the newest delivered event is while others wait; 0 where nothing does."""
        if not self._is_behind or self._last is None:
            return 0.0
        return max(0.0, (clock.now() - self._last.occurred_at).total_seconds())


def coalesce(events: Iterable[Event]) -> dict[str, Due]:
    """The newest version of each topic, in the order of the events that brought it."""
    newest: dict[str, Due] = {}
    for event in events:
        for due in _due_for(event):
            known = newest.pop(due.topic, due)
            newest[due.topic] = max(known, due, key=lambda one: one.version)
    return newest


def _due_for(event: Event) -> Sequence[Due]:
    """What the event makes due; nothing, and an alarm, where this relay does not understand it: it never stops."""
    try:
        return due_for(event)
    except Exception:
        metrics.NOT_UNDERSTOOD.inc()
        logger.exception("relay.not_understood", kind=event.kind, subject=event.subject, position=event.position)
        return ()


def cluster_id() -> str:
    """Which database this is, so that a Redis that served another one is not believed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier::text || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())"
            " FROM pg_control_system()"
        )
        return str(cursor.fetchone()[0])
