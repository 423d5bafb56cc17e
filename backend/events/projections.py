"""What the next page has to show already: a room's `reactions.py` may name PROJECTIONS beside its REACTIONS.

A projection runs in the transaction of the change, right after its event is recorded, so that nobody reads the change
without it. One that fails takes nothing with it: the change is made all the same, and the room's listener, which reads
the event from the log, does the work again. So whatever is a projection is a reaction, too, and idempotent.
"""

import logging
from collections.abc import Callable, Mapping
from functools import cache

from django.db import transaction

from backend.events.models import Event
from backend.events.rooms import reacting_rooms

Projection = Callable[[Event], None]
logger = logging.getLogger(__name__)


@cache
def projections() -> Mapping[str, tuple[Projection, ...]]:
    """Each kind of event that has any, with its projections."""
    found: dict[str, tuple[Projection, ...]] = {}
    for module in reacting_rooms().values():
        for kind, projection in getattr(module, "PROJECTIONS", {}).items():
            found[kind] = (*found.get(kind, ()), projection)
    return found


def are_of(kind: str) -> bool:
    """Whether an event of this kind has any."""
    return kind in projections()


def project(event: Event) -> None:
    """Lets every projection of this event's kind run; the caller holds the transaction."""
    for projection in projections().get(event.kind, ()):
        try:
            with transaction.atomic():
                projection(event)
        except Exception:
            logger.exception("%s is not projected yet: its listener will do it", event)
