"""The prices of one buyer, for a whole catalogue: the index's base prices with what their lists change laid over.

The base price of most offers is the buyer's, and stands in an index. Over it lie the offers that an entry of the
buyer's lists decides (the table `agreed` of a statement that `over` made, some hundreds or thousands), and the sellers
of whom a list takes a percentage off everything (`percents`). Whoever is not logged in has prices of those sellers only
who show theirs to everybody.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from backend.catalog.pricing.rounding import HUNDRED, decimals_of, less_percent
from backend.catalog.search import bands
from backend.catalog.search.agreed import beside_agreed, with_agreed
from backend.catalog.search.rows import Row
from backend.catalog.search.sql import Sql, all_of, either, is_none_of, is_one_of
from backend.catalog.search.terms import Terms
from backend.core.money import UnitPrice


class OwnPrices:
    """What one buyer pays: pieces of statements, and rows that were read by them."""

    def __init__(self, terms: Terms) -> None:
        self.lists, self.open_sellers = terms.lists, terms.open_sellers

    @cached_property
    def percents(self) -> Mapping[int, Decimal]:
        """By seller, what comes off every base price that no entry decides."""
        first = {each.seller_id: each.percent for each in self.lists if each.percent is not None and not each.is_after}
        return {seller: percent for seller, percent in first.items() if percent}

    # --- Of rows

    def reading(self, read: Sql, *, asks_for_price: bool = False) -> Sql:
        """A statement for the rows that `read` reads, to be handed to `priced`; whether it chooses them by price."""
        return beside_agreed(self.lists, read, asks_for_price=asks_for_price)

    def priced(self, found: Sequence[tuple[Any, ...]]) -> Sequence[Row]:
        """These rows with what they cost this buyer. No query."""
        rows = [Row(*each) for each in found]
        if self.open_sellers is not None:
            return [self._opened(row, self.open_sellers) for row in rows]
        sellers = {each.seller_id for each in self.lists}
        return [self._priced(row) if row.company_id in sellers else row for row in rows]

    def _opened(self, row: Row, sellers: frozenset[int]) -> Row:
        return self._priced(row) if row.company_id in sellers else row._replace(price_minor=None)

    def _priced(self, row: Row) -> Row:
        if row.agreed_minor is not None:
            return row._replace(price_minor=row.agreed_minor)
        percent = self.percents.get(row.company_id)
        if percent is None or row.price_minor is None:
            return row
        return row._replace(price_minor=less_percent(UnitPrice(row.price_minor, row.currency), percent).minor)

    # --- Of the index. Inside of an OR PostgreSQL looks at things as they are written: what costs least stands first

    def over(self, asked: Sql) -> Sql:
        """The statement in which the pieces below may stand."""
        return with_agreed(self.lists, asked)

    def readable(self) -> Sql:
        """What has a price that this reader may know, if it has one."""
        return Sql("") if self.open_sellers is None else is_one_of("company_id", self.open_sellers)

    def known(self) -> Sql:
        """What has a price that this reader may know."""
        return all_of(either(Sql("price_minor IS NOT NULL"), *self._decided()), self.readable())

    def untouched(self) -> Sql:
        """What costs this buyer the base price."""
        sellers = is_none_of("company_id", self.percents) if self.percents else Sql("")
        return all_of(Sql("price_minor IS NOT NULL"), self.readable(), sellers, self._undecided())

    def off_all(self, seller_id: int) -> Sql:
        """What of this seller's costs the base price less his percentage."""
        return all_of(Sql("company_id = %s AND price_minor IS NOT NULL", (seller_id,)), self._undecided())

    def off_in(self, band: str, currency: str) -> Sql:
        """What of all such sellers costs so much that it is in the band."""
        each = (
            all_of(Sql("company_id = %s", (seller_id,)), within_less(percent, band, currency))
            for seller_id, percent in self.percents.items()
        )
        return all_of(either(*each), self._undecided())

    def decided_in(self, band: str, currency: str) -> list[Sql]:
        """What entries decide, in the band; nothing without lists."""
        return [all_of(piece, self.readable()) for piece in self._decided(within(band, currency, "price"))]

    def _decided(self, among: Sql = Sql("true")) -> list[Sql]:  # noqa: B008  # it is never changed
        return [among.within("sku_id IN (SELECT sku_id FROM agreed WHERE {})")] if self.lists else []

    def _undecided(self) -> Sql:
        return Sql("sku_id NOT IN (SELECT sku_id FROM agreed)") if self.lists else Sql("")


def within(band: str, currency: str, column: str = "price_minor") -> Sql:
    """What is in the band; everything where there is none."""
    if not band:
        return Sql("")
    low, high = bands.minor_bounds_of(band, currency)
    lower = Sql(f"{column} >= %s", (low,))
    return lower if high is None else all_of(lower, Sql(f"{column} < %s", (high,)))


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
