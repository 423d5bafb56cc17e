"""The lives of an order: four axes, a machine for each that moves by decision; the others are derived."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine

MAX_NOTE = 1_000
"""Characters of what one side tells the other."""


class Commercial(TextChoices):
    PLACED = "placed", _("Placed")
    ACCEPTED = "accepted", _("Accepted")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    CLOSED = "closed", _("Closed")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    CANCEL_REQUESTED = "cancel_requested", _("Cancellation asked for")
    CANCELLED = "cancelled", _("Cancelled")


_C = Commercial
ORDER: Machine[Commercial] = Machine(
    {
        _C.PLACED: {_C.ACCEPTED, _C.DECLINED, _C.EXPIRED, _C.CANCELLED},
        _C.ACCEPTED: {_C.IN_PROGRESS, _C.CANCEL_REQUESTED, _C.CANCELLED},
        _C.IN_PROGRESS: {_C.COMPLETED, _C.CANCEL_REQUESTED},
        _C.CANCEL_REQUESTED: {_C.CANCELLED, _C.ACCEPTED, _C.IN_PROGRESS},
        _C.COMPLETED: {_C.CLOSED},
        _C.CLOSED: set(),
        _C.DECLINED: set(),
        _C.EXPIRED: set(),
        _C.CANCELLED: set(),
    },
    field="commercial",
)
OPEN = (_C.PLACED, _C.ACCEPTED, _C.IN_PROGRESS, _C.CANCEL_REQUESTED)
"""Goods or an answer are still owed."""


class Fulfilment(TextChoices):
    """Rolled up from the lines: never set by hand."""

    NONE = "none", _("Nothing sent")
    PARTLY_DISPATCHED = "partly_dispatched", _("Partly sent")
    DISPATCHED = "dispatched", _("Sent")
    PARTLY_DELIVERED = "partly_delivered", _("Partly delivered")
    DELIVERED = "delivered", _("Delivered")


class Payment(TextChoices):
    NOT_DUE = "not_due", _("Not due yet")
    INVOICED = "invoiced", _("Invoiced")
    PAID = "paid", _("Paid")


class Dispute(TextChoices):
    NONE = "none", _("No dispute")


class Axis(TextChoices):
    COMMERCIAL = "commercial", _("Order")
    FULFILMENT = "fulfilment", _("Goods")
    PAYMENT = "payment", _("Payment")
    DISPUTE = "dispute", _("Dispute")


class Step(TextChoices):
    """What an entry of an order's timeline says happened."""

    PLACED = "placed", _("Order placed")
    ACCEPTED = "accepted", _("Order accepted")
    DECLINED = "declined", _("Order declined")
    EXPIRED = "expired", _("Not accepted in time")
    CANCELLED = "cancelled", _("Order cancelled")
    CANCEL_REQUESTED = "cancel_requested", _("Cancellation asked for")
    CANCEL_REFUSED = "cancel_refused", _("Cancellation refused: the order goes on")
    DISPATCHED = "dispatched", _("Goods sent")
    TRACKED = "tracked", _("News of a parcel")
    DELIVERED = "delivered", _("Goods delivered")
    COMPLETED = "completed", _("Everything delivered")


AXIS_OF = dict.fromkeys((Step.DISPATCHED, Step.TRACKED, Step.DELIVERED), Axis.FULFILMENT)
"""All others are of the order itself."""
