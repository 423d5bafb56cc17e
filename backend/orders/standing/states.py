"""The life of a standing order, how often it is due, and what became of each day that it was."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class Standing(TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    ASKING = "asking", _("Waits for your answer")
    STOPPED = "stopped", _("Stopped")
    ENDED = "ended", _("Ended")


_S = Standing
STANDING: Machine[Standing] = Machine(
    {
        _S.ACTIVE: {_S.PAUSED, _S.ASKING, _S.STOPPED, _S.ENDED},
        _S.PAUSED: {_S.ACTIVE, _S.ENDED},
        _S.ASKING: {_S.ACTIVE, _S.STOPPED, _S.ENDED},
        _S.STOPPED: set(),
        _S.ENDED: set(),
    },
    field="state",
)
GOING_ON = (_S.ACTIVE, _S.PAUSED, _S.ASKING)


class Every(TextChoices):
    DAYS = "days", _("days")
    WEEKS = "weeks", _("weeks")
    MONTHS = "months", _("months")


class Outcome(TextChoices):
    RUNNING = "running", _("Being ordered")
    PLACED = "placed", _("Ordered")
    REQUESTED = "requested", _("Waits for an approval")
    REFUSED = "refused", _("Not ordered")
    ASKED = "asked", _("Dearer than agreed")
    SKIPPED = "skipped", _("Skipped")
    MISSED = "missed", _("Missed")


NEWS = (Outcome.REFUSED, Outcome.ASKED, Outcome.MISSED)
"""Somebody has to look at these."""
