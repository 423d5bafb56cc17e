"""What a buyer could order now of given SKUs, at what price, and what keeps a quantity from it. Reads only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.translation import gettext as _

from backend.catalog.models import Sku
from backend.catalog.pricing import Buyer, Rung, price_cells, visible_skus
from backend.catalog.pricing.queries import PriceCell
from backend.catalog.pricing.unsold import why_unsold
from backend.core.errors import Denied
from backend.core.money import Money
from backend.core.quantity import MAX_QUANTITY
from backend.inventory.availability.queries import AvailabilityView, availabilities
from backend.inventory.disclosure import StockState


@dataclass(frozen=True, slots=True)
class Offered:
    """A SKU that this buyer sees, with its own prices and what its seller discloses of the stock. `country` is the
    buyer's."""

    sku: Sku
    is_own: bool
    country: str
    prices: PriceCell
    stock: AvailabilityView

    @property
    def name(self) -> str:
        """As an order names it."""
        return self.sku.full_name

    @property
    def local_name(self) -> str:
        """As this reader reads it."""
        return self.sku.local_name

    def rung_at(self, quantity: int) -> Rung | None:
        """The step that counts for so many; None: it has no price for this buyer."""
        return next((rung for rung in reversed(self.prices.rungs) if rung.quantity <= quantity), None)

    def cheaper_from(self, quantity: int) -> Rung | None:
        """The next step that costs less a unit."""
        now = self.rung_at(quantity)
        later = (rung for rung in self.prices.rungs if now and rung.quantity > quantity)
        return next((rung for rung in later if now and _minor(rung) < _minor(now)), None)

    def net_of(self, quantity: int) -> Money | None:
        """Rounded once, as the order will be."""
        rung = self.rung_at(quantity)
        return rung.priced.unit_price.times(quantity, ROUND_HALF_EVEN) if rung else None

    def trouble(self, quantity: int) -> str:
        """What keeps so many from being ordered; empty: nothing does."""
        if self.is_own:
            return _("%(code)s is your own: a company can’t order of itself.") % {"code": self.sku.code}
        if why := self.prices.unsold:
            return why_unsold(why, code=self.sku.code, seller=self.sku.company.name, country=self.country)
        if self.rung_at(quantity) is None and quantity > 0:
            return _("%(code)s has no price for you: ask its seller for one.") % {"code": self.sku.code}
        try:
            self.sku.order_rule.require(quantity)
        except Denied as denied:
            return denied.message
        return ""

    def would_do(self, quantity: int) -> int | None:
        """The next quantity that its seller accepts; None where this one is, none is left, or none is sold."""
        nearest = self.sku.order_rule.nearest(max(quantity, 1))
        is_none = nearest > MAX_QUANTITY or self.is_own or self.prices.unsold
        return None if nearest == quantity or is_none else nearest

    def is_short(self, quantity: int) -> bool:
        """Whether fewer are disclosed than that: the order may be refused, or wait for goods."""
        known = self.stock.quantity
        return self.stock.state == StockState.OUT or (known is not None and known < quantity)


def offered(sku_ids: Collection[int], buyer: Buyer) -> Mapping[int, Offered]:
    """Those that this buyer sees, by their key; the others are not there. Three queries, however many.

    To be asked as the buyer's own work, as `visible_skus` is.
    """
    rows = Sku.objects.published().filter(visible_skus(buyer), pk__in=set(sku_ids))
    skus = {sku.pk: sku for sku in rows.select_related("product", "variant", "company")}
    prices, stock = price_cells(skus, buyer), availabilities(skus)
    return {
        pk: Offered(sku, sku.company_id == buyer.company_id, buyer.country, prices[pk], stock[pk])
        for pk, sku in skus.items()
    }


def _minor(rung: Rung) -> Decimal:
    return rung.priced.unit_price.minor
