"""What listens to the log: each room's `reactions.py`, with one durable cursor per room.

A reaction is called at least once for every event of its kind, in position order, and has to be idempotent. A reaction
that fails stops its own room's cursor, never another's: the event is tried again until it succeeds. After
FAILURES_BURIED of them in a row the operator is told by a dead letter.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import transaction

from backend.events import dead_letters, log
from backend.events.models import Event
from backend.events.rooms import reacting_rooms

FAILURES_BURIED = 5
BATCH = 500

Reaction = Callable[[Event], None]
logger = logging.getLogger(__name__)
_failures: dict[str, tuple[int, int, str]] = {}
"""Of each room: the position that it could not pass, how often, and the error."""


@dataclass(frozen=True, slots=True)
class Together:
    """A reaction to as many events in a row as there are: what it asks and writes, it asks and writes once for all."""

    react: Callable[[Sequence[Event]], None]

    def __call__(self, event: Event) -> None:
        self.react([event])


def listeners() -> Mapping[str, Mapping[str, Reaction]]:
    """Every installed room that has a `reactions.py`, by name, with its REACTIONS."""
    return {room: module.REACTIONS for room, module in reacting_rooms().items()}


def listen_once(room: str, reactions: Mapping[str, Reaction], limit: int = BATCH) -> int:
    """Lets a room react to what happened since its cursor; returns how many events it has passed.

    Each reaction is a transaction, with the cursor; whatever the room does not react to is passed at once. One query
    where nothing has happened.
    """
    stretch = log.unheard(room, reactions, limit)
    if stretch.last == stretch.after:
        return 0
    in_a_row = groupby(stretch.events, key=lambda event: reactions[event.kind])
    if not all(_react(room, reaction, list(events)) for reaction, events in in_a_row):
        return log.watermark(room) - stretch.after
    log.move_watermark(stretch.last, room)
    return stretch.last - stretch.after


def _react(room: str, reaction: Reaction, events: Sequence[Event]) -> bool:
    """Whether all of them were passed."""
    if isinstance(reaction, Together):
        return _react_together(room, reaction, events)
    return all(_react_alone(room, reaction, event) for event in events)


def _react_together(room: str, reaction: Together, events: Sequence[Event]) -> bool:
    """Where several fail, each half is tried by itself: those before the one to blame are passed, and it is named."""
    if len(events) == 1:
        return _react_alone(room, reaction, events[0])
    try:
        with transaction.atomic():
            reaction.react(events)
            log.move_watermark(events[-1].position or 0, room)
    except Exception as problem:
        logger.warning("%s could not react to %d events together: %r", room, len(events), problem)
        middle = len(events) // 2
        return _react_together(room, reaction, events[:middle]) and _react_together(room, reaction, events[middle:])
    _failures.pop(room, None)
    return True


def _react_alone(room: str, reaction: Reaction, event: Event) -> bool:
    try:
        with transaction.atomic():
            reaction(event)
            log.move_watermark(event.position or 0, room)
    except Exception as problem:
        logger.exception("%s could not react to %s at position %s", room, event, event.position)
        _count_failure(room, event, problem)
        return False
    _failures.pop(room, None)
    return True


def _count_failure(room: str, event: Event, problem: Exception) -> None:
    position, times, _ = _failures.get(room, (0, 0, ""))
    times = times + 1 if position == event.position else 1
    _failures[room] = (event.position or 0, times, dead_letters.named(problem))
    if times == FAILURES_BURIED:
        dead_letters.bury(event.position or 0, event.subject, what=f"{room}: {event.kind}", problem=problem)


def failing() -> Mapping[str, str]:
    """The rooms that this process can't get past an event, with the error."""
    return {room: problem for room, (_position, _times, problem) in _failures.items()}


def passed_by_all() -> int:
    """The position that every reader of the log has passed, the relays included."""
    return min([log.relay_watermark(), *(log.watermark(room) for room in listeners())])
