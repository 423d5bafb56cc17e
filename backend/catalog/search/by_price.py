"""A list in the order of what each costs this buyer, however large the catalogue is.

Streams that are each in that order by themselves are merged as far as the page goes: what costs the base price, by its
index; of each seller who takes a percentage off everything his offers by the base price, which is the order of what
they cost, too; and what stands in the buyer's lists, sorted in memory.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from backend.catalog.pricing.rounding import HUNDRED
from backend.catalog.search.browsing import Order, order_of, read_mark
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.own_prices import within_base, within_less
from backend.catalog.search.port import Place
from backend.catalog.search.sql import Sql, all_of, is_one_of, joined

AT_ONCE = 4
"""Of the buyer's own entries so many pages are looked up first: filters may leave out some of them."""


class Placed(NamedTuple):
    """A SKU and what it is sorted by: what one costs this buyer, before that is rounded."""

    sku_id: int
    price_minor: Decimal


@dataclass(frozen=True, slots=True)
class Window:
    """So many in an order, from the first or from beyond one of them on; backwards: the nearest before it first."""

    order: Order
    size: int
    beside: Placed | None = None
    backwards: bool = False

    def key(self, placed: Placed) -> tuple[Decimal, int]:
        price = -placed.price_minor if self.falls else placed.price_minor
        return price, -placed.sku_id if self.backwards else placed.sku_id

    @property
    def falls(self) -> bool:
        return self.order.is_falling != self.backwards

    def holds(self, placed: Placed) -> bool:
        return self.beside is None or self.key(placed) > self.key(self.beside)

    def cut(self, among: Sql, factor: Decimal = Decimal(1)) -> Sequence[Sql]:
        """The first of what is in the window, with what it is sorted by: so many times the base price. Where that is
        nothing, the base price is no order of what it costs."""
        own = f"price_minor * {factor:f}"
        order = Order("price_minor" if factor else own, self.order.is_falling)
        parts: Sequence[Sql] = [Sql("")]
        if self.beside:
            value, pk = self.beside.price_minor / (factor or 1), self.beside.sku_id
            parts = order.beyond(value, pk, backwards=self.backwards)
        clause = order.clause(backwards=self.backwards)
        read = f"(SELECT sku_id, {own} FROM search_searchentry WHERE {{}} {clause} LIMIT %s)"  # noqa: S608  # of numbers
        return [all_of(among, part).within(read, self.size) for part in parts]


def page_by_price(among: Narrowing, sort: str, place: Place) -> Sequence[Placed]:
    """The offers of a page: from a mark, or near the beginning by number. One query, with price lists up to three."""
    mark, order = place.before or place.after, order_of(sort)
    skipped = 0 if mark else (place.number - 1) * place.size
    beside = _read(mark, order) if mark else None
    window = Window(order, skipped + place.size, beside, backwards=bool(place.before))
    merged = sorted([*_by_base(among, window), *_by_entry(among, window)], key=window.key)
    found = merged[skipped : window.size]
    return found[::-1] if place.before else found


def _read(mark: str, order: Order) -> Placed:
    value, pk = read_mark(mark, order.column)
    return Placed(pk, value)


def _by_base(among: Narrowing, window: Window) -> list[Placed]:
    """What costs the base price, and what costs that less its seller's percentage. One query for all of them."""
    prices, common = among.prices, all_of(among.ids, among.flags)
    base = all_of(common, prices.untouched(), within_base(among.price, among.currency))
    cuts = [*window.cut(base)]
    for pk, percent in prices.percents.items():
        less = all_of(common, prices.off_all(pk), within_less(percent, among.price, among.currency))
        cuts += window.cut(less, (HUNDRED - percent) / HUNDRED)
    return [Placed(*found) for found in joined(cuts, " UNION ALL ").fetch()]


def _by_entry(among: Narrowing, window: Window) -> list[Placed]:
    """What entries of the buyer's lists decide: sorted here, looked up as far as the page needs."""
    agreed = among.prices.agreed_in(among.price, among.currency)
    held = [placed for placed in map(Placed._make, agreed.items()) if window.holds(placed)]
    nearest = heapq.nsmallest(window.size * AT_ONCE, held, key=window.key)
    found = _left_of(nearest, among)
    return _left_of(held, among) if len(found) < window.size and len(nearest) < len(held) else found


def _left_of(asked: Sequence[Placed], among: Narrowing) -> list[Placed]:
    """Those that the list holds. One query, or none."""
    if not asked:
        return []
    ids = is_one_of("sku_id", [placed.sku_id for placed in asked])
    left = all_of(ids, among.ids, among.flags, among.prices.readable())
    seen = {pk for (pk,) in left.within("SELECT sku_id FROM search_searchentry WHERE {}").fetch()}
    return [placed for placed in asked if placed.sku_id in seen]
