"""What a buyer says about an order beside its lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from backend.core import clock
from backend.core.errors import Refused
from backend.orders.states import MAX_NOTE

MAX_PO_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Details:
    """What the buyer says about an order beside its lines. `ship_to` and `bill_to` are addresses as they are printed,
    by their parts; without a second one the bill goes where the goods go."""

    po_number: str = ""
    requested_on: date | None = None
    note: str = ""
    ship_to: Mapping[str, str] = field(default_factory=dict)
    bill_to: Mapping[str, str] = field(default_factory=dict)
    currencies: Mapping[int, str] = field(default_factory=dict)
    """In which currency the buyer saw each seller's prices; empty where nobody looked at any."""
    taxes: Mapping[int, int] = field(default_factory=dict)
    """How much tax, in minor units, the buyer saw of each seller's order; empty where nobody looked."""
    methods: Mapping[int, str] = field(default_factory=dict)
    """How each seller is to be paid (credit/models.py); the usual way where nothing was chosen."""
    only_whole: bool = False
    """No part of an order leaves alone."""

    @property
    def said(self) -> Mapping[str, object]:
        """What has to be the same where the same order is sent twice."""
        what = {"po": self.po_number, "on": self.requested_on, "note": self.note, "bill": dict(self.bill_to)}
        return {**what, "to": dict(self.ship_to), "by": dict(self.methods), "whole": self.only_whole}


def require_short(details: Details) -> None:
    for text, most, name in ((details.po_number, MAX_PO_NUMBER, "po_number"), (details.note, MAX_NOTE, "note")):
        if len(text) > most:
            raise Refused(
                _("%(n)d characters are too many here: at most %(max)d.") % {"n": len(text), "max": most}, field=name
            )


def require_to_come(day: date | None) -> None:
    """Raises Refused for a day on which nothing can arrive any more, wherever in the world it is today."""
    if day and day < clock.now().date() - timedelta(days=1):
        raise Refused(_("%(day)s has passed: name a later day, or none.") % {"day": day}, field="requested_on")
