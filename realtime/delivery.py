"""Redis and the channel layer, from the relay's side; `hearing` is the other. Nothing else of the road knows them.

Three things are kept in Redis, and all of them may be lost without harm: `live:road` (epoch, cluster, the position
delivered so far), the heads and frames of one epoch (`live:<epoch>:head:<topic>`, `live:<epoch>:frame:<topic>:<lang>`)
and who wants what (`live:want:<topic>:<lang>`). A new epoch begins with empty keys; those of the old one run out.
"""

import asyncio
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self, TypeVar

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers
from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from realtime.road import Bundle, EpochOver, Push, Road, Stored

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
T = TypeVar("T")

ROAD_ERRORS = (RedisError, OSError, TimeoutError)
"""What it looks like when Redis cannot be had: wait and try again, nothing is lost."""

_PUBLISH = """
-- KEYS[1] is live:road; ARGV: epoch, position, head ttl, frame ttl,
-- then for each topic: topic, version, n, n times (language, frame)
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return false end
local prefix, news, i = 'live:' .. ARGV[1] .. ':', {}, 5
while i <= #ARGV do
  local topic, version, n = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local head = redis.call('GET', prefix .. 'head:' .. topic)
  local is_news = not head or tonumber(version) >= tonumber(head)
  if is_news then redis.call('SET', prefix .. 'head:' .. topic, version, 'EX', ARGV[3]) end
  i = i + 3
  for _ = 1, n do
    if is_news then
      redis.call('SET', prefix .. 'frame:' .. topic .. ':' .. ARGV[i], version .. ' ' .. ARGV[i + 1], 'EX', ARGV[4])
    end
    i = i + 2
  end
  news[#news + 1] = is_news and 1 or 0
end
if tonumber(ARGV[2]) > tonumber(redis.call('HGET', KEYS[1], 'position') or '-1') then
  redis.call('HSET', KEYS[1], 'position', ARGV[2])
end
return news
"""


class Delivery:
    """One connection to the road. Lives in one event loop."""

    def __init__(self) -> None:
        # One retry: a connection that a restart of Redis left behind looks well until it is used.
        self.redis: Any = Redis.from_url(
            settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5, retry=Retry(NoBackoff(), 1)
        )
        self._publish = self.redis.register_script(_PUBLISH)
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

    async def eviction_policy(self) -> str:
        """Redis's maxmemory-policy; empty where the service does not tell."""
        try:
            answer = await self.redis.config_get("maxmemory-policy")
        except RedisError:
            return ""
        return str(answer.get("maxmemory-policy", ""))

    # --- The relay's side

    async def road(self) -> Road | None:
        """Where Redis stands; None if it has never seen a relay, or forgot."""
        found = await self.redis.hmget(ROAD, "epoch", "cluster", "position")
        if None in found:
            return None
        epoch, cluster, position = found
        return Road(epoch.decode(), cluster.decode(), int(position))

    async def open_epoch(self, cluster: str, position: int) -> str:
        """Forgets every head and frame: from now on nothing is known but what is delivered after `position`."""
        epoch = uuid.uuid4().hex[:12]
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.delete(ROAD)
            pipe.hset(ROAD, mapping={"epoch": epoch, "cluster": cluster, "position": position})
            await pipe.execute()
        return epoch

    async def publish(self, epoch: str, bundles: Sequence[Bundle], position: int) -> None:
        """Stores heads, frames and the position in one step, then announces what was not older than its head.

        Raises EpochOver if Redis has moved on: then nothing was stored.
        """
        pushes = [push for bundle in bundles for push in bundle.news if isinstance(push, Push)]
        args: list[str | int | bytes] = [epoch, position, HEAD_TTL_S, FRAME_TTL_S]
        for push in pushes:
            args += [push.topic, push.version, len(push.frames)]
            for lang, frame in push.frames.items():
                args += [lang, frame]
        news = await self._publish(keys=[ROAD], args=args)
        if news is None:
            raise EpochOver
        fresh = {push.topic for push, is_news in zip(pushes, news, strict=True) if is_news}
        for bundle in bundles:
            await self._announce_bundle(bundle, fresh)

    async def _announce_bundle(self, bundle: Bundle, fresh: Collection[str]) -> None:
        """To the group of each of its topics: whoever watches one of them gets all, and whoever two gets it twice."""
        news = [push for push in bundle.news if push.topic in fresh]
        told = [{"topic": push.topic, "v": push.version, "frames": dict(push.frames)} for push in news]
        message = {"type": "live.bundle", "e": bundle.epoch, "b": bundle.build, "n": told, "x": bundle.trace}
        for push in news:
            await self._announce(group_of(push.topic), message)

    async def tick(self, epoch: str, lag_s: float) -> None:
        """Tells every process that the relay is alive, and how far behind it is."""
        await self._announce(TICK_GROUP, {"type": "live.tick", "e": epoch, "lag": lag_s})

    async def announce_people(self, topic: str) -> None:
        """Tells every process that watches the topic to look again who is there."""
        await self._announce(group_of(topic), {"type": "live.here", "topic": topic})

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

    async def _announce(self, group: str, message: Mapping[str, object]) -> None:
        async with asyncio.timeout(LAYER_DEADLINE_S):
            await self.layer.group_send(group, message)


def group_of(topic: str) -> str:
    """Channels allows letters, digits, hyphens, underscores and periods in a group's name."""
    return "live." + topic.replace(":", ".")


def head_key(epoch: str, topic: str) -> str:
    return f"live:{epoch}:head:{topic}"


def frame_key(epoch: str, topic: str, lang: str) -> str:
    return f"live:{epoch}:frame:{topic}:{lang}"


def log_key(epoch: str, topic: str, lang: str) -> str:
    return f"live:{epoch}:log:{settings.BUILD}:{topic}:{lang}"


def want_key(topic: str, lang: str) -> str:
    return f"live:want:{topic}:{lang}"


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
