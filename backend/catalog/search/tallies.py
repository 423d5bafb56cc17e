"""How many of a list each answer of a facet would leave: among rows in hand, or of each category in its index."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from backend.catalog.search import bands
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import CATEGORY, CURRENCY, IN_STOCK, PRICE, SELLER, Count
from backend.catalog.search.rows import Row

ALWAYS = (CATEGORY, SELLER, PRICE, CURRENCY, IN_STOCK)
"""The facets that every list has."""
Tally = Mapping[str, Count]


@dataclass(frozen=True)
class Counted:
    """Rows in hand; what they say of their attributes is gone through once for all of these."""

    rows: Sequence[Row]

    @cached_property
    def attributes(self) -> Mapping[str, Counter[str]]:
        """By the attribute's code, how many of the rows have each value."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for facet, n in Counter(chain.from_iterable(row.facets for row in self.rows)).items():
            code, _, value = facet.partition(":")
            found[code][value] = n
        return found


def facet_keys(counted: Counted, among: Narrowing) -> Sequence[str]:
    return [*ALWAYS, *sorted(counted.attributes.keys() | set(among.attributes))]


def tally(key: str, counted: Counted, among: Narrowing, *, is_more: bool) -> Tally:
    """How many of the rows give each answer; `is_more`: there are rows beside these."""
    answers = _count(key, counted, among.currency or bands.CURRENCY)
    return {str(answer): Count(n, is_more) for answer, n in answers.items() if answer and n}


def with_chosen(key: str, counted: Tally, among: Narrowing, total: Count) -> Tally:
    """The same where the choice that was made leaves what the list has, however few rows were counted."""
    chosen = {
        CATEGORY: str(among.category_id or ""),
        SELLER: str(among.company_id or ""),
        PRICE: among.price,
        IN_STOCK: "1" if among.in_stock else "",
    }.get(key, "")
    return {**counted, chosen: total} if chosen and total.n else counted


def _count(key: str, counted: Counted, currency: str) -> Counter[Any]:
    rows = counted.rows
    if key == CATEGORY:
        return Counter([row.category_id for row in rows])
    if key == SELLER:
        return Counter([row.company_id for row in rows])
    if key == IN_STOCK:
        return Counter({"1": [row.in_stock for row in rows].count(True)})
    if key == CURRENCY:
        return Counter([row.currency for row in rows if row.price_minor is not None])
    if key == PRICE:
        return bands.counted([row.price_minor for row in rows if row.currency == currency], currency)
    return counted.attributes.get(key, Counter())
