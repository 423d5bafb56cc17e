"""What listens to the log: each room's `reactions.py`, with one durable cursor per room.

A reaction is called at least once for every event of its kind, in position order, and has to be idempotent. A reaction
that fails stops its own room's cursor, never another's: the event is tried again until it succeeds. After
FAILURES_BURIED of them in a row the operator is told by a dead letter.
"""

import logging
from collections.abc import Callable, Mapping

from django.db import transaction

from backend.events import dead_letters, log
from backend.events.models import Event
from backend.events.rooms import reacting_rooms

FAILURES_BURIED = 5

Reaction = Callable[[Event], None]
logger = logging.getLogger(__name__)
_failures: dict[str, tuple[int, int]] = {}
"""Of each room: the position that it could not pass, and how often."""


def listeners() -> Mapping[str, Mapping[str, Reaction]]:
    """Every installed room that has a `reactions.py`, by name, with its REACTIONS."""
    return {room: module.REACTIONS for room, module in reacting_rooms().items()}


def listen_once(room: str, reactions: Mapping[str, Reaction], limit: int = 100) -> int:
    """Lets a room react to what happened since its cursor; returns how many events it has passed.

    Each reaction is a transaction, with the cursor; whatever the room does not react to is passed at once.
    """
    events, passed = log.since(log.watermark(room), limit), 0
    for event in events:
        if event.kind in reactions and not _react(room, reactions[event.kind], event):
            break
        passed += 1
    if passed and events[passed - 1].kind not in reactions:
        log.move_watermark(events[passed - 1].position or 0, room)
    return passed


def _react(room: str, reaction: Reaction, event: Event) -> bool:
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
    position, times = _failures.get(room, (0, 0))
    times = times + 1 if position == event.position else 1
    _failures[room] = (event.position or 0, times)
    if times == FAILURES_BURIED:
        dead_letters.bury(event.position or 0, event.subject, what=f"{room}: {event.kind}", problem=problem)


def passed_by_all() -> int:
    """The position that every reader of the log has passed, the relays included."""
    return min([log.relay_watermark(), *(log.watermark(room) for room in listeners())])
