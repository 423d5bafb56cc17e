"""Who watches what in this process."""

from collections.abc import Iterator, Set
from dataclasses import dataclass

from realtime.outbox import Encode, Outbox


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page shows of a topic, and in which epoch it was made (then a topic without a head has not changed)."""

    version: int
    epoch: str


class Audience:
    """Those watchers of a topic who get the same bytes: one language, one way out."""

    __slots__ = ("encode", "is_ready", "lang", "left", "newest", "outboxes", "version", "waiting")

    def __init__(self, lang: str, encode: Encode) -> None:
        self.lang = lang
        self.encode = encode
        self.outboxes: set[Outbox] = set()
        self.left = 0
        """How often somebody left: a fan-out that let others run asks whether it has to look again."""
        self.version = 0
        """The newest version that everyone here was given or already had; 0: none in this epoch."""
        self.newest: bytes | None = None
        """That version's frame, if one was rendered."""
        self.is_ready = False
        """The group is joined, the interest known, the head compared: from here on nothing is missed unseen."""
        self.waiting: dict[Outbox, Seen] = {}

    def discard(self, outbox: Outbox) -> None:
        self.outboxes.discard(outbox)
        self.waiting.pop(outbox, None)
        self.left += 1


class Topic:
    """One subject as those with one right may see it."""

    __slots__ = ("audiences", "is_joined", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.audiences: dict[tuple[str, Encode], Audience] = {}
        self.is_joined = False

    def languages(self) -> set[str]:
        return {lang for lang, _ in self.audiences}

    def is_behind(self, head: int) -> bool:
        """Whether somebody here was not told of this version."""
        return any(head > audience.version and audience.is_ready for audience in self.audiences.values())


class Roll:
    """Every topic that is watched here, by whom, and the access scopes that all of it hangs on."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic] = {}
        self.outboxes: set[Outbox] = set()
        self.scopes: dict[str, int] = {}
        """How many watched topics hang on each scope."""
        self.unready: list[tuple[Topic, Audience]] = []

    def add(self, outbox: Outbox, name: str, scopes: tuple[str, ...]) -> Audience:
        """The audience that the outbox now belongs to."""
        self._count(outbox.topics.get(name, ()), -1)
        self._count(scopes, 1)
        outbox.topics[name] = scopes
        audience = self._audience(name, outbox)
        audience.outboxes.add(outbox)
        return audience

    def remove(self, outbox: Outbox, name: str) -> None:
        """Takes a topic from an outbox, and what of it still waits there. Fine if it never had it."""
        scopes = outbox.topics.pop(name, None)
        if scopes is not None:
            self._count(scopes, -1)
            self.topics[name].audiences[outbox.lang, outbox.encode].discard(outbox)
            outbox.held.pop(name, None)

    def hanging_on(self, scopes: Set[str]) -> Iterator[tuple[Outbox, list[str]]]:
        """Everyone who watches something that hangs on one of the scopes, and what."""
        for outbox in list(self.outboxes):
            if names := [name for name, hangs_on in outbox.topics.items() if not scopes.isdisjoint(hangs_on)]:
                yield outbox, names

    def forget_unwatched(self) -> list[str]:
        """Forgets audiences that nobody is left of; returns the topics that went with them."""
        forgotten = []
        for topic in list(self.topics.values()):
            for key, audience in list(topic.audiences.items()):
                if not audience.outboxes and audience.is_ready:
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
            audience = topic.audiences[outbox.lang, outbox.encode] = Audience(outbox.lang, outbox.encode)
            self.unready.append((topic, audience))
        return audience

    def _count(self, scopes: tuple[str, ...], by: int) -> None:
        for scope in scopes:
            self.scopes[scope] = self.scopes.get(scope, 0) + by
            if not self.scopes[scope]:
                del self.scopes[scope]
