"""Who watches what in this process."""

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
