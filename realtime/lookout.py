"""The whole live road at one moment, for the operator: kinds and numbers, never content and never names."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from backend.core import clock
from backend.events import dead_letters, log
from backend.events.models import DeadLetter, Event
from realtime.census import BUSIEST, INDEX, LIVES_S, ProcessWord, TopicWord, key_of
from realtime.delivery import ROAD, head_key
from realtime.shards import Shard, all_shards

DEADLINE_S = 1.0
MOST_LETTERS = 100


@dataclass(frozen=True, slots=True)
class ProcessView:
    """A process and how old its word is."""

    word: ProcessWord
    age_s: float
    is_of_epoch: bool
    """Whether it believes in the epoch that Redis is in."""
    began: datetime


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic over all processes that name it among their busiest."""

    name: str
    sockets: int
    processes: int
    version: int
    """The lowest of the processes': whoever is behind."""
    head: int
    """The newest that was announced in this epoch; 0: it has not changed in it."""

    @property
    def behind(self) -> int:
        return max(0, self.head - self.version) if self.version else 0


@dataclass(frozen=True, slots=True)
class ShardView:
    """One relay's part of the road. Positions count events; None: Redis does not know."""

    index: int
    leader: int | None
    """The database's number for the leader's connection; None: nobody leads."""
    delivered: int
    in_redis: int | None
    newest: int
    waiting_s: float


@dataclass(frozen=True, slots=True)
class LetterView:
    """A dead letter and the event that it is about: what kind, never what it says."""

    letter: DeadLetter
    kind: str


@dataclass(frozen=True, slots=True)
class RoadView:
    """What the operator's page shows."""

    has_redis: bool
    epoch: str
    shards: Sequence[ShardView]
    processes: Sequence[ProcessView]
    topics: Sequence[TopicView]
    letters: Sequence[LetterView]

    @property
    def sockets(self) -> int:
        return sum(process.word.sockets for process in self.processes)


@dataclass(frozen=True, slots=True)
class _Told:
    """What Redis says; empty while it is away."""

    is_there: bool
    road: Mapping[str, str]
    words: Sequence[tuple[ProcessWord, float]]
    heads: Mapping[str, int]


def look_at_road() -> RoadView:
    """Waits a second for Redis at most. Four queries, one more for each shard of the relay, and one for its letters."""
    told, now = _ask_redis(), clock.now()
    epoch = told.road.get("epoch", "")
    processes = [
        ProcessView(word, age_s, word.epoch == epoch, now - timedelta(seconds=word.up_s + age_s))
        for word, age_s in told.words
    ]
    topics = _topics(processes, told.heads)
    return RoadView(told.is_there, epoch, _shards(told.road), processes, topics, _letters())


def _ask_redis() -> _Told:
    try:
        road = {field.decode(): value.decode() for field, value in _redis().hgetall(ROAD).items()}
        words = _words()
        names = sorted({topic.name for word, _ in words for topic in word.busiest})
        heads = _redis().mget([head_key(road.get("epoch", ""), name) for name in names]) if names else []
    except (RedisError, OSError):
        return _Told(False, {}, [], {})
    return _Told(True, road, words, {name: int(head or 0) for name, head in zip(names, heads, strict=True)})


def _words() -> list[tuple[ProcessWord, float]]:
    """The word of each process that is alive and how old it is, the oldest process first."""
    ids = [found.decode() for found in _redis().zrange(INDEX, 0, -1)]
    with _redis().pipeline(transaction=False) as pipe:
        for one in ids:
            pipe.get(key_of(one)).pttl(key_of(one))
        answers = pipe.execute()
    pairs = zip(answers[::2], answers[1::2], strict=True)
    found = [(ProcessWord.of_json(text), max(0.0, LIVES_S - ttl_ms / 1000)) for text, ttl_ms in pairs if text]
    return sorted(found, key=lambda one: -one[0].up_s)


def _topics(processes: Iterable[ProcessView], heads: Mapping[str, int]) -> list[TopicView]:
    """The busiest first."""
    by_name: dict[str, list[TopicWord]] = defaultdict(list)
    for process in processes:
        for word in process.word.busiest:
            by_name[word.name].append(word)
    found = [
        TopicView(name, sum(w.sockets for w in words), len(words), min(w.version for w in words), heads.get(name, 0))
        for name, words in by_name.items()
    ]
    return sorted(found, key=lambda topic: (-topic.sockets, topic.name))[:BUSIEST]


def _shards(road: Mapping[str, str]) -> list[ShardView]:
    newest, leaders = log.last_position(), _leaders()
    return [_shard_view(shard, road, newest, leaders) for shard in all_shards(settings.RELAY_SHARDS)]


def _shard_view(shard: Shard, road: Mapping[str, str], newest: int, leaders: Mapping[int, int]) -> ShardView:
    delivered, in_redis = log.watermark(shard.reader), road.get(shard.named("position"))
    waiting_s = log.waiting_s(delivered)
    return ShardView(
        shard.index, leaders.get(shard.lock), delivered, int(in_redis) if in_redis else None, newest, waiting_s
    )


def _leaders() -> dict[int, int]:
    """Who holds each advisory lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid, pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return {int(lock): int(pid) for lock, pid in cursor.fetchall()}


def _letters() -> list[LetterView]:
    letters = dead_letters.unseen()[:MOST_LETTERS]
    kinds = dict(
        Event.objects.filter(position__in=[letter.position for letter in letters]).values_list("position", "kind")
    )
    return [LetterView(letter, kinds.get(letter.position, "")) for letter in letters]


@cache
def _redis() -> Any:
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=DEADLINE_S, socket_connect_timeout=DEADLINE_S, retry=Retry(NoBackoff(), 1)
    )
