"""What the floor shows of the orders, and where an order stands by it."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.logistics.states import Tracking
from backend.orders.states import Commercial, Step


class Stage(TextChoices):
    """Where an open order stands: what the market waits for."""

    WAITING = "waiting", _("Waiting for an answer")
    TO_SEND = "to_send", _("Accepted, nothing sent yet")
    IN_TRANSIT = "in_transit", _("In transit")
    TROUBLE = "trouble", _("In trouble on the way")


SHOWN = (
    Step.PLACED,
    Step.ACCEPTED,
    Step.DECLINED,
    Step.EXPIRED,
    Step.CANCELLED,
    Step.LINES_CANCELLED,
    Step.CANCEL_AGREED,
    Step.DISPATCHED,
    Step.TRACKED,
    Step.DELIVERED,
    Step.LOST,
    Step.CAME_BACK,
    Step.DISPUTE_OPENED,
    Step.DISPUTE_ESCALATED,
    Step.DISPUTE_FOR_BUYER,
    Step.DISPUTE_FOR_SELLER,
    Step.RETURN_REQUESTED,
    Step.RETURN_RESOLVED,
)
"""The steps that are a transaction of their own; of what a carrier says only trouble."""


def shown_label(step: Step) -> str:
    """What an entry says happened."""
    return gettext("Trouble on the way") if step == Step.TRACKED else str(step.label)


STAGE_OF: Mapping[str, Stage] = {
    Commercial.PLACED: Stage.WAITING,
    Commercial.CANCEL_REQUESTED: Stage.WAITING,
    Commercial.AMENDING: Stage.WAITING,
    Commercial.ACCEPTED: Stage.TO_SEND,
    Commercial.IN_PROGRESS: Stage.IN_TRANSIT,
}
"""Of any other nothing is waited for any more."""
TROUBLE = frozenset({Tracking.EXCEPTION, Tracking.ATTEMPT_FAILED, Tracking.RETURNED, Tracking.EXPIRED})
