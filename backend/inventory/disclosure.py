"""What a seller lets buyers know of the stock: the exact number, a band, or only in or out. Pure rules."""

from dataclasses import dataclass, replace
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backend.inventory.incoming.dates import Coming


class Disclosure(TextChoices):
    EXACT = "exact", _("Exact number")
    BANDS = "bands", _("Bands")
    IN_OR_OUT = "in_or_out", _("In or out of stock")


class StockState(TextChoices):
    IN_STOCK = "in_stock", _("In stock")
    LOW = "low", _("Low")
    OUT = "out", _("Out of stock")


# Below this many units of sale a buyer who may know the number or its band reads "low".
LOW_BELOW = 50
# The lower bounds of the bands, and what each is called.
BANDS = ((1_000, "1,000+"), (200, "200+"), (50, "50+"), (10, "10-49"), (1, "1-9"))


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What buyers see: a state always, a quantity or a band only where the seller discloses it."""

    state: StockState
    quantity: int | None = None
    band: str = ""
    more_on: date | None = None
    more: int | None = None
    more_band: str = ""


def disclose(available: int, disclosure: Disclosure, coming: Coming | None = None) -> Disclosed:
    """What buyers may know of `available` units (never below 0), and of those that come next."""
    there = _there(available, disclosure)
    if coming is None:
        return there
    more = coming.quantity if disclosure == Disclosure.EXACT else None
    return replace(there, more_on=coming.due_on, more=more, more_band=_there(coming.quantity, disclosure).band)


def _there(available: int, disclosure: Disclosure) -> Disclosed:
    if available <= 0:
        return Disclosed(StockState.OUT, 0 if disclosure == Disclosure.EXACT else None)
    state = StockState.LOW if available < LOW_BELOW else StockState.IN_STOCK
    if disclosure == Disclosure.EXACT:
        return Disclosed(state, quantity=available)
    if disclosure == Disclosure.BANDS:
        return Disclosed(state, band=next(name for least, name in BANDS if available >= least))
    return Disclosed(StockState.IN_STOCK)
