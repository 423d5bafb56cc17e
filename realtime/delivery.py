"""Redis and the channel layer, from the relay's side; `hearing` is the other. Nothing else of the road knows them.

Three things are kept in Redis, and all of them may be lost without harm: `live:road` (epoch, cluster, the position
delivered so far), what one epoch has brought (`live:<epoch>:head:<topic>`, `live:<epoch>:frame:<build>:<topic>:<lang>`
and the streams `live:<epoch>:log:<build>:<topic>:<lang>`) and who wants what (`live:want:<topic>:<lang>`). A new epoch
begins with empty keys; those of the old one run out.
"""

import asyncio
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Self, TypeVar

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers
from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from realtime.road import Bundle, Deposed, EpochOver, Road, Stored
from realtime.scripts import LOOK, PUBLISH, Arg, message_of, stored_args
from realtime.shards import Shard, all_shards

HEAD_TTL_S = 24 * 3600
"""Longer than a grant lives (access.GRANT_TTL_S): no page that may still subscribe is older than a forgotten head."""
FRAME_TTL_S = 15 * 60
LOG_LENGTH = 200
"""Entries of a log that Redis keeps, per language, as long as frames."""
WANT_TTL_S = 300
CHUNK = 500
LAYER_DEADLINE_S = 5.0
ROAD = "live:road"
TICK_GROUP = "live.tick"
ALONE = Shard()
T = TypeVar("T")

ROAD_ERRORS = (RedisError, OSError, TimeoutError)
"""What it looks like when Redis cannot be had: wait and try again, nothing is lost."""


