"""Who watches what in this process, and how new everyone's pages are."""

from collections import deque
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime.holding import Payload
from realtime.outbox import Encode, Outbox
from realtime.road import JSON, Entries, Push

if TYPE_CHECKING:
    from realtime.cohort import Cohort

RECENT = 100
"""Entries of a log that each audience remembers, for those who come late."""

News = Push | Entries


class Gap(Exception):
    """Entries between these and the ones before were missed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page shows of a topic, and in which epoch it was made (then a topic without a head has not changed)."""

    version: int
    epoch: str


class Audience:
    """Those watchers of a topic who get the same bytes: one language, one way out."""

    __slots__ = ("cohorts", "encode", "is_ready", "lang", "name", "newest", "recent", "scopes", "version", "waiting")

    def __init__(self, name: str, lang: str, encode: Encode) -> None:
        self.name = name
        self.scopes: tuple[str, ...] = ()
        """What the topic hangs on for most, shared by them: every grant brings texts of its own."""
        self.lang = lang
        """Empty for pages of another build: no frame is theirs."""
        self.encode = encode
        self.cohorts: set[Cohort] = set()
        """Everyone who has been given all that is known, by what else they watch."""
        self.version = 0
        """The newest version that everyone in the cohorts was given or already had; 0: none in this epoch."""
        self.newest: bytes | None = None
        """A state's frame of that version, if one was rendered."""
        self.recent: deque[bytes] = deque(maxlen=RECENT)
        """A log's entries up to that version, without a gap."""
        self.is_ready = False
        """The group is joined, the interest known, the head compared: from here on nothing is missed unseen."""
        self.waiting: dict[Outbox, Seen] = {}
        """Who is not taken up yet: nothing is given to them, so nothing overtakes what they miss."""

    def watchers(self) -> int:
        return sum(len(cohort.outboxes) for cohort in self.cohorts)

    def askers(self, told: int) -> int:
        """How many GET something when so many are told to: for partners the server reads it itself, once for all."""
        return 0 if self.lang == JSON else told

    def take(self, news: News) -> Payload | None:
        """What the cohorts have to be given to be as new as the news; None if they are. Empty: the page has to ask.

        Raises Gap where entries are missing in between; then nothing was taken.
        """
        if news.version <= self.version:
            return None
        if isinstance(news, Push) or self.lang not in news.frames:
            newest = news.frames.get(self.lang) if isinstance(news, Push) else None
            self.know(news.version, newest)
            return newest or b""
        if self.version and news.first > self.version + 1:
            raise Gap
        entries = list(news.frames[self.lang])[max(0, self.version + 1 - news.first) :]
        self.version = news.version
        self.recent.extend(entries)
        return entries

    def know(self, version: int, newest: bytes | None = None) -> None:
        """This is the version now, however the watchers come by it."""
        self.version, self.newest = version, newest
        self.recent.clear()

    def since(self, version: int) -> list[bytes] | None:
        """The entries after a version: all of them, or None where memory does not reach so far."""
        missing = self.version - version
        return list(self.recent)[len(self.recent) - missing :] if 0 <= missing <= len(self.recent) else None


class Topic:
    """One subject as those with one right may see it."""

    __slots__ = ("audiences", "is_joined", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.audiences: dict[tuple[str, Encode], Audience] = {}
        self.is_joined = False

    def languages(self) -> set[str]:
        """Those that frames are wanted in."""
        return {lang for lang, _ in self.audiences if lang}

    def behind(self, head: int) -> list[Audience]:
        """Those audiences that were not told of this version."""
        return [audience for audience in self.audiences.values() if head > audience.version and audience.is_ready]


class Roll:
    """Every topic that is watched here, by whom, and the access scopes that all of it hangs on."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic] = {}
        self.outboxes: set[Outbox] = set()
        self.scopes: dict[str, int] = {}
        """How many watched topics hang on each scope."""
        self.unready: list[tuple[Topic, Audience]] = []

    def add(self, outbox: Outbox, name: str, scopes: tuple[str, ...]) -> Audience:
        """The audience that the outbox belongs to; it is not taken up there yet."""
        self._count(outbox.topics.get(name, ()), -1)
        self._count(scopes, 1)
        audience = self._audience(name, outbox)
        if audience.scopes != scopes:
            audience.scopes = scopes
        outbox.topics[audience.name] = audience.scopes
        return audience

    def remove(self, outbox: Outbox, name: str) -> Audience | None:
        """Takes a topic from an outbox, and what of it still waits there. None if it never had it."""
        scopes = outbox.topics.pop(name, None)
        if scopes is None:
            return None
        self._count(scopes, -1)
        audience = self.topics[name].audiences[outbox.lang, outbox.encode]
        audience.waiting.pop(outbox, None)
        outbox.held.pop(name, None)
        return audience

    def hanging_on(self, scopes: Set[str]) -> Iterator[tuple[Outbox, list[str]]]:
        """Everyone who watches something that hangs on one of the scopes, and what."""
        if scopes.isdisjoint(self.scopes):
            return
        for outbox in list(self.outboxes):
            if names := [name for name, hangs_on in outbox.topics.items() if not scopes.isdisjoint(hangs_on)]:
                yield outbox, names

    def forget_unwatched(self) -> list[str]:
        """Forgets audiences that nobody is left of; returns the topics that went with them."""
        forgotten = []
        for topic in list(self.topics.values()):
            for key, audience in list(topic.audiences.items()):
                if audience.is_ready and not audience.cohorts and not audience.waiting:
                    del topic.audiences[key]
            if not topic.audiences:
                del self.topics[topic.name]
                forgotten.append(topic.name)
        return forgotten

    def wanted(self) -> set[tuple[str, str]]:
        """Every topic and language that somebody reads."""
        return {(name, lang) for name, topic in self.topics.items() for lang in topic.languages()}

    def _audience(self, name: str, outbox: Outbox) -> Audience:
        topic = self.topics.get(name)
        if topic is None:
            topic = self.topics[name] = Topic(name)
        audience = topic.audiences.get((outbox.lang, outbox.encode))
        if audience is None:
            audience = topic.audiences[outbox.lang, outbox.encode] = Audience(name, outbox.lang, outbox.encode)
            self.unready.append((topic, audience))
        return audience

    def _count(self, scopes: tuple[str, ...], by: int) -> None:
        for scope in scopes:
            self.scopes[scope] = self.scopes.get(scope, 0) + by
            if not self.scopes[scope]:
                del self.scopes[scope]
