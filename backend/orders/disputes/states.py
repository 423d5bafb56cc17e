"""The life of a dispute. Settlement offers and appeals come with the money that an order holds back."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.core.machine import Machine
from backend.orders.states import Dispute

_D = Dispute
_LIFE = {
    _D.OPEN: {_D.NEGOTIATING, _D.ESCALATED, _D.WITHDRAWN},
    _D.NEGOTIATING: {_D.ESCALATED, _D.WITHDRAWN},
    _D.ESCALATED: {_D.DECIDED, _D.WITHDRAWN},
    _D.DECIDED: set[Dispute](),
    _D.WITHDRAWN: set[Dispute](),
}
DISPUTE: Machine[Dispute] = Machine(_LIFE)
AXIS: Machine[Dispute] = Machine(
    {**_LIFE, _D.NONE: {_D.OPEN}, _D.WITHDRAWN: {_D.OPEN}},
    field="dispute",
)
"""An order stands where its latest dispute does; after one that was withdrawn there may be another."""
BETWEEN_THEM = (_D.OPEN, _D.NEGOTIATING)
"""The two try to agree."""
ASKED = (_D.ESCALATED, _D.DECIDED)
"""The operators were asked: they read the evidence."""
ESCALATES_FROM, ESCALATES_AFTER = timedelta(days=3), timedelta(days=7)
"""From the opening on: either side may ask the operators to decide, and then they are asked by the clock."""


class DisputeReason(TextChoices):
    NOT_ARRIVED = "not_arrived", _("It has not arrived")
    MISSING = "missing", _("Something is missing")
    DAMAGED = "damaged", _("It arrived damaged")
    NOT_AS_ORDERED = "not_as_ordered", _("It is not what was ordered")
    REFUND = "refund", _("A refund is owed")
    OTHER = "other", _("Something else")


class Side(TextChoices):
    BUYER = "buyer", _("For the buyer")
    SELLER = "seller", _("For the seller")
