"""How long the market waits before an operator should look."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from backend.analytics.floor.states import Stage

ANSWER_WITHIN = timedelta(hours=1)
"""An order that waits longer for its seller is late."""
STUCK_AFTER = {
    Stage.WAITING: timedelta(hours=24),
    Stage.TO_SEND: timedelta(days=3),
    Stage.IN_TRANSIT: timedelta(days=10),
    Stage.TROUBLE: timedelta(0),
}


def late(prefix: str = "") -> Q:
    """Orders that wait for their seller longer than ANSWER_WITHIN."""
    return Q(**{f"{prefix}stage": Stage.WAITING, f"{prefix}since__lt": Now() - ANSWER_WITHIN})


def stuck(prefix: str = "") -> Q:
    """Orders that stand where they stand for longer than STUCK_AFTER, or are in trouble."""
    found = Q()
    for stage, after in STUCK_AFTER.items():
        found |= Q(**{f"{prefix}stage": stage, f"{prefix}since__lte": Now() - after})
    return found
