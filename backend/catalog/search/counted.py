"""What the answers of a list's facets would leave.

Counted is what is in the list; of a facet that something was chosen of, what would be in it without that. An index
leads to a category, a seller, words and attributes (the *ways* to a list); stock, price and currency are looked at row
by row. So the rows of one way are read once for all facets that are not on it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import CATEGORY, Count
from backend.catalog.search.ranked import CAP
from backend.catalog.search.rows import Row, counted_columns
from backend.catalog.search.sql import Sql
from backend.catalog.search.tallies import Counted, Tally, facet_keys, tally, with_chosen

LOOKED_AT = 1_000
"""So many entries are looked at to count every category in its index, shared out among them."""
MAX_CATEGORIES = 200
_CATEGORIES = """
WITH category AS MATERIALIZED (SELECT id FROM catalog_category ORDER BY position, id LIMIT %s),
share AS MATERIALIZED (SELECT %s / greatest(count(*), 1) AS most FROM category)
SELECT category.id, few.n, few.seen >= (SELECT most FROM share) AS is_more FROM category
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE fits) AS n, count(*) AS seen FROM (
        SELECT {fits} AS fits FROM search_searchentry WHERE category_id = category.id AND {seen}
        ORDER BY popularity DESC, sku_id LIMIT (SELECT most FROM share)) AS looked_at) AS few
"""
Way = tuple[object, ...]


@dataclass(frozen=True)
class Ways:
    """The rows that the ways to a list lead to, with what they cost the buyer."""

    gone: Mapping[Way, Sequence[Row]]
    categories: Tally | None = None
    """What is in each category, where that was counted in its index."""

    def rows(self, among: Narrowing) -> Sequence[Row]:
        return self.gone[way_of(among)]

    def fitting(self, among: Narrowing) -> Sequence[Row]:
        """Those of them that are in the list."""
        return self.rows(among) if among.is_way else among.fitting(self.rows(among))

    def is_more(self, among: Narrowing) -> bool:
        """Whether the way leads to more than is read of it."""
        return len(self.rows(among)) >= CAP


def way_of(among: Narrowing) -> Way:
    return among.category_id, among.company_id, tuple(among.attributes.items())


def ways_to(among: Narrowing, *facets: str) -> Mapping[Way, Narrowing]:
    """The ways to a list, and to what would be in it without what was chosen of these facets."""
    return {way_of(each): each.ways for each in (among, *map(among.without, facets))}


def reading(way: Narrowing, among: Narrowing, read: Callable[[Sql], Sql], of_list: Sql) -> Sql:
    """A statement for the rows of a way, to be handed to `priced`, out of what reads the columns that are wanted of it:
    of one that is not the list's own only what its facet is counted by, and what that costs only where it matters."""
    if way_of(way) == way_of(among):
        return among.prices.reading(read(of_list))
    with_facets, with_price = way.attributes != among.attributes, among.asks_for_price
    counted = read(Sql(counted_columns(with_facets=with_facets, with_price=with_price)))
    return among.prices.reading(counted) if with_price else counted


def tallies_of(rows: Sequence[Row], total: Count, among: Narrowing, ways: Ways) -> Mapping[str, Tally]:
    """By facet. `rows` are of the list, with their own prices; all of them if `total` says so."""
    found: dict[str, Tally] = {}
    counted, is_long = Counted(rows), total.is_more or total.n > len(rows)
    for key in facet_keys(counted, among):
        is_counted = key == CATEGORY and is_long and ways.categories is not None
        if key not in among.active and not is_counted:
            found[key] = tally(key, counted, among, is_more=is_long)
        else:
            found[key] = with_chosen(key, _without(key, among, ways), among, total)
    return found


def _without(key: str, among: Narrowing, ways: Ways) -> Tally:
    """Counted in what would be left without what was chosen of this facet."""
    if key == CATEGORY and ways.categories is not None:
        return ways.categories
    others = among.without(key)
    return tally(key, Counted(ways.fitting(others)), others, is_more=ways.is_more(others))


def in_categories(among: Narrowing) -> Sql:
    """Of each category the most ordered entries are looked at, and counted which of them fit: whatever is asked for,
    and however seldom that is, it costs LOOKED_AT entries or so."""
    seen, fits = among.sight.condition(), among.condition(with_sight=False)
    asked = (MAX_CATEGORIES, LOOKED_AT, *fits.params, *seen.params)
    return Sql(_CATEGORIES.format(fits=fits.text, seen=seen.text), asked)


def tally_of_categories(found: Sequence[Sequence[Any]]) -> Tally:
    """What `in_categories` found."""
    return {str(pk): Count(int(n), is_more) for pk, n, is_more in found if int(n)}
