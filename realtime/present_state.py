"""The last step of recovery for partners, who have no page to GET: the topic's own query, once for all who ask.

Queries run in one thread beside the event loop, one batch after the other: however many partners come back at once,
the database sees one reader of them.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from django.db import Error as DatabaseTrouble
from django.db import connection

from backend.inventory.availability.queries import availabilities
from backend.inventory.movements.queries import last_move
from backend.inventory.queries import stock_levels
from realtime.json_frames import json_frame
from realtime.partner_wire import PartnerOutbox
from realtime.pushes import PUSHES, Append, Replace, Versioned
from realtime.render import limited_queries

BATCH = 100
RETRY_S = 1.0
MOST_TRIES = 10
MAX_ENTRIES = 1000
"""More of a log than that is no catching up any more."""

SHOWS: Mapping[str, Replace | Append] = {
    push.thing: push for pushes in PUSHES.values() for push in pushes if isinstance(push, Replace | Append)
}
"""What the topics of each kind are made of."""
ENDS: Mapping[str, Callable[[int], int]] = {"stock_moves": last_move}
"""Where a log of each kind ends."""

AT_ONCE: Mapping[str, Callable[[Collection[int]], Mapping[int, Versioned]]] = {
    "stock": availabilities,
    "stock_level": stock_levels,
}
"""States that are read for many subjects in as many queries as for one: a system that starts asks for all it has."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic; of a log the entries after a seq, or None: only where it ends."""

    topic: str
    after: int | None = None

    @property
    def thing(self) -> str:
        return self.topic.partition(":")[0]

    @property
    def pk(self) -> int:
        return int(self.topic.partition(":")[2])


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as the database has it: a state's frame, or a log's entries, by their versions."""

    version: int
    frames: Mapping[int, bytes]


class PresentState:
    """Who asked for which topic, and the one task that answers them."""

    def __init__(
        self,
        hand: Callable[[PartnerOutbox, str, Found], None],
        give_up: Callable[[PartnerOutbox, str, str], None],
    ) -> None:
        self._hand = hand
        self._give_up = give_up
        self._asked: dict[Wanted, set[PartnerOutbox]] = {}
        self._tries: Counter[Wanted] = Counter()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="partners")
        self._task: asyncio.Task[None] | None = None

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def ask(self, outbox: PartnerOutbox, topic: str) -> None:
        """The outbox is given the topic as it is from now on. Whoever asks before the query runs shares it."""
        wanted = Wanted(topic)
        if is_log(topic):
            outbox.logs.waiting.setdefault(topic, [])
            wanted = Wanted(topic, outbox.logs.seqs.get(topic))
        self._asked.setdefault(wanted, set()).add(outbox)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer())

    async def _answer(self) -> None:
        while self._asked:
            batch = {wanted: self._asked.pop(wanted) for wanted in list(self._asked)[:BATCH]}
            found = await self._found(list(batch))
            for wanted, one in found.items():
                self._tries.pop(wanted, None)
                self._answer_one(wanted.topic, batch.pop(wanted), one)
            if batch:
                await self._put_back(batch)

    async def _found(self, batch: Sequence[Wanted]) -> Mapping[Wanted, Found]:
        """Nothing while the database is away."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, read_topics, batch)
        except DatabaseTrouble as problem:
            log.warning("partners.database_lost", problem=repr(problem))
            return {}

    async def _put_back(self, unread: Mapping[Wanted, set[PartnerOutbox]]) -> None:
        """What could not be read is tried again; what cannot be read for long is the partner's to ask for again."""
        for wanted, outboxes in unread.items():
            self._tries[wanted] += 1
            if self._tries[wanted] < MOST_TRIES:
                self._asked.setdefault(wanted, set()).update(outboxes)
            else:
                del self._tries[wanted]
                self._answer_one(wanted.topic, outboxes, None)
        await asyncio.sleep(RETRY_S)

    def _answer_one(self, topic: str, outboxes: Iterable[PartnerOutbox], found: Found | None) -> None:
        """Whoever has left the topic meanwhile, or lost it, is told nothing of it any more."""
        for outbox in outboxes:
            if topic not in outbox.topics:
                outbox.logs.forget(topic)
            elif found is None:
                self._give_up(outbox, topic, "retry")
            elif len(found.frames) > MAX_ENTRIES:
                self._give_up(outbox, topic, "too_far")
            else:
                self._hand(outbox, topic, found)


def is_log(topic: str) -> bool:
    return isinstance(SHOWS[topic.partition(":")[0]], Append)


def read_topics(wanted: Sequence[Wanted]) -> dict[Wanted, Found]:
    """Each topic as it is now. What cannot be read is missing, and logged. Raises DatabaseTrouble if nothing can."""
    found: dict[Wanted, Found] = {}
    try:
        with limited_queries():
            for together in _read_together(wanted):
                try:
                    found |= _read(together)
                except Exception:
                    if not connection.is_usable():
                        raise
                    log.exception("partners.read_failed", topics=[one.topic for one in together])
    finally:
        connection.close()
    return found


def _read_together(wanted: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    for thing in AT_ONCE:
        if many := [one for one in wanted if one.thing == thing]:
            yield many
    yield from ([one] for one in wanted if one.thing not in AT_ONCE)


def _read(wanted: Sequence[Wanted]) -> dict[Wanted, Found]:
    """Topics of one thing; of a kind that is read one by one, one topic."""
    thing = wanted[0].thing
    if thing in AT_ONCE:
        shown = AT_ONCE[thing]([one.pk for one in wanted])
        return {one: _state(one, shown[one.pk]) for one in wanted}
    show, (one,) = SHOWS[thing], wanted
    return {one: _state(one, show.query(one.pk)) if isinstance(show, Replace) else _entries(one, show)}


def _state(wanted: Wanted, shown: Versioned) -> Found:
    return Found(shown.version, {shown.version: json_frame(wanted.topic, shown.version, "replace", shown)})


def _entries(wanted: Wanted, show: Append) -> Found:
    end = ENDS[wanted.thing](wanted.pk)
    after = end - 1 if wanted.after is None else wanted.after
    entries = show.query(wanted.pk, after + 1, min(end, after + MAX_ENTRIES + 1))
    return Found(end, {entry.seq: json_frame(wanted.topic, entry.seq, "append", entry) for entry in entries})
