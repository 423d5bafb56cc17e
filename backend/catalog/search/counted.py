"""What the answers of a list's facets would leave, in a few queries for all of them.

Counted is what is in the list; of a facet that something was chosen of, what would be in it without that. An index
leads to a category, a seller, words and attributes (the *ways* to a list); stock, price and currency are looked at row
by row. So the rows of one way are read once for all facets that are not on it.
"""

from collections.abc import Mapping, Sequence

from backend.catalog.search import browsing, ranked
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import CATEGORY, Count
from backend.catalog.search.ranked import CAP
from backend.catalog.search.rows import Row
from backend.catalog.search.sql import Sql
from backend.catalog.search.tallies import Counted, Tally, facet_keys, tally, with_chosen

LOOKED_AT = 1_000
"""So many entries are looked at to count every category in its index, shared out among them."""
MAX_CATEGORIES = 200
_CATEGORIES = """
WITH category AS MATERIALIZED (SELECT id FROM catalog_category ORDER BY position, id LIMIT %s),
share AS MATERIALIZED (SELECT %s / greatest(count(*), 1) AS most FROM category)
SELECT category.id, few.n, few.seen >= (SELECT most FROM share) FROM category
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE fits) AS n, count(*) AS seen FROM (
        SELECT {fits} AS fits FROM search_searchentry WHERE category_id = category.id AND {seen}
        ORDER BY popularity DESC, sku_id LIMIT (SELECT most FROM share)) AS looked_at) AS few
"""


class Ways:
    """The rows that the ways to a list lead to, each way gone once, with what they cost the buyer."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.gone: dict[tuple[object, ...], Sequence[Row]] = {}

    def keep(self, among: Narrowing, rows: Sequence[Row]) -> None:
        """Rows of a way that were read already, and priced."""
        self.gone[_way(among)] = rows

    def rows(self, among: Narrowing) -> Sequence[Row]:
        """One query the first time, and one for their prices."""
        if _way(among) not in self.gone:
            is_ranked = self.words or among.attributes
            read = ranked.candidates(self.words, among.ways) if is_ranked else browsing.most_ordered(among.ways, CAP)
            self.gone[_way(among)] = among.prices.of(read)
        return self.gone[_way(among)]

    def is_more(self, among: Narrowing) -> bool:
        """Whether the way leads to more than is read of it."""
        return len(self.rows(among)) >= CAP


def _way(among: Narrowing) -> tuple[object, ...]:
    return among.category_id, among.company_id, tuple(among.attributes.items())


def tallies_of(rows: Sequence[Row], total: Count, among: Narrowing, ways: Ways) -> Mapping[str, Tally]:
    """By facet. `rows` are of the list, with their own prices; all of them if `total` says so."""
    found: dict[str, Tally] = {}
    counted = Counted(rows)
    for key in facet_keys(counted, among):
        if key not in among.active and not (key == CATEGORY and _is_long(rows, total) and not ways.words):
            found[key] = tally(key, counted, among, is_more=_is_long(rows, total))
        else:
            found[key] = with_chosen(key, _without(key, among, ways), among, total)
    return found


def _is_long(rows: Sequence[Row], total: Count) -> bool:
    return total.is_more or total.n > len(rows)


def _without(key: str, among: Narrowing, ways: Ways) -> Tally:
    """Counted in what would be left without what was chosen of this facet."""
    others = among.without(key)
    is_browsed = not ways.words and not others.attributes
    if key == CATEGORY and is_browsed and others.company_id is None:
        return tally_of_categories(others)
    rows = [row for row in ways.rows(others) if others.fits(row)]
    return tally(key, Counted(rows), others, is_more=ways.is_more(others))


def tally_of_categories(among: Narrowing) -> Tally:
    """Of each category the most ordered entries are looked at, and counted which of them fit. One query: whatever is
    asked for, and however seldom that is, it costs LOOKED_AT entries or so."""
    seen, fits = among.sight.condition(), among.condition()
    asked = (MAX_CATEGORIES, LOOKED_AT, *fits.params, *seen.params)
    found = Sql(_CATEGORIES.format(fits=fits.text, seen=seen.text), asked).fetch()
    return {str(pk): Count(n, is_more) for pk, n, is_more in found if n}
