"""A list that no word narrows: it stands in the order of an index, however deep somebody pages.

What is asked of it are pieces of one statement (listing.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import Count, Place
from backend.catalog.search.rows import DEAREST
from backend.catalog.search.sql import Sql, all_of, joined

COUNT_CAP = 1_000
"""Up to so many are counted exactly."""
MAX_SKIPPED = 2_000
"""So deep a page is reached by its number alone; beyond, only from the page beside it."""
_ORDERS: Mapping[str, tuple[str, bool]] = {
    "popular": ("popularity", True),
    "newest": ("listed_at", True),
    "price": ("price_minor", False),
    "-price": ("price_minor", True),
    "name": ("name", False),
}


@dataclass(frozen=True, slots=True)
class Order:
    """By one column, and by the SKU where that is the same."""

    column: str
    is_falling: bool

    def clause(self, *, backwards: bool = False) -> str:
        way = "DESC" if self.is_falling != backwards else "ASC"
        return f"ORDER BY {self.column} {way}, sku_id {'DESC' if backwards else 'ASC'}"

    def beyond(self, value: Any, pk: int, *, backwards: bool = False) -> Sequence[Sql]:
        """What comes after the row with this value and SKU (before it, backwards): what has the same value, and what
        has another. Apart, an index leads to each of them, however many have the same."""
        beside = Sql(f"{self.column} = %s AND sku_id {'<' if backwards else '>'} %s", (value, pk))
        return beside, Sql(f"{self.column} {'<' if self.is_falling != backwards else '>'} %s", (value,))


def order_of(sort: str) -> Order:
    return Order(*_ORDERS.get(sort, _ORDERS["popular"]))


def mark_of(sku_id: int, value: str) -> str:
    """Where a row stands, as an address can say it: by what PostgreSQL writes of that which it is sorted by."""
    return f"{sku_id}~{value}"


def read_mark(mark: str, column: str) -> tuple[Any, int]:
    """The value and the SKU of a mark; raises ValueError for what is none."""
    pk, _, value = mark.partition("~")
    try:
        return _READ.get(column, str)(value), int(pk)
    except InvalidOperation:
        raise ValueError(mark) from None


def _price(text: str) -> Decimal:
    """Raises InvalidOperation or ValueError for what no price can be."""
    price = Decimal(text)
    if not price.is_finite() or abs(price) > DEAREST:
        raise ValueError(text)
    return price


_READ: Mapping[str, Any] = {"popularity": int, "listed_at": datetime.fromisoformat, "price_minor": _price}


def count(among: Narrowing) -> Sql:
    """How many there are, up to one more than COUNT_CAP.

    Its longest stream is counted in the order of an index, or the planner would gather all of it first; the others are
    not looked at once that has so many.
    """
    order = order_of("price" if among.price else "popular").clause() if among.ids.params else ""
    read = "(SELECT FROM search_searchentry WHERE {{}} {} LIMIT %s)"
    first, *others = among.streams(among.ids)
    each = [first.within(read.format(order), COUNT_CAP + 1)]
    each += [one.within(read.format(""), COUNT_CAP + 1) for one in others]
    counted = "SELECT count(*) FROM (SELECT FROM ({}) AS each LIMIT %s) AS found"
    return joined(each, " UNION ALL ").within(counted, COUNT_CAP + 1)


def page(among: Narrowing, sort: str, place: Place) -> Sql:
    """The SKUs of a page with what they are sorted by, from a mark or, near the beginning, by number; before a mark in
    the opposite order."""
    order, mark = order_of(sort), place.before or place.after
    backwards = bool(place.before)
    beyond = order.beyond(*read_mark(mark, order.column), backwards=backwards) if mark else [Sql("")]
    skipped = 0 if mark else (place.number - 1) * place.size
    read = f"SELECT sku_id, {order.column} FROM search_searchentry WHERE {{}}"  # noqa: S608  # of constants
    return _ordered(read, among, beyond, order.clause(backwards=backwards), skipped, place.size)


def most_ordered(among: Narrowing, size: int, wanted: Sql) -> Sql:
    """What is wanted of the most ordered of what is left: what its facets are counted in."""
    read = f"SELECT {wanted.text} FROM search_searchentry WHERE {{}}"  # noqa: S608  # of constants
    return _ordered(read, among, [Sql("")], order_of("popular").clause(), 0, size)


def _ordered(read: str, among: Narrowing, beyond: Sequence[Sql], clause: str, skipped: int, size: int) -> Sql:
    """A part of a list: of each of its streams the first, and of these the first."""
    streams = [all_of(one, part) for one in among.streams(among.ids) for part in beyond]
    if len(streams) == 1:
        return streams[0].within(f"{read} {clause} OFFSET %s LIMIT %s", skipped, size)
    each = [one.within(f"({read} {clause} LIMIT %s)", skipped + size) for one in streams]
    whole = f"SELECT * FROM ({{}}) AS found {clause} OFFSET %s LIMIT %s"  # noqa: S608  # of constants
    return joined(each, " UNION ALL ").within(whole, skipped, size)


def nearest(place: Place, total: Count) -> Place:
    """The page that was asked for, or the nearest that there is. A mark that can't be read asks for the first."""
    last = max(1, -(-(MAX_SKIPPED if total.is_more else total.n) // place.size))
    if place.after or place.before:
        return Place(max(1, place.number), place.size, place.after, place.before)
    return Place(max(1, min(place.number, last)), place.size)


def is_mark(mark: str, sort: str) -> bool:
    try:
        read_mark(mark, order_of(sort).column)
    except ValueError:
        return False
    return True
