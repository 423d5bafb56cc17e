"""Who is here, who types and who has seen what: as this process tells it, and as its watchers hear it.

What sockets say is written to Redis a few times a second at most; what changed, here or in another process, is read
once per topic and told to those who watch it here. Nothing waits for it: while Redis is away nobody's presence is
known, and all else goes on.
"""

import asyncio
import random
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count

from realtime import messages, metrics
from realtime.access import NOBODY
from realtime.attendance import GRACE_S, HERE_S, MANY, TYPING_S, Attendance, Heard, Scene, Word
from realtime.delivery import ROAD_ERRORS
from realtime.outbox import Outbox
from realtime.topics import TopicKind, kind_of

PAUSE_S = 0.2
"""Between two turns: what comes meanwhile is written, read and told together."""
LOOK_AGAIN_S = 10.0
"""An announcement that the layer lost leaves nobody standing longer than this."""
CROWD_S = 5.0
"""How often the people of a large topic are counted anew."""
LAPSE_S = 1.0
"""How late a lapse may be noticed."""
TYPING_PAUSE_S = 1.0
UNKNOWN_S = 5.0
FAREWELL_S = 1.0
MOST_DUE = 20_000
MOST_SEEN = 2**53
TRIES = 3
"""A page may show a version that the relay has not delivered yet: its receipt is offered again."""
BURST = 256

Hold = Callable[[Outbox, str, bytes], None]
"""Keeps a payload for a socket under a key until it can be written; a newer one replaces it."""


@dataclass(slots=True)
class _Socket:
    """One socket's person."""

    key: str
    name: str
    until: float
    """Without a heartbeat it is not believed to be here after this moment of the loop's clock."""
    typing: set[str] = field(default_factory=set)
    typed_at: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Gathering:
    """A topic's watchers in this process, and what they were told."""

    kind: TopicKind
    look_at: float
    outboxes: set[Outbox] = field(default_factory=set)
    told: Scene | None = None
    looked_at: float = 0.0
    ahead: list[Word] = field(default_factory=list)
    """Receipts for versions above the head."""


