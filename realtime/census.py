"""What each process says of itself, for the operator: how much it carries and how new it is, never what it shows.

`live:process:<id>` is a JSON object that lapses by itself; `live:processes` is a sorted set of the ids by the moment
(s of Redis's own clock) of their last word.
"""

import asyncio
import heapq
import json
import os
import platform
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from prometheus_client import Counter, Gauge

from realtime import metrics
from realtime.audience import Roll, Topic
from realtime.delivery import Delivery
from realtime.pulse import Pulse
from realtime.refreshing import Refreshing

EVERY_S = 2.0
LIVES_S = 10
BUSIEST = 200
INDEX = "live:processes"

_SAY = """
-- KEYS: the index, the process's own key; ARGV: its id, its words, for how many s they live
local now = tonumber(redis.call('TIME')[1])
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[3])
"""


@dataclass(frozen=True, slots=True)
class TopicWord:
    """A topic as one process knows it."""

    name: str
    sockets: int
    version: int


@dataclass(frozen=True, slots=True)
class ProcessWord:
    """One process at one moment. The counters count from its start."""

    id: str
    host: str
    pid: int
    build: str
    epoch: str
    up_s: float
    tick_age_s: float
    sockets: int
    topics: int
    outbox_bytes: int
    conflated: int
    dropped: int
    resyncs: Mapping[str, int]
    busiest: Sequence[TopicWord]
    """The BUSIEST topics with the most sockets, these first."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def of_json(cls, text: bytes) -> "ProcessWord":
        found: dict[str, Any] = json.loads(text)
        return cls(**{**found, "busiest": [TopicWord(**topic) for topic in found["busiest"]]})


class Census:
    """One process's word about itself, every EVERY_S seconds."""

    def __init__(self, roll: Roll, pulse: Pulse, refreshing: Refreshing, delivery: Delivery) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._id = uuid.uuid4().hex[:8]
        self._roll, self._pulse, self._refreshing = roll, pulse, refreshing
        self._say = delivery.redis.register_script(_SAY)

    async def report(self) -> None:
        """Without end. Raises what Redis raises."""
        while True:
            await self._say(keys=[INDEX, key_of(self._id)], args=[self._id, self.word().to_json(), LIVES_S])
            await asyncio.sleep(EVERY_S * random.uniform(0.9, 1.0))  # noqa: S311

    def word(self) -> ProcessWord:
        return ProcessWord(
            id=self._id,
            host=platform.node(),
            pid=os.getpid(),
            build=settings.BUILD,
            epoch=self._refreshing.epoch,
            up_s=round(self._loop.time() - self._began, 1),
            tick_age_s=round(self._pulse.age_s, 1),
            sockets=len(self._roll.outboxes),
            topics=len(self._roll.topics),
            outbox_bytes=_total(metrics.OUTBOX_BYTES),
            conflated=_total(metrics.CONFLATED),
            dropped=_total(metrics.DROPPED),
            resyncs={reason: n for reason, n in _by_label(metrics.RESYNCS) if n},
            busiest=heapq.nlargest(BUSIEST, map(_topic_word, self._roll.topics.values()), key=_by_sockets),
        )


def key_of(process: str) -> str:
    return f"live:process:{process}"


def _topic_word(topic: Topic) -> TopicWord:
    audiences = topic.audiences.values()
    sockets = sum(audience.watchers() + len(audience.waiting) for audience in audiences)
    return TopicWord(topic.name, sockets, min((audience.version for audience in audiences), default=0))


def _by_sockets(topic: TopicWord) -> int:
    return topic.sockets


def _by_label(metric: Counter | Gauge) -> Iterator[tuple[str, int]]:
    """A metric's values by its only label, or by the empty text where it has none."""
    for family in metric.collect():
        for sample in family.samples:
            if not sample.name.endswith("_created"):
                yield "".join(sample.labels.values()), int(sample.value)


def _total(metric: Counter | Gauge) -> int:
    return sum(value for _, value in _by_label(metric))
