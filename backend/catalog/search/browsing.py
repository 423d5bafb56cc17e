"""A list that no word narrows: it stands in the order of an index, however deep somebody pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import F, Q, QuerySet

from backend.catalog.search.models import SearchEntry
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import Count, Place
from backend.catalog.search.rows import DEAREST, FIELDS, Row

COUNT_CAP = 5_000
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

    def sorted(self, rows: QuerySet[SearchEntry], *, backwards: bool = False) -> QuerySet[SearchEntry]:
        falls = self.is_falling != backwards
        column = F(self.column)
        return rows.order_by(column.desc() if falls else column.asc(), "-sku_id" if backwards else "sku_id")

    def beyond(self, value: Any, pk: int, *, backwards: bool = False) -> Q:
        """What comes after the row with this value and SKU (before it, backwards)."""
        is_less = self.is_falling != backwards
        further = Q(**{f"{self.column}__{'lt' if is_less else 'gt'}": value})
        beside = Q(**{self.column: value, f"sku_id__{'lt' if backwards else 'gt'}": pk})
        at_all = Q(**{f"{self.column}__{'lte' if is_less else 'gte'}": value})
        return at_all & (further | beside)

    def mark(self, row: Any) -> str:
        """Where a row stands, as an address can say it."""
        value = getattr(row, self.column)
        return f"{row.sku_id}~{value.isoformat() if isinstance(value, datetime) else value}"


def order_of(sort: str) -> Order:
    return Order(*_ORDERS.get(sort, _ORDERS["popular"]))


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


def count(rows: QuerySet[SearchEntry]) -> Count:
    """How many there are, exactly up to COUNT_CAP. One query."""
    n = rows.order_by()[: COUNT_CAP + 1].count()
    return Count(min(n, COUNT_CAP), is_more=n > COUNT_CAP)


def page_of_rows(rows: QuerySet[SearchEntry], sort: str, place: Place) -> list[Row]:
    """The rows of a page. One query, from a mark or, near the beginning, by number."""
    order = order_of(sort)
    if place.before:
        rows = rows.filter(order.beyond(*read_mark(place.before, order.column), backwards=True))
        found = order.sorted(rows, backwards=True)
        return _read(found[: place.size])[::-1]
    if place.after:
        return _read(order.sorted(rows.filter(order.beyond(*read_mark(place.after, order.column))))[: place.size])
    skipped = (place.number - 1) * place.size
    return _read(order.sorted(rows)[skipped : skipped + place.size])


def sample(among: Narrowing, size: int) -> list[Row]:
    """The most ordered of what is left: what its facets are counted in. One query."""
    return _read(order_of("popular").sorted(among.entries())[:size])


def counted(among: Narrowing, size: int, columns: Sequence[str]) -> list[Any]:
    """The same with a few columns, by name. One query."""
    return list(order_of("popular").sorted(among.entries()).values_list(*columns, named=True)[:size])


def _read(rows: QuerySet[SearchEntry]) -> list[Row]:
    return [Row(*found) for found in rows.values_list(*FIELDS)]


def nearest(place: Place, total: Count) -> Place:
    """The page that was asked for, or the nearest that there is. A mark that can't be read asks for the first."""
    last = max(1, -(-min(total.n, MAX_SKIPPED) // place.size))
    if place.after or place.before:
        return Place(max(1, place.number), place.size, place.after, place.before)
    return Place(max(1, min(place.number, last)), place.size)


def is_mark(mark: str, sort: str) -> bool:
    try:
        read_mark(mark, order_of(sort).column)
    except ValueError:
        return False
    return True
