"""What listens to the log: each room's `reactions.py`, with one durable cursor per room.

A reaction is called at least once for every event of its kind, in position order, and has to be idempotent. A reaction
that fails stops its own room's cursor, never another's: the event is tried again until it succeeds.
"""

import logging
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import transaction

from backend.events import log
from backend.events.models import Event

Reaction = Callable[[Event], None]
logger = logging.getLogger(__name__)


def listeners() -> Mapping[str, Mapping[str, Reaction]]:
    """Every installed room that has a `reactions.py`, by name, with its REACTIONS."""
    rooms = [config.name for config in apps.get_app_configs() if config.name.startswith("backend.")]
    return {room: import_module(f"{room}.reactions").REACTIONS for room in rooms if find_spec(f"{room}.reactions")}


def listen_once(room: str, reactions: Mapping[str, Reaction], limit: int = 100) -> int:
    """Lets a room react to what happened since its cursor; returns how many events it has passed."""
    passed = 0
    for event in log.since(log.watermark(room), limit):
        if not _react(room, reactions, event):
            break
        passed += 1
    return passed


def _react(room: str, reactions: Mapping[str, Reaction], event: Event) -> bool:
    reaction = reactions.get(event.kind)
    try:
        with transaction.atomic():
            if reaction:
                reaction(event)
            log.move_watermark(event.position or 0, room)
    except Exception:
        logger.exception("%s could not react to %s at position %s", room, event, event.position)
        return False
    return True
