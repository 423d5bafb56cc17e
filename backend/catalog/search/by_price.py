"""A list in the order of what each costs this buyer, however large the catalogue is.

Streams that are each in that order by themselves are merged as far as the page goes: what costs the base price, by its
index; of each seller who takes a percentage off everything his offers by the base price, which is the order of what
they cost, too; and what stands in the buyer's lists, the nearest first.
"""

from dataclasses import dataclass
from decimal import Decimal

from backend.catalog.pricing.rounding import HUNDRED
from backend.catalog.search.browsing import Order, order_of, read_mark
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.own_prices import within, within_less
from backend.catalog.search.port import Place
from backend.catalog.search.sql import Sql, all_of, joined

_LOOKED_UP = "EXISTS (SELECT FROM search_searchentry WHERE sku_id = agreed.sku_id AND {})"


@dataclass(frozen=True, slots=True)
class Window:
    """So many in an order, from the first or from beyond one of them on; backwards: the nearest before it first."""

    is_falling: bool
    size: int
    beside: tuple[Decimal, int] | None = None
    """What one costs this buyer, before that is rounded, and the SKU."""
    backwards: bool = False

    def cut(self, read: str, among: Sql, column: str, factor: Decimal = Decimal(1)) -> list[Sql]:
        """The first of what is in the window: of so many times the column, in the column's order."""
        return [
            all_of(among, part).within(f"({read} {self.clause(column)} LIMIT %s)", self.size)
            for part in self.beyond(column, factor)
        ]

    def clause(self, column: str) -> str:
        return Order(column, self.is_falling).clause(backwards=self.backwards)

    def beyond(self, column: str, factor: Decimal = Decimal(1)) -> list[Sql]:
        """Conditions that together are the window."""
        if self.beside is None:
            return [Sql("")]
        price, pk = self.beside
        return [*Order(column, self.is_falling).beyond(price / factor, pk, backwards=self.backwards)]


def page_by_price(among: Narrowing, sort: str, place: Place) -> Sql:
    """The offers of a page with what they cost, from a mark or, near the beginning, by number; before a mark in the
    opposite order."""
    mark, order = place.before or place.after, order_of(sort)
    skipped = 0 if mark else (place.number - 1) * place.size
    beside = read_mark(mark, order.column) if mark else None
    window = Window(order.is_falling, skipped + place.size, beside, backwards=bool(place.before))
    streams = joined([*_by_base(among, window), *_by_entry(among, window)], " UNION ALL ")
    whole = f"SELECT sku_id, price FROM ({{}}) AS found {window.clause('price')} OFFSET %s LIMIT %s"  # noqa: S608
    return streams.within(whole, skipped, place.size)


def _by_base(among: Narrowing, window: Window) -> list[Sql]:
    """What costs the base price, and what costs that less its seller's percentage."""
    prices, common = among.prices, all_of(among.ids, among.flags)
    read = "SELECT sku_id, price_minor AS price FROM search_searchentry WHERE {}"
    cuts = window.cut(read, all_of(common, prices.untouched(), within(among.price, among.currency)), "price_minor")
    for pk, percent in prices.percents.items():
        less = all_of(common, prices.off_all(pk), within_less(percent, among.price, among.currency))
        cuts += _less(window, less, (HUNDRED - percent) / HUNDRED)
    return cuts


def _less(window: Window, among: Sql, factor: Decimal) -> list[Sql]:
    """Where it is nothing that is left of the base price, that is no order of what it costs."""
    own = f"price_minor * {factor:f}"
    read = f"SELECT sku_id, {own} AS price FROM search_searchentry WHERE {{}}"  # noqa: S608  # of numbers
    return window.cut(read, among, "price_minor", factor) if factor else window.cut(read, among, own)


def _by_entry(among: Narrowing, window: Window) -> list[Sql]:
    """What entries of the buyer's lists decide. Put in order first, each is looked up in the index as its turn comes:
    filters may leave out some, and a page needs few."""
    if not among.prices.lists:
        return []
    left = all_of(among.ids, among.flags, among.prices.readable()).within(_LOOKED_UP)
    in_band, order = within(among.price, among.currency, "price"), window.clause("price")
    read = f"SELECT sku_id, price FROM (SELECT * FROM agreed WHERE {{}} {order} OFFSET 0) AS agreed"  # noqa: S608
    return [
        joined([all_of(in_band, part).within(read), left], " WHERE ").within(f"({{}} {order} LIMIT %s)", window.size)
        for part in window.beyond("price")
    ]