class Presence:
    """The people of one process. Every method returns at once and fails at nothing; `keep` has to run beside it."""

    def __init__(self, attendance: Attendance, hold: Hold) -> None:
        self._loop = asyncio.get_running_loop()
        self._attendance = attendance
        self._hold = hold
        self._process = uuid.uuid4().hex[:8]
        self._numbers = count(1)
        self._sockets: dict[Outbox, _Socket] = {}
        self._at: dict[str, _Gathering] = {}
        self._due: dict[tuple[str, str, str], Word] = {}
        self._changed: set[str] = set()
        self._is_due = asyncio.Event()
        self._away_since: float | None = None

    # --- What sockets say

    def enter(self, outbox: Outbox, topics: Iterable[str], name: str) -> None:
        """Whoever watches is here, if the topic tells it; `name` is how the grant says that they are shown."""
        if outbox.person == NOBODY:
            return
        for topic in topics:
            kind = kind_of(topic)
            if kind and (kind.presence or kind.typing):
                self._arrive(outbox, topic, kind, name)

    def leave(self, outbox: Outbox, topic: str) -> None:
        """Stops watching: still here for the grace, but typing no more. Fine if it never watched."""
        self._depart(outbox, topic, GRACE_S)

    def drop(self, outbox: Outbox, topics: Iterable[str]) -> None:
        """The right to it ended: gone at once, with what waited."""
        for topic in topics:
            self._depart(outbox, topic, 0.0)
            for kind in ("here", "typing", "seen"):
                outbox.held.pop(f"{kind} {topic}", None)

    def forget(self, outbox: Outbox) -> None:
        """The socket is gone, and has left every topic."""
        self._sockets.pop(outbox, None)

    def beat(self, outbox: Outbox) -> None:
        """The socket's heartbeat: whoever sends none is not here much longer."""
        if socket := self._sockets.get(outbox):
            socket.until = self._loop.time() + HERE_S
            for topic in outbox.topics:
                if self._is_here(outbox, topic):
                    self._say(Word("here", topic, outbox.person, socket.key, socket.name, HERE_S))

    def typing(self, outbox: Outbox, topic: str, on: bool) -> None:
        """Ends by itself after TYPING_S, so a page repeats it; of more than one a second the rest is not heard."""
        socket, gathering = self._sockets.get(outbox), self._at.get(topic)
        if socket is None or gathering is None or outbox not in gathering.outboxes:
            metrics.UNHEARD.labels("typing").inc()
        elif on:
            now = self._loop.time()
            if now - socket.typed_at.get(topic, -TYPING_PAUSE_S) >= TYPING_PAUSE_S:
                socket.typing.add(topic)
                socket.typed_at[topic] = now
                self._say(Word("typing", topic, outbox.person, socket.key, socket.name, TYPING_S))
        elif topic in socket.typing:
            self._stop_typing(outbox, socket, topic)

    def seen(self, outbox: Outbox, topic: str, version: int) -> None:
        """The person has seen the topic up to this version. Never goes back, and never past the head."""
        if not self._is_here(outbox, topic) or not 0 < version <= MOST_SEEN:
            metrics.UNHEARD.labels("seen").inc()
            return
        said = self._due.get(("seen", topic, str(outbox.person)))
        if said is None or said.version < version:
            self._say(Word("seen", topic, outbox.person, "", version=version, tries=TRIES))

    def changed(self, topic: str) -> None:
        """Another process, or this one, announced that somebody came, went, types or has seen something."""
        gathering = self._at.get(topic)
        if gathering is None:
            return
        if gathering.told and gathering.told.n > MANY:
            gathering.look_at = min(gathering.look_at, gathering.looked_at + CROWD_S)
        else:
            self._look_soon(topic)

    # --- Coming and going

    def _arrive(self, outbox: Outbox, topic: str, kind: TopicKind, name: str) -> None:
        now = self._loop.time()
        socket = self._sockets.get(outbox)
        if socket is None:
            key = f"{self._process}.{next(self._numbers)}"
            socket = self._sockets[outbox] = _Socket(key, name, now + HERE_S)
        gathering = self._at.get(topic)
        if gathering is None:
            gathering = self._at[topic] = _Gathering(kind, now)
        if outbox in gathering.outboxes:
            return
        gathering.outboxes.add(outbox)
        if kind.presence:
            self._say(Word("here", topic, outbox.person, socket.key, name, HERE_S))
        if gathering.told is None:
            self._look_soon(topic)
        else:
            for key, payload in _news(topic, kind, None, gathering.told):
                self._hold(outbox, key, payload)

    def _depart(self, outbox: Outbox, topic: str, grace_s: float) -> None:
        socket, gathering = self._sockets.get(outbox), self._at.get(topic)
        if socket is None or gathering is None or outbox not in gathering.outboxes:
            return
        gathering.outboxes.discard(outbox)
        if not gathering.outboxes:
            del self._at[topic]
        if topic in socket.typing:
            self._stop_typing(outbox, socket, topic)
        if gathering.kind.presence:
            self._say(Word("here", topic, outbox.person, socket.key, socket.name, grace_s))

    def _stop_typing(self, outbox: Outbox, socket: _Socket, topic: str) -> None:
        socket.typing.discard(topic)
        self._say(Word("typing", topic, outbox.person, socket.key))

    def _is_here(self, outbox: Outbox, topic: str) -> bool:
        gathering = self._at.get(topic)
        return gathering is not None and gathering.kind.presence and outbox in gathering.outboxes

    def _say(self, word: Word) -> None:
        self._due[word.key] = word
        self._is_due.set()

    def _look_soon(self, topic: str) -> None:
        self._changed.add(topic)
        self._is_due.set()

    # --- Writing and looking, a few times a second at most

    async def keep(self) -> None:
        """Raises what Redis raises; what was to be written is kept, and it may be called again."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAPSE_S if self._at else None):
                    await self._is_due.wait()
            self._is_due.clear()
            try:
                await self._write()
                await self._look()
            except ROAD_ERRORS:
                await self._miss_redis()
                raise
            self._find_redis()
            await asyncio.sleep(PAUSE_S)

    async def close(self) -> None:
        """The last words of a process that ends: its people have their grace, not a heartbeat's life."""
        with suppress(*ROAD_ERRORS):
            await asyncio.wait_for(self._write(), FAREWELL_S)

    async def _write(self) -> None:
        due, self._due = self._due, {}
        if not due:
            return
        words = list(due.values())
        try:
            heard = await self._attendance.tell(words)
        except BaseException:
            if len(due) < MOST_DUE:
                self._due = {**due, **self._due}
            raise
        for word, one in zip(words, heard, strict=True):
            self._note(word, one)

    def _note(self, word: Word, heard: Heard) -> None:
        gathering = self._at.get(word.topic)
        if gathering is None:
            return
        if heard.is_news:
            self.changed(word.topic)
        if word.kind == "seen" and heard.version < word.version and word.tries:
            gathering.ahead.append(replace(word, tries=word.tries - 1))

    async def _look(self) -> None:
        now = self._loop.time()
        due = {topic for topic, gathering in self._at.items() if gathering.look_at <= now}
        due, self._changed = due | (self._changed & self._at.keys()), set()
        if due:
            for topic, scene in (await self._attendance.look(sorted(due))).items():
                if gathering := self._at.get(topic):
                    await self._regard(topic, gathering, scene)

    async def _regard(self, topic: str, gathering: _Gathering, scene: Scene) -> None:
        now = gathering.looked_at = self._loop.time()
        gathering.look_at = now + _next_look_s(gathering.kind, scene)
        for word in gathering.ahead:
            self._due.setdefault(word.key, word)
        gathering.ahead = []
        if gathering.kind.presence and scene.n <= MANY and self._come_again(topic, gathering, scene):
            self._look_soon(topic)  # Redis forgot people who are here: nobody is told that they left
        else:
            await self._tell(topic, gathering, scene)

    def _come_again(self, topic: str, gathering: _Gathering, known: Scene) -> bool:
        """Whether somebody who is here was not known to be, and is now about to be."""
        now, found = self._loop.time(), False
        for outbox in gathering.outboxes:
            socket = self._sockets.get(outbox)
            if socket and socket.until > now and outbox.person not in known.people:
                self._say(Word("here", topic, outbox.person, socket.key, socket.name, HERE_S))
                found = True
        return found

    async def _tell(self, topic: str, gathering: _Gathering, scene: Scene) -> None:
        news = list(_news(topic, gathering.kind, gathering.told, scene))
        gathering.told = scene
        for number, outbox in enumerate(list(gathering.outboxes) if news else (), 1):
            if number % BURST == 0:
                await asyncio.sleep(0)
            if outbox in gathering.outboxes:
                for key, payload in news:
                    self._hold(outbox, key, payload)

    # --- Redis goes and comes

    async def _miss_redis(self) -> None:
        """After a while without Redis nobody is said to be here: it is not known."""
        now = self._loop.time()
        self._away_since = now if self._away_since is None else self._away_since
        if now - self._away_since >= UNKNOWN_S:
            for topic, gathering in list(self._at.items()):
                if gathering.told is not None:
                    await self._tell(topic, gathering, Scene())
        self._is_due.set()

    def _find_redis(self) -> None:
        if self._away_since is not None:
            self._away_since = None
            for topic, gathering in self._at.items():
                if gathering.kind.presence:
                    self._come_again(topic, gathering, Scene())
                self._look_soon(topic)


def _next_look_s(kind: TopicKind, scene: Scene) -> float:
    """When the next entry lapses; but not much later than a lost announcement may be felt."""
    again_s = LOOK_AGAIN_S * random.uniform(0.8, 1.2)  # noqa: S311
    if not kind.presence:
        again_s *= 3
    lapses_in_s = again_s if scene.lapses_in_s is None else scene.lapses_in_s
    return min(again_s, max(lapses_in_s, CROWD_S) if scene.n > MANY else lapses_in_s)


def _news(topic: str, kind: TopicKind, before: Scene | None, now: Scene) -> Iterator[tuple[str, bytes]]:
    """What differs, each under the key that a newer one replaces it by. Who is told for the first time hears all."""
    empty = Scene()
    if kind.presence and (before is None or (before.n, before.people) != (now.n, now.people)):
        yield f"here {topic}", messages.here(topic, now.people if now.n <= MANY else None, now.n)
    if now.typing != (before or empty).typing:
        yield f"typing {topic}", messages.typing(topic, now.typing)
    if kind.presence and now.seen != (before or empty).seen:
        yield f"seen {topic}", messages.seen(topic, now.seen)
