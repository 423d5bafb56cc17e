"""The prices of one buyer, for a whole catalogue: the index's base prices with what their lists change laid over.

The base price of most offers is the buyer's, and stands in an index. Over it lie the offers that an entry of the
buyer's lists decides (`agreed`, some hundreds or thousands, read when a list is sorted or narrowed by price), and the
sellers of whom a list takes a percentage off everything (`percents`). Whoever is not logged in has prices of those
sellers only who show theirs to everybody.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from django.db.models import DecimalField, F, Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from backend.catalog.pricing.rounding import HUNDRED, decimals_of, less_percent
from backend.catalog.search import bands
from backend.catalog.search.agreed import Agreed, AgreedList, agreed_prices, lists_of, open_sellers
from backend.catalog.search.any_of import AnyOf
from backend.catalog.search.port import Buyer
from backend.catalog.search.rows import Row
from backend.core.money import UnitPrice


class OwnPrices:
    """What one buyer pays. Costs nothing until it is asked; then one query for the lists, one for their entries."""

    def __init__(self, buyer: Buyer) -> None:
        self.buyer = buyer

    @cached_property
    def open_sellers(self) -> frozenset[int] | None:
        """Whose prices this reader may know; None: everybody's."""
        return None if self.buyer.is_known else open_sellers()

    @cached_property
    def lists(self) -> Sequence[AgreedList]:
        if self.open_sellers is None:
            return lists_of(self.buyer)
        return (
            [each for each in lists_of(self.buyer) if each.seller_id in self.open_sellers] if self.open_sellers else []
        )

    @cached_property
    def all_agreed(self) -> Agreed:
        return agreed_prices(self.lists)

    @property
    def agreed(self) -> Mapping[int, Decimal]:
        """By SKU, all that entries of the lists decide."""
        return self.all_agreed.prices

    @cached_property
    def percents(self) -> Mapping[int, Decimal]:
        """By seller, what comes off every base price that no entry decides."""
        first = {each.seller_id: each.percent for each in self.lists if each.percent is not None and not each.is_after}
        return {seller: percent for seller, percent in first.items() if percent}

    # --- Of rows in hand

    def of(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The same rows with what they cost this buyer. Two queries at most."""
        sellers = {each.seller_id for each in self.lists}
        agreed = agreed_prices(self.lists, [row.sku_id for row in rows if row.company_id in sellers]).prices
        if not agreed and not self.percents and self.open_sellers is None:
            return rows
        return [self._priced(row, agreed) for row in rows]

    def _priced(self, row: Row, agreed: Mapping[int, Decimal]) -> Row:
        if self.open_sellers is not None and row.company_id not in self.open_sellers:
            return row._replace(price_minor=None)
        if row.sku_id in agreed:
            return row._replace(price_minor=agreed[row.sku_id])
        percent = self.percents.get(row.company_id)
        if percent is None or row.price_minor is None:
            return row
        return row._replace(price_minor=less_percent(UnitPrice(row.price_minor, row.currency), percent).minor)

    # --- Of the index

    def known(self) -> Q:
        """What has a price that this reader may know."""
        has_one = Q(price_minor__isnull=False)
        if self.all_agreed.alone:
            has_one |= Q(AnyOf("sku_id", self.all_agreed.alone))
        return has_one if self.open_sellers is None else has_one & Q(AnyOf("company_id", self.open_sellers))

    def untouched(self) -> Q:
        """What costs this buyer the base price."""
        base = Q() if not self.agreed else ~Q(AnyOf("sku_id", self.agreed))
        return base & ~Q(AnyOf("company_id", self.percents)) if self.percents else base

    def off_all(self, seller_id: int) -> Q:
        """What of this seller's costs the base price less his percentage."""
        return Q(company_id=seller_id) & (~Q(AnyOf("sku_id", self.agreed)) if self.agreed else Q())

    def within(self, band: str, currency: str) -> Q:
        """What costs this buyer a price in the band."""
        low, high = bands.minor_bounds_of(band, currency)
        base = Q(price_minor__gte=low) & (Q() if high is None else Q(price_minor__lt=high))
        agreed = [pk for pk, price in self.agreed.items() if bands.is_within(price, band, currency)]
        found = (self.untouched() & base) | Q(AnyOf("sku_id", agreed))
        for seller_id, percent in self.percents.items():
            found |= self.off_all(seller_id) & _is_within_less(percent, low, high, decimals_of(currency))
        return found if self.agreed or self.percents else base


def _less(percent: Decimal) -> CombinedExpression:
    """The base price less so many percent, times a hundred and not rounded: in the order of what it costs."""
    return F("price_minor") * Value(HUNDRED - percent, DecimalField(max_digits=18, decimal_places=4))


def _is_within_less(percent: Decimal, low: Decimal, high: Decimal | None, decimals: int) -> Q:
    """What rounds to a price in the band: its bounds are even, so that half a step below them rounds up to them."""
    half = Decimal(5).scaleb(-decimals - 1)
    lower = Q(GreaterThanOrEqual(_less(percent), (low - half) * HUNDRED))
    return lower if high is None else lower & Q(LessThan(_less(percent), (high - half) * HUNDRED))
