"""What is read of an entry to rank and to count it, and in which orders lists stand."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

FIELDS = (
    "sku_id", "category_id", "company_id", "in_stock", "popularity", "price_minor", "currency", "name", "listed_at",
    "facets",
)  # fmt: skip
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
DEAREST = Decimal(10) ** 18


class Row(NamedTuple):
    """An entry as the engine sees it; `rank` is how well its words fit, `is_exact` whether it is the code asked for."""

    sku_id: int
    category_id: int
    company_id: int
    in_stock: bool
    popularity: int
    price_minor: Decimal | None
    """Of everybody, as it is read; the buyer's own once OwnPrices has been asked."""
    currency: str
    name: str
    listed_at: datetime | None
    facets: Sequence[str]
    rank: float = 0.0
    is_exact: bool = False


def relevance(row: Row) -> tuple[Any, ...]:
    """What fits best first; of two that fit alike the one that is ordered more."""
    return (not row.is_exact, -row.rank * (1 + math.log1p(max(row.popularity, 0)) / 10), -row.popularity, row.sku_id)


ORDERS: Mapping[str, Callable[[Row], tuple[Any, ...]]] = {
    "relevance": relevance,
    "popular": lambda row: (-row.popularity, row.sku_id),
    "newest": lambda row: (-(row.listed_at or LONG_AGO).timestamp(), row.sku_id),
    "price": lambda row: (DEAREST if row.price_minor is None else row.price_minor, row.sku_id),
    "-price": lambda row: (1 if row.price_minor is None else -row.price_minor, row.sku_id),
    "name": lambda row: (row.name, row.sku_id),
}
