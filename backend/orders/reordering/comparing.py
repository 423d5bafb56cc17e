"""What was ordered, or kept to be ordered again, beside what it would be now. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from backend.catalog.pricing import Buyer, Priced
from backend.core.money import Money, UnitPrice
from backend.orders.offered import Offered, offered

PERCENT_PLACES = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many of a SKU, under the code, the name and the price that it had then."""

    sku_id: int
    code: str
    name: str
    quantity: int
    then: UnitPrice | None


@dataclass(frozen=True, slots=True)
class Compared:
    """The same now. `offer` is None where it is no longer for sale to this buyer."""

    wanted: Wanted
    offer: Offered | None

    @property
    def priced(self) -> Priced | None:
        rung = self.offer.rung_at(self.wanted.quantity) if self.offer else None
        return rung.priced if rung else None

    @property
    def now(self) -> UnitPrice | None:
        return self.priced.unit_price if self.priced else None

    @property
    def trouble(self) -> str:
        """What keeps it from being ordered as it was; empty: nothing does."""
        if self.offer is None:
            return _("%(code)s is no longer for sale.") % {"code": self.wanted.code}
        return self.offer.trouble(self.wanted.quantity)

    @property
    def would_do(self) -> int | None:
        return self.offer.would_do(self.wanted.quantity) if self.offer and self.trouble else None

    @property
    def change(self) -> Decimal | None:
        """By how many percent a unit costs more now (below 0: less); None where nobody can say, or it is the same."""
        then, now = self.wanted.then, self.now
        if then is None or now is None or then.currency != now.currency or not then.minor or then.minor == now.minor:
            return None
        return ((now.minor / then.minor - 1) * 100).quantize(PERCENT_PLACES)

    @property
    def net(self) -> Money | None:
        return self.offer.net_of(self.wanted.quantity) if self.offer and not self.trouble else None

    @property
    def is_short(self) -> bool:
        return bool(self.offer and not self.trouble and self.offer.is_short(self.wanted.quantity))


def compare(wanted: Sequence[Wanted], buyer: Buyer) -> Sequence[Compared]:
    """Each beside what it is now. Six queries at most, however many."""
    found = offered([each.sku_id for each in wanted], buyer)
    return [Compared(each, found.get(each.sku_id)) for each in wanted]
