"""The life of goods that come back, and what becomes of each line of them."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine


class ReturnStatus(TextChoices):
    REQUESTED = "requested", _("Asked for")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    IN_TRANSIT = "in_transit", _("On its way back")
    PARTLY_RECEIVED = "partly_received", _("Received in part")
    RECEIVED = "received", _("Received")
    INSPECTED = "inspected", _("Inspected")
    RESOLVED = "resolved", _("Resolved")
    LAPSED = "lapsed", _("Nothing came back")


_S = ReturnStatus
RETURN: Machine[ReturnStatus] = Machine(
    {
        _S.REQUESTED: {_S.APPROVED, _S.REJECTED, _S.WITHDRAWN},
        _S.APPROVED: {_S.IN_TRANSIT, _S.PARTLY_RECEIVED, _S.RECEIVED, _S.WITHDRAWN, _S.LAPSED},
        _S.IN_TRANSIT: {_S.PARTLY_RECEIVED, _S.RECEIVED, _S.LAPSED},
        _S.PARTLY_RECEIVED: {_S.RECEIVED, _S.INSPECTED},
        _S.RECEIVED: {_S.INSPECTED},
        _S.INSPECTED: {_S.RESOLVED},
        _S.REJECTED: set(),
        _S.WITHDRAWN: set(),
        _S.RESOLVED: set(),
        _S.LAPSED: set(),
    }
)
OPEN = (_S.REQUESTED, _S.APPROVED, _S.IN_TRANSIT, _S.PARTLY_RECEIVED, _S.RECEIVED, _S.INSPECTED)
"""Somebody still has to do something."""
ON_ITS_WAY = (_S.IN_TRANSIT, _S.PARTLY_RECEIVED)
"""Goods of it were handed over, and are waited for."""
DUE_AFTER = {
    _S.REQUESTED: timedelta(days=7),
    _S.APPROVED: timedelta(days=30),
    **dict.fromkeys(ON_ITS_WAY, timedelta(days=21)),
}
"""One that is asked for and not answered by then is approved; one that is approved and not sent by then lapses. Of one
that is on its way and does not come, or not all of it, both are reminded; as long again without a word, and what has
not come is not expected any more."""
COMING = (_S.APPROVED, _S.IN_TRANSIT, _S.PARTLY_RECEIVED)
"""Goods of it are still expected."""
THERE = (_S.PARTLY_RECEIVED, _S.RECEIVED)
"""Goods of it lie in a warehouse, and are looked at there."""


class Outcome(TextChoices):
    """What the inspection says of units that came back; a line may have several."""

    RESTOCK = "restock", _("Back on the shelf, and refunded")
    REFUND = "refund", _("Refunded, not for sale any more")
    REPLACE = "replace", _("Sent again, free of charge")
    REJECT = "reject", _("Not accepted: no refund")


COUNTED_AS = {
    Outcome.RESTOCK: "restocked",
    Outcome.REFUND: "refunded",
    Outcome.REPLACE: "replaced",
    Outcome.REJECT: "rejected",
}
"""By which number of a returned line."""
