"""What is read of an entry to rank and to count it, and in which orders lists stand."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

_COLUMNS = "sku_id, category_id, company_id, in_stock, popularity, price_minor, currency, facets"
_COUNTED = "NULL, category_id, company_id, in_stock, NULL, NULL, currency, facets"
_KEYS = {"name": "name", "newest": "extract(epoch FROM listed_at)::float8"}
DEAREST = Decimal(10) ** 18


class Row(NamedTuple):
    """An entry as the engine sees it; `key` is what its list is sorted by where that is nothing else that is read,
    `rank` how well its words fit (more for what is ordered more), `is_exact` whether it is the code asked for."""

    sku_id: int
    category_id: int
    company_id: int
    in_stock: bool
    popularity: int
    price_minor: Decimal | None
    """Of everybody, as it is read; the buyer's own once OwnPrices has been asked."""
    currency: str
    facets: Sequence[str]
    key: Any = None
    rank: float = 0.0
    is_exact: bool = False
    agreed_minor: Decimal | None = None
    """What an entry of the buyer's lists says that it costs, if one does."""


def columns(sort: str = "", *, rank: str = "0::real", is_exact: bool = False) -> str:
    """The columns of a Row as an entry has them."""
    return f"{_COLUMNS}, {_KEYS.get(sort, 'NULL')} AS key, {rank} AS rank, {is_exact} AS is_exact"


def counted_columns(*, with_facets: bool, with_price: bool) -> str:
    """The columns of a Row that is counted and never shown; with a price those that one needs who prices it."""
    known = columns() if with_price else _COUNTED
    return known if with_facets else known.replace("facets", "ARRAY[]::text[]")


def relevance(row: Row) -> tuple[Any, ...]:
    """What fits best first; of two that fit alike the one that is ordered more."""
    return (not row.is_exact, -row.rank, -row.popularity, row.sku_id)


ORDERS: Mapping[str, Callable[[Row], tuple[Any, ...]]] = {
    "relevance": relevance,
    "popular": lambda row: (-row.popularity, row.sku_id),
    "newest": lambda row: (-(row.key or 0), row.sku_id),
    "price": lambda row: (DEAREST if row.price_minor is None else row.price_minor, row.sku_id),
    "-price": lambda row: (1 if row.price_minor is None else -row.price_minor, row.sku_id),
    "name": lambda row: (row.key, row.sku_id),
}
