"""What travels from the relay to the hubs."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class EpochOver(Exception):
    """Redis is in another epoch than the caller: whoever delivers has to look again where the road begins."""


@dataclass(frozen=True, slots=True)
class Road:
    """What Redis remembers of the relay: the epoch, whose database it is, and the position delivered so far."""

    epoch: str
    cluster: str
    position: int


@dataclass(frozen=True, slots=True)
class Push:
    """The newest version of a topic, announced always; frames (UTF-8 HTML by language) only where someone watches."""

    topic: str
    version: int
    frames: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Announced:
    """A push as it arrives at a hub."""

    epoch: str
    push: Push


@dataclass(frozen=True, slots=True)
class Tick:
    """The relay is alive, and everything committed more than lag_s seconds ago has been delivered."""

    epoch: str
    lag_s: float


@dataclass(frozen=True, slots=True)
class Stored:
    """What Redis has of a topic: its head (0: unknown), the frames that are the head's, and who wants which."""

    head: int = 0
    frames: Mapping[str, bytes] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()
