"""How many of a list each answer of a facet would leave: among rows in hand, or of each category in its index."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backend.catalog.search import bands
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import CATEGORY, CURRENCY, IN_STOCK, PRICE, SELLER, Count
from backend.catalog.search.rows import Row

ALWAYS = (CATEGORY, SELLER, PRICE, CURRENCY, IN_STOCK)
"""The facets that every list has."""
Tally = Mapping[str, Count]


def facet_keys(rows: Iterable[Row], among: Narrowing) -> Sequence[str]:
    codes = {facet.partition(":")[0] for row in rows for facet in row.facets}
    return [*ALWAYS, *sorted(codes | set(among.attributes))]


def tally(key: str, rows: Sequence[Row], among: Narrowing, *, is_more: bool) -> Tally:
    """How many of the rows give each answer; `is_more`: there are rows beside these."""
    counted = _count(key, rows, among.currency or bands.CURRENCY)
    return {str(answer): Count(n, is_more) for answer, n in counted.items() if answer and n}


def with_chosen(key: str, counted: Tally, among: Narrowing, total: Count) -> Tally:
    """The same where the choice that was made leaves what the list has, however few rows were counted."""
    chosen = {
        CATEGORY: str(among.category_id or ""),
        SELLER: str(among.company_id or ""),
        PRICE: among.price,
        IN_STOCK: "1" if among.in_stock else "",
    }.get(key, "")
    return {**counted, chosen: total} if chosen and total.n else counted


def _count(key: str, rows: Sequence[Row], currency: str) -> Counter[Any]:
    if key == CATEGORY:
        return Counter([row.category_id for row in rows])
    if key == SELLER:
        return Counter([row.company_id for row in rows])
    if key == IN_STOCK:
        return Counter({"1": sum(1 for row in rows if row.in_stock)})
    if key == CURRENCY:
        return Counter([row.currency for row in rows if row.price_minor is not None])
    if key == PRICE:
        return Counter([bands.band_of(row.price_minor, currency) for row in rows if row.currency == currency])
    prefix = f"{key}:"
    return Counter([facet[len(prefix) :] for row in rows for facet in row.facets if facet.startswith(prefix)])
