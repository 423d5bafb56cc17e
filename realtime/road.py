"""What travels from the relay to the hubs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

JSON = "json"
"""Beside the languages of the pages: the same state for partner systems. A frame in it is a JSON text, not HTML."""


class EpochOver(Exception):
    """Redis is in another epoch than the caller: whoever delivers has to look again where the road begins."""


class Deposed(Exception):
    """Another relay has taken the lead since: whoever led before delivers nothing more, and stands by again."""


@dataclass(frozen=True, slots=True)
class Road:
    """What Redis remembers of the relay: the epoch, whose database it is, and the position delivered so far."""

    epoch: str
    cluster: str
    position: int


@dataclass(frozen=True, slots=True)
class Push:
    """The newest version of a topic, announced always; frames (UTF-8, by language) only where someone watches.

    Without a frame in a watcher's language it asks the page to ask: that is also all that a Refresh topic ever sends.
    """

    topic: str
    version: int
    frames: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entries:
    """What was appended to a log: its entries first..version by seq, without a gap; one frame each per language."""

    topic: str
    version: int
    first: int
    frames: Mapping[str, Sequence[bytes]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one subject's events brought, to be shown in one task: an order's status and its timeline's line."""

    epoch: str
    build: str
    """The relay's settings.BUILD: frames of another build are never shown."""
    news: Sequence[Push | Entries]
    trace: str = ""
    """`<event id>.<milliseconds since 1970 of its commit>` of a sampled event, else empty."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The relay is alive, and everything committed more than lag_s seconds ago has been delivered."""

    epoch: str
    lag_s: float
    shard: int = 0
    shards: int = 1


@dataclass(frozen=True, slots=True)
class Revoked:
    """Access scopes whose numbers were raised, with the new numbers. Travels in a lane of its own."""

    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """Somebody came to a topic or went, types there or has seen something: whoever tells it looks again."""

    topic: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What Redis has of a topic: its head (0: unknown), the frames that are the head's, and who wants which."""

    head: int = 0
    frames: Mapping[str, bytes] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()
