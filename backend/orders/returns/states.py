"""The life of goods that come back, and what becomes of each line of them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class ReturnStatus(TextChoices):
    REQUESTED = "requested", _("Asked for")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    IN_TRANSIT = "in_transit", _("On its way back")
    RECEIVED = "received", _("Received")
    INSPECTED = "inspected", _("Inspected")
    RESOLVED = "resolved", _("Resolved")


_S = ReturnStatus
RETURN: Machine[ReturnStatus] = Machine(
    {
        _S.REQUESTED: {_S.APPROVED, _S.REJECTED, _S.WITHDRAWN},
        _S.APPROVED: {_S.IN_TRANSIT, _S.RECEIVED, _S.WITHDRAWN},
        _S.IN_TRANSIT: {_S.RECEIVED},
        _S.RECEIVED: {_S.INSPECTED},
        _S.INSPECTED: {_S.RESOLVED},
        _S.REJECTED: set(),
        _S.WITHDRAWN: set(),
        _S.RESOLVED: set(),
    }
)
OPEN = (_S.REQUESTED, _S.APPROVED, _S.IN_TRANSIT, _S.RECEIVED, _S.INSPECTED)
"""Somebody still has to do something."""


class Outcome(TextChoices):
    """What the inspection says of a line."""

    RESTOCK = "restock", _("Back on the shelf, and refunded")
    REFUND = "refund", _("Refunded, not for sale any more")
    REPLACE = "replace", _("Sent again, free of charge")
    REJECT = "reject", _("Not accepted: no refund")


TAKEN_BACK = (Outcome.RESTOCK, Outcome.REFUND, Outcome.REPLACE)
"""These units count as returned."""
REFUNDED = (Outcome.RESTOCK, Outcome.REFUND)
"""These units are not paid for."""
