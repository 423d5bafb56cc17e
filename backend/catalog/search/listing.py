"""A list without words, read: one message for its total, its page, its categories and the rows of its facets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from backend.catalog.search import browsing
from backend.catalog.search.by_price import page_by_price
from backend.catalog.search.counted import Ways, in_categories, reading, tally_of_categories, ways_to
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import CATEGORY, PRICE_SORTS, Count, Place
from backend.catalog.search.ranked import CAP
from backend.catalog.search.rows import columns
from backend.catalog.search.sql import Sql, fetch_all, joined

# They read what the buyer's lists decide, if that is asked for, once for all three.
_TOTAL = "SELECT 'total' AS part, n AS id, NULL::text AS said, NULL::boolean AS is_more FROM ({}) AS counted (n)"
_PAGE = "SELECT 'page', id, said::text, NULL FROM ({}) AS page (id, said)"
_OF_CATEGORIES = "SELECT 'category', id, n::text, is_more FROM ({}) AS category (id, n, is_more)"


@dataclass(frozen=True, slots=True)
class Listing:
    total: Count
    page: Sequence[tuple[int, str]]
    """The SKUs of the page, each with what it is sorted by."""
    ways: Ways

    @classmethod
    def of(cls, among: Narrowing, sort: str, place: Place, *, with_facets: bool) -> Listing:
        """One query. Counted in their index are the categories of a list that is not of one seller."""
        page = (page_by_price if sort in PRICE_SORTS else browsing.page)(among, sort, place)
        parts = [browsing.count(among).within(_TOTAL), page.within(_PAGE)]
        has_categories = with_facets and among.company_id is None
        if has_categories:
            parts.append(in_categories(among.without(CATEGORY)).within(_OF_CATEGORIES))
        facets = [key for key in among.active if not (key == CATEGORY and has_categories)]
        ways = ways_to(among, *facets) if with_facets else {}
        reads = [reading(way, among, partial(browsing.most_ordered, way, CAP), Sql(columns())) for way in ways.values()]
        found, *rows = fetch_all(among.prices.over(joined(parts, " UNION ALL ")), *reads)
        categories = tally_of_categories(_part("category", found)) if has_categories else None
        gone = {way: among.prices.priced(each) for way, each in zip(ways, rows, strict=True)}
        return cls(_total(found), _page(found, place), Ways(gone, categories))


def _part(name: str, found: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [each for part, *each in found if part == name]


def _total(found: Sequence[tuple[Any, ...]]) -> Count:
    ((n, *_),) = _part("total", found)
    return Count(min(n, browsing.COUNT_CAP), is_more=n > browsing.COUNT_CAP)


def _page(found: Sequence[tuple[Any, ...]], place: Place) -> Sequence[tuple[int, str]]:
    page = [(pk, said) for pk, said, _ in _part("page", found)]
    return page[::-1] if place.before else page
