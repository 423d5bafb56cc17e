"""Who is where, as Redis knows it: entries that lapse by themselves, whoever dies. All of it may be lost without harm.

`live:here:<topic>` and `live:typing:<topic>` are sorted sets of `<person>:<socket>` by the moment (ms of Redis's own
clock) at which the entry lapses; `live:names:<topic>` says how each person is shown, `live:seen:<topic>` which version
each has seen. None of it hangs on an epoch: people stay where they are when the relay begins anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from realtime.delivery import Delivery, chunks

HERE_S = 35.0
"""An entry lives this long without a heartbeat, which comes every 15 s."""
GRACE_S = 15.0
"""Whoever reloads, or loses the network for a moment, never left."""
TYPING_S = 6.0
KEEP_S = 70
SEEN_TTL_S = 24 * 3600
MANY = 20
"""Above so many people only their number is told: no names, no receipts."""

_TELL = """
-- ARGV: keep (s), seen ttl (s), then for each word: here|typing|seen, topic, person, socket, name, number;
-- number is how many ms the entry lives (0: it goes at once), or the version that was seen.
-- Answers for each: whether others have to look again, and the version that was taken as seen.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = redis.call('HGET', 'live:road', 'epoch')
local answers = {}
for i = 3, #ARGV, 6 do
  local kind, topic, person, number = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 5])
  local key, is_news = 'live:' .. kind .. ':' .. topic, 0
  if kind == 'seen' then
    local head = epoch and redis.call('GET', 'live:' .. epoch .. ':head:' .. topic)
    if head then number = math.min(number, tonumber(head)) end
    if number > tonumber(redis.call('HGET', key, person) or '0') then
      redis.call('HSET', key, person, string.format('%.0f', number))
      is_news = 1
    end
    redis.call('EXPIRE', key, ARGV[2])
  else
    local member = person .. ':' .. ARGV[i + 3]
    if number == 0 then
      is_news = redis.call('ZREM', key, member)
    else
      local names, was = 'live:names:' .. topic, tonumber(redis.call('ZSCORE', key, member) or '0')
      if was <= now or was > now + number or redis.call('HGET', names, person) ~= ARGV[i + 4] then is_news = 1 end
      redis.call('ZADD', key, now + number, member)
      redis.call('HSET', names, person, ARGV[i + 4])
      redis.call('EXPIRE', key, ARGV[1])
      redis.call('EXPIRE', names, ARGV[1])
    end
  end
  answers[#answers + 1] = {is_news, string.format('%.0f', number)}
end
return answers
"""

_LOOK = """
-- ARGV: how many are many, then topics. Answers for each: how many people are here, who they are (person, name, ...),
-- who types, what was seen (person, version, ...), and in how many ms the first entry lapses (-1: there is none).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local many = tonumber(ARGV[1])
local function person_of(member) return string.match(member, '^[^:]*') end
local function present(key, lapsed)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', now)) do lapsed[person_of(member)] = true end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  local people, known = {}, {}
  for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    local person = person_of(member)
    if not known[person] then known[person] = true; people[#people + 1] = person end
  end
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return people, known, first[2] and tonumber(first[2]) - now
end
local function named(names, people)
  local told = {}
  for i = 1, math.min(many, #people) do
    told[2 * i - 1], told[2 * i] = people[i], redis.call('HGET', names, people[i]) or ''
  end
  return told
end
local answers = {}
for i = 2, #ARGV do
  local names, seen, lapsed = 'live:names:' .. ARGV[i], 'live:seen:' .. ARGV[i], {}
  local here, is_here, here_ms = present('live:here:' .. ARGV[i], lapsed)
  local typing, is_typing, typing_ms = present('live:typing:' .. ARGV[i], lapsed)
  for person in pairs(lapsed) do
    if not is_here[person] and not is_typing[person] then redis.call('HDEL', names, person) end
  end
  local receipts = redis.call('HLEN', seen) <= many and redis.call('HGETALL', seen) or {}
  local soonest = math.min(here_ms or math.huge, typing_ms or math.huge)
  answers[#answers + 1] = {
    #here, #here <= many and named(names, here) or {}, named(names, typing), receipts,
    soonest == math.huge and -1 or soonest
  }
end
return answers
"""


@dataclass(frozen=True, slots=True)
class Word:
    """What a socket says about a topic. One that lives for 0 s ends what was said before."""

    kind: str
    """here, typing or seen."""
    topic: str
    person: int
    socket: str
    name: str = ""
    lives_s: float = 0.0
    version: int = 0
    tries: int = 0
    """How often a receipt that was cut to the head is offered again."""

    @property
    def key(self) -> tuple[str, str, str]:
        """A newer word under the same key takes its place."""
        return self.kind, self.topic, self.socket or str(self.person)

    def arguments(self) -> tuple[str | int, ...]:
        number = self.version if self.kind == "seen" else round(self.lives_s * 1000)
        return (self.kind, self.topic, self.person, self.socket, self.name, number)


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a word: whether others have to look again, and the version that was taken as seen."""

    is_news: bool
    version: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A topic's people at one moment."""

    n: int = 0
    """How many people are here, whether or not they are named."""
    people: Mapping[int, str] = field(default_factory=dict)
    """Who is here and how each is shown; empty above MANY."""
    typing: Mapping[int, str] = field(default_factory=dict)
    """At most MANY."""
    seen: Mapping[int, int] = field(default_factory=dict)
    lapses_in_s: float | None = field(default=None, compare=False)
    """When the next entry lapses, if nobody renews it."""


class Attendance:
    """The book of who is where. Raises what Redis raises: whoever asks lives on without."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._tell = delivery.redis.register_script(_TELL)
        self._look = delivery.redis.register_script(_LOOK)

    async def tell(self, words: Sequence[Word]) -> list[Heard]:
        """Writes them down, and tells every process that watches a topic in which something changed."""
        heard: list[Heard] = []
        for chunk in chunks(words):
            told = [argument for word in chunk for argument in word.arguments()]
            answers = await self._tell(args=[KEEP_S, SEEN_TTL_S, *told])
            heard += [Heard(bool(is_news), int(version)) for is_news, version in answers]
        changed = {word.topic for word, one in zip(words, heard, strict=True) if one.is_news}
        for topic in sorted(changed):
            await self._delivery.announce_people(topic)
        return heard

    async def look(self, topics: Sequence[str]) -> dict[str, Scene]:
        """How it stands at each topic; what has lapsed is gone."""
        scenes: dict[str, Scene] = {}
        for chunk in chunks(topics):
            answers = await self._look(args=[MANY, *chunk])
            scenes.update({topic: _scene(answer) for topic, answer in zip(chunk, answers, strict=True)})
        return scenes


def _scene(answer: Sequence[Any]) -> Scene:
    n, people, typing, seen, lapses_in_ms = answer
    return Scene(
        n,
        {int(person): name.decode() for person, name in _pairs(people)},
        {int(person): name.decode() for person, name in _pairs(typing)},
        {int(person): int(version) for person, version in _pairs(seen)},
        None if lapses_in_ms < 0 else lapses_in_ms / 1000,
    )


def _pairs(flat: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return zip(flat[::2], flat[1::2], strict=True)