class Delivery:
    """One connection to the road. Lives in one event loop."""

    def __init__(self) -> None:
        # One retry: a connection that a restart of Redis left behind looks well until it is used.
        self.redis: Any = Redis.from_url(
            settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5, retry=Retry(NoBackoff(), 1)
        )
        self._publish = self.redis.register_script(PUBLISH)
        self._look = self.redis.register_script(LOOK)
        self.layer: Any = channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        with suppress(*ROAD_ERRORS):
            await self.layer.flush()
        await self.redis.aclose()

    async def ping(self) -> None:
        await self.redis.ping()

    # --- The relay's side

    async def road(self, shard: Shard = ALONE, term: int = 0) -> Road | None:
        """Where Redis stands, for a shard; None if it has never seen a relay, or forgot.

        A relay says which term it leads in, which ends all earlier ones. Raises Deposed if a later one has begun.
        """
        answer = iter(await self._look(keys=[ROAD], args=[shard.named("term"), term]))
        found = {field.decode(): value.decode() for field, value in zip(answer, answer, strict=True)}
        if not {"epoch", "cluster", "position"} <= found.keys():
            return None
        if term and int(found.get(shard.named("term"), 0)) > term:
            raise Deposed
        return Road(found["epoch"], found["cluster"], _position(found, shard))

    async def open_epoch(self, cluster: str, position: int, shards: int = 1) -> str:
        """Forgets every head and frame: from now on nothing is known but what is delivered after `position`."""
        epoch = uuid.uuid4().hex[:12]
        positions = {shard.named("position"): position for shard in all_shards(shards)}
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.delete(ROAD)
            pipe.hset(ROAD, mapping={"epoch": epoch, "cluster": cluster, **positions})
            await pipe.execute()
        return epoch

    async def publish(
        self, epoch: str, bundles: Sequence[Bundle], position: int, shard: Shard = ALONE, term: int = 0
    ) -> None:
        """In one step: stores heads, frames, logs and the position, and announces what was not older than its head.

        One call, whatever there is to be told: a broadcast costs the relay and Redis little more than its bytes.
        Raises EpochOver if Redis has moved on and Deposed if another relay leads: then nothing was stored or told.
        """
        place: list[Arg] = [epoch, shard.named("term"), term, shard.named("position"), position]
        news = [one for bundle in bundles for one in bundle.news]
        args = [*place, HEAD_TTL_S, FRAME_TTL_S, LOG_LENGTH, settings.BUILD, len(news)]
        for one in news:
            args += stored_args(one)
        nth = count(1)
        for bundle in bundles:
            args += [self.layer.serialize(message_of(bundle)), len(bundle.news)]
            for one in bundle.news:
                args += [next(nth), self._channel_of(group_of(one.topic))]
        match await self._publish(keys=[ROAD], args=args):
            case b"epoch":
                raise EpochOver
            case b"term":
                raise Deposed

    def _channel_of(self, group: str) -> str:
        """The Redis channel that the layer's group is: publishing there by ourselves joins it to the one step."""
        return f"{self.layer.prefix}__group__{group}"

    async def tick(self, epoch: str, lag_s: float, shard: Shard = ALONE) -> None:
        """Tells every process that the relay of a shard is alive, and how far behind it is."""
        message = {"type": "live.tick", "e": epoch, "lag": lag_s, "s": shard.index, "of": shard.of}
        await self._announce(TICK_GROUP, message)

    async def announce_people(self, topic: str) -> None:
        """Tells every process that watches the topic to look again who is there."""
        await self._announce(group_of(topic), {"type": "live.here", "topic": topic})

    async def _announce(self, group: str, message: Mapping[str, object]) -> None:
        async with asyncio.timeout(LAYER_DEADLINE_S):
            await self.layer.group_send(group, message)

    async def stored(self, epoch: str, topics: Sequence[str], languages: Sequence[str]) -> dict[str, Stored]:
        """Heads, frames and interest of many topics at once."""
        found: dict[str, Stored] = {}
        for chunk in chunks(topics):
            keys = []
            for topic in chunk:
                keys.append(head_key(epoch, topic))
                keys += [frame_key(epoch, topic, lang) for lang in languages]
                keys += [want_key(topic, lang) for lang in languages]
            values = iter(await self.redis.mget(keys))
            for topic in chunk:
                head = int(next(values) or 0)
                frames = {lang: next(values) for lang in languages}
                wanted = frozenset(lang for lang in languages if next(values))
                found[topic] = Stored(head, _of_head(head, frames), wanted)
        return found

    async def entries(self, epoch: str, topic: str, lang: str, after: int, upto: int) -> list[bytes] | None:
        """A log's frames with the seqs after+1..upto, in order: all of them, or None where one is missing."""
        wanted = range(after + 1, upto + 1)
        if not wanted:
            return []
        if len(wanted) > LOG_LENGTH:
            return None
        found = await self.redis.xrange(log_key(epoch, topic, lang), f"{after + 1}-0", f"{upto}-0", LOG_LENGTH)
        seqs = [int(entry_id.partition(b"-")[0]) for entry_id, _ in found]
        return [fields[b"f"] for _, fields in found] if seqs == list(wanted) else None


def group_of(topic: str) -> str:
    """Channels allows letters, digits, hyphens, underscores and periods in a group's name."""
    return "live." + topic.replace(":", ".")


def head_key(epoch: str, topic: str) -> str:
    return f"live:{epoch}:head:{topic}"


def frame_key(epoch: str, topic: str, lang: str) -> str:
    return f"live:{epoch}:frame:{settings.BUILD}:{topic}:{lang}"


def log_key(epoch: str, topic: str, lang: str) -> str:
    return f"live:{epoch}:log:{settings.BUILD}:{topic}:{lang}"


def want_key(topic: str, lang: str) -> str:
    return f"live:want:{topic}:{lang}"


def _position(road: Mapping[str, str], shard: Shard) -> int:
    """What a shard has delivered; where there were fewer shards so far, no more than the slowest of them."""
    own = road.get(shard.named("position"))
    return int(own) if own else min(int(value) for field, value in road.items() if field.startswith("position"))


def _of_head(head: int, frames: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """Only frames of the head's version count; an older one would bring back what is no longer true."""
    found = {}
    for lang, stored in frames.items():
        version, _, frame = (stored or b"0 ").partition(b" ")
        if head and int(version) == head:
            found[lang] = frame
    return found


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
