"""The prices of one buyer, for a whole catalogue: the index's base prices with what their lists change laid over.

The base price of most offers is the buyer's, and stands in an index. Over it lie the offers that an entry of the
buyer's lists decides (`agreed`, some hundreds or thousands, read when a list is sorted or narrowed by price), and the
sellers of whom a list takes a percentage off everything (`percents`). Whoever is not logged in has prices of those
sellers only who show theirs to everybody.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from backend.catalog.pricing.rounding import HUNDRED, decimals_of, less_percent
from backend.catalog.search import bands
from backend.catalog.search.agreed import agreed_prices
from backend.catalog.search.rows import Row
from backend.catalog.search.sql import Sql, all_of, either, is_none_of, is_one_of
from backend.catalog.search.terms import Terms
from backend.core.money import UnitPrice


class OwnPrices:
    """What one buyer pays. Costs nothing until it is asked; then one query for what their lists' entries say."""

    def __init__(self, terms: Terms) -> None:
        self.lists, self.open_sellers = terms.lists, terms.open_sellers
        self._all: Mapping[int, Decimal] | None = None
        self._in_band: dict[tuple[str, str], Mapping[int, Decimal]] = {}

    @property
    def agreed(self) -> Mapping[int, Decimal]:
        """By SKU, all that entries of the lists decide. One query the first time."""
        if self._all is None:
            self._all = agreed_prices(self.lists)
        return self._all

    @cached_property
    def _in_entries(self) -> Sql:
        """What an entry decides."""
        return is_one_of("sku_id", self.agreed)

    @cached_property
    def _no_entry(self) -> Sql:
        """What no entry decides."""
        return self._in_entries.within("NOT ({})") if self.agreed else Sql("")

    @cached_property
    def percents(self) -> Mapping[int, Decimal]:
        """By seller, what comes off every base price that no entry decides."""
        first = {each.seller_id: each.percent for each in self.lists if each.percent is not None and not each.is_after}
        return {seller: percent for seller, percent in first.items() if percent}

    # --- Of rows in hand

    def of(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The same rows with what they cost this buyer. One query, or none where all that is agreed is known."""
        agreed = self._agreed_of(rows)
        if not agreed and not self.percents and self.open_sellers is None:
            return rows
        return [self._priced(row, agreed) for row in rows]

    def _agreed_of(self, rows: Sequence[Row]) -> Mapping[int, Decimal]:
        if self._all is not None:
            return self._all
        sellers = {each.seller_id for each in self.lists}
        return agreed_prices(self.lists, [row.sku_id for row in rows if row.company_id in sellers])

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

    def readable(self) -> Sql:
        """What has a price that this reader may know, if it has one."""
        return Sql("") if self.open_sellers is None else is_one_of("company_id", self.open_sellers)

    def known(self) -> Sql:
        """What has a price that this reader may know."""
        has_one = Sql("price_minor IS NOT NULL")
        return all_of(either(has_one, self._in_entries) if self.agreed else has_one, self.readable())

    def untouched(self) -> Sql:
        """What costs this buyer the base price."""
        has_one = Sql("price_minor IS NOT NULL")
        sellers = is_none_of("company_id", self.percents) if self.percents else Sql("")
        return all_of(has_one, self.readable(), self._no_entry, sellers)

    def off_all(self, seller_id: int) -> Sql:
        """What of this seller's costs the base price less his percentage."""
        own = Sql("company_id = %s AND price_minor IS NOT NULL", (seller_id,))
        return all_of(own, self._no_entry)

    def off_in(self, band: str, currency: str) -> Sql:
        """What of all such sellers costs so much that it is in the band."""
        each = (
            all_of(Sql("company_id = %s", (seller_id,)), within_less(percent, band, currency))
            for seller_id, percent in self.percents.items()
        )
        return all_of(self._no_entry, either(*each))

    def agreed_in(self, band: str, currency: str) -> Mapping[int, Decimal]:
        """What entries decide, in a band; all of it without one."""
        if not band:
            return self.agreed
        if (band, currency) not in self._in_band:
            found = {pk: price for pk, price in self.agreed.items() if bands.is_within(price, band, currency)}
            self._in_band[band, currency] = found
        return self._in_band[band, currency]


def within_base(band: str, currency: str) -> Sql:
    """What has a base price in the band."""
    if not band:
        return Sql("")
    low, high = bands.minor_bounds_of(band, currency)
    lower = Sql("price_minor >= %s", (low,))
    return lower if high is None else all_of(lower, Sql("price_minor < %s", (high,)))


def within_less(percent: Decimal, band: str, currency: str) -> Sql:
    """What rounds to a price in the band: its bounds are even, so that half a step below them rounds up to them."""
    if not band:
        return Sql("")
    low, high = bands.minor_bounds_of(band, currency)
    half, left = Decimal(5).scaleb(-decimals_of(currency) - 1), HUNDRED - percent
    lower = Sql("price_minor * %s >= %s", (left, (low - half) * HUNDRED))
    upper = Sql("") if high is None else Sql("price_minor * %s < %s", (left, (high - half) * HUNDRED))
    return all_of(lower, upper, *_about(left, low, high))


def _about(left: Decimal, low: Decimal, high: Decimal | None) -> Iterator[Sql]:
    """The same with a little to spare as a range of base prices, which an index answers."""
    if left > 0:
        yield Sql("price_minor >= %s", (low * HUNDRED / left - 1,))
        if high is not None:
            yield Sql("price_minor <= %s", (high * HUNDRED / left + 1,))
