"""A list in the order of what each costs this buyer, however large the catalogue is.

Streams that are each in that order by themselves are merged as far as the page goes: what costs the base price, by its
index; of each seller who takes a percentage off everything his offers by the base price, which is the order of what
they cost, too; and what stands in the buyer's lists, sorted in memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import DecimalField, F, Q, QuerySet, Value
from django.db.models.expressions import CombinedExpression

from backend.catalog.pricing.rounding import HUNDRED
from backend.catalog.search.any_of import AnyOf
from backend.catalog.search.browsing import Order, order_of, read_mark
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import Place

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
        falls = self.order.is_falling != self.backwards
        price = -placed.price_minor if falls else placed.price_minor
        return price, -placed.sku_id if self.backwards else placed.sku_id

    def holds(self, placed: Placed) -> bool:
        return self.beside is None or self.key(placed) > self.key(self.beside)

    def cut(self, rows: QuerySet[Any], *, by: str = "price_minor") -> QuerySet[Any]:
        """The first of what is in the window, with `own`, which is what it is sorted by; `by` is of the same order."""
        if self.beside:
            value, pk = self.beside.price_minor, self.beside.sku_id
            rows = rows.filter(Order("own", self.order.is_falling).beyond(value, pk, backwards=self.backwards))
        ordered: QuerySet[Any] = Order(by, self.order.is_falling).sorted(rows, backwards=self.backwards)
        return ordered.values_list("sku_id", "own")[: self.size]


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
    prices, rows = among.prices, among.entries()
    first = window.cut(rows.filter(prices.untouched(), price_minor__isnull=False).annotate(own=F("price_minor")))
    others = [_less(rows.filter(prices.off_all(pk)), percent, window) for pk, percent in prices.percents.items()]
    return [Placed._make(found) for found in (first.union(*others, all=True) if others else first)]


def _less(rows: QuerySet[Any], percent: Decimal, window: Window) -> QuerySet[Any]:
    """Of one seller's. Where he gives everything away, the base price is no order of what it costs."""
    rows = rows.filter(price_minor__isnull=False).annotate(own=_times((HUNDRED - percent) / HUNDRED))
    if window.beside and percent < HUNDRED:
        rows = rows.filter(_about(window, percent))
    return window.cut(rows, by="price_minor" if percent < HUNDRED else "own")


def _times(factor: Decimal) -> CombinedExpression:
    return F("price_minor") * Value(factor, DecimalField(max_digits=18, decimal_places=8))


def _about(window: Window, percent: Decimal) -> Q:
    """Where in the index of base prices the mark is, with a little to spare: what an index can answer."""
    assert window.beside  # noqa: S101  # asked only with a mark
    base = window.beside.price_minor * HUNDRED / (HUNDRED - percent)
    falls = window.order.is_falling != window.backwards
    return Q(price_minor__lte=base + 1) if falls else Q(price_minor__gte=base - 1)


def _by_entry(among: Narrowing, window: Window) -> Iterator[Placed]:
    """What entries of the buyer's lists decide: sorted here, looked up as far as the page needs."""
    held = (placed for placed in map(Placed._make, among.prices.agreed.items()) if window.holds(placed))
    ordered = sorted(held, key=window.key)
    found = 0
    for begins, ends in ((0, window.size * AT_ONCE), (window.size * AT_ONCE, len(ordered))):
        asked = ordered[begins:ends]
        if found < window.size and asked:
            ids = AnyOf("sku_id", [placed.sku_id for placed in asked])
            seen = set(among.entries().filter(ids).values_list("sku_id", flat=True))
            yield from (placed for placed in asked if placed.sku_id in seen)
            found += len(seen)
