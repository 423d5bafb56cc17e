"""The engine that needs nothing but PostgreSQL.

A list that words or attributes narrow is *ranked*: at most CAP of what fits is read, the most popular first, and
ordered and counted here. A list without words is *browsed*: it stands in the order of an index.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from backend.catalog.models import Category
from backend.catalog.search import bands, browsing, ranked, spelling
from backend.catalog.search.by_price import page_by_price
from backend.catalog.search.models import Synonym
from backend.catalog.search.narrowing import Narrowing, narrow
from backend.catalog.search.port import (
    CATEGORY,
    CURRENCY,
    IN_STOCK,
    PRICE,
    PRICE_SORTS,
    SELLER,
    Count,
    Facet,
    Found,
    Place,
    Query,
)
from backend.catalog.search.rows import ORDERS, Row
from backend.catalog.search.sight import as_its_buyer
from backend.catalog.search.tallies import Tally, columns_of, facets_of, tally, tally_in_index
from backend.catalog.search.words import as_query, asked_for, words_of

FEW = 3
"""With fewer results than that another spelling is offered."""
NEW_CAP = 99
MAX_COUNTED = 200
MAX_SELLERS = 15
ALWAYS = (CATEGORY, SELLER, PRICE, CURRENCY, IN_STOCK)


class PostgresSearch:
    """Full text over two indexes, trigrams over the vocabulary. See docs/features/search.md for what it costs."""

    @as_its_buyer
    def find(self, query: Query) -> Found:
        """A page of what fits. At most twenty queries, whatever is found; ten where nothing is asked for."""
        among = narrow(query)
        words = words_of(query.text)
        if query.text.strip() and not words:
            return Found((), Count(0), Place(1, query.place.size))
        if not words and not among.attributes:
            return _browsed(query, among)
        return _ranked(query, _rank(query, words, among), among)

    @as_its_buyer
    def new_since(self, query: Query, moment: datetime) -> Count:
        """How many of the results have come into the catalogue since, at most NEW_CAP. At most seven queries."""
        among, words = narrow(query), words_of(query.text)
        if query.text.strip() and not words:
            return Count(0)
        asked = _asked(words, is_typing=False)
        rows = among.entries().filter(listed_at__gt=moment)
        if asked or among.attributes:
            rows = rows.filter(document__matches=as_query(asked, among.attribute_lexemes))
        n = rows[: NEW_CAP + 1].count()
        return Count(min(n, NEW_CAP), n > NEW_CAP)


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was read, what the index was asked for to find it, and another spelling."""

    rows: Sequence[Row]
    asked: str
    better: str = ""
    is_corrected: bool = False

    @property
    def is_more(self) -> bool:
        return len(self.rows) >= ranked.CAP


def _rank(query: Query, words: Sequence[str], among: Narrowing) -> Ranking:
    """What has the words, with the very code that they are first; where nothing has, what has the nearest words."""
    asked = _asked(words, is_typing=not query.text.endswith(" "))
    exact = ranked.exact(query.text, among)
    rows = ranked.together(exact, ranked.candidates(asked, among))
    better = spelling.corrected(words) if len(rows) < FEW and words and not exact else None
    if not better:
        return Ranking(rows, asked)
    meant = _asked(better, is_typing=False)
    others = ranked.candidates(meant, among)
    if not others:  # another spelling of nothing that this buyer may see would tell that there is such a thing
        return Ranking(rows, asked)
    return Ranking(rows or others, asked if rows else meant, " ".join(better), is_corrected=not rows)


def _asked(words: Sequence[str], *, is_typing: bool) -> str:
    """What the index is asked for. One query for what means the same."""
    groups = Synonym.objects.filter(_mentions(words)).values_list("words", flat=True) if words else []
    return asked_for(words, list(groups), is_typing=is_typing)


def _mentions(words: Sequence[str]) -> Q:
    """Every run of up to three of the words may be a term of the trade."""
    terms = [" ".join(words[at : at + length]) for length in (1, 2, 3) for at in range(len(words) - length + 1)]
    return Q(words__overlap=terms)


def _ranked(query: Query, ranking: Ranking, among: Narrowing) -> Found:
    sort, size, total = query.sort or "relevance", query.place.size, len(ranking.rows)
    if query.with_facets or sort in PRICE_SORTS:
        ranking = replace(ranking, rows=among.prices.of(ranking.rows))
    number = max(1, min(query.place.number, -(-total // size)))
    shown = sorted(ranking.rows, key=ORDERS[sort])[(number - 1) * size : number * size]
    return Found(
        [row.sku_id for row in shown],
        Count(total, ranking.is_more),
        Place(number, size),
        facets=_facets_of_ranked(ranking, among) if query.with_facets else (),
        did_you_mean=ranking.better,
        is_corrected=ranking.is_corrected,
        sorts_best_only=ranking.is_more and sort != "relevance",
    )


def _facets_of_ranked(ranking: Ranking, among: Narrowing) -> list[Facet]:
    """Counted in what was ranked; where something was chosen, in what would be left without that. Two queries each."""
    tallies: dict[str, Tally] = {}
    for key in _facet_keys(ranking.rows, among):
        counted = _read(ranking.asked, among.without(key), key) if key in among.active else ranking.rows
        tallies[key] = _tally(key, counted, among)
    return facets_of(tallies, among)


def _tally(key: str, rows: Sequence[Any], among: Narrowing) -> Tally:
    """Counted in what was read; of prices, in what it costs this buyer. Two queries where those were not asked yet."""
    is_priced = key in (PRICE, CURRENCY) and key in among.active
    counted = among.prices.of(rows) if is_priced else rows
    return tally(key, counted, among.currency or bands.CURRENCY, is_more=len(rows) >= ranked.CAP)


def _read(asked: str, among: Narrowing, key: str) -> list[Any]:
    """What is left without one choice: where that leaves nothing to look up, the most ordered of all."""
    if asked or among.attributes:
        return ranked.counted(asked, among, columns_of(key))
    return browsing.counted(among, ranked.CAP, columns_of(key))


def _facet_keys(rows: Sequence[Row], among: Narrowing) -> Sequence[str]:
    codes = {facet.partition(":")[0] for row in rows for facet in row.facets}
    return [*ALWAYS, *sorted(codes | set(among.attributes))]


def _browsed(query: Query, among: Narrowing) -> Found:
    sort = query.sort if query.sort not in ("", "relevance") else "popular"
    entries = among.entries()
    total = browsing.count(entries)
    place = browsing.nearest(_readable(query.place, sort), total)
    rows = page_by_price(among, sort, place) if among.is_by_price else browsing.page_of_rows(entries, sort, place)
    order = browsing.order_of(sort)
    return Found(
        [row.sku_id for row in rows],
        total,
        place,
        first_mark=order.mark(rows[0]) if rows else "",
        last_mark=order.mark(rows[-1]) if rows else "",
        facets=_facets_of_browsed(among) if query.with_facets else (),
    )


def _readable(place: Place, sort: str) -> Place:
    """An address whose mark belongs to another order opens at its number."""
    after, before = (mark if mark and browsing.is_mark(mark, sort) else "" for mark in (place.after, place.before))
    return replace(place, after=after, before=before)


def _facets_of_browsed(among: Narrowing) -> list[Facet]:
    """Categories and sellers counted in their indexes, the others among the most ordered."""
    rows = among.prices.of(browsing.sample(among, ranked.CAP))
    tallies: dict[str, Tally] = {}
    for key in _facet_keys(rows, among):
        others = among.without(key)
        counted = browsing.counted(others, ranked.CAP, columns_of(key)) if key in among.active else rows
        if key in (CATEGORY, SELLER):
            tallies[key] = tally_in_index(key, _answers(key, counted, among), among)
        else:
            tallies[key] = _tally(key, counted, among)
    return facets_of(tallies, among)


def _answers(key: str, rows: Sequence[Any], among: Narrowing) -> set[int]:
    """Which categories and sellers are counted: every category, the sellers of what is ordered most, and the chosen."""
    if key == CATEGORY:
        return set(Category.objects.values_list("pk", flat=True)[:MAX_COUNTED])
    sellers = Counter(row.company_id for row in rows)
    return {pk for pk, _ in sellers.most_common(MAX_SELLERS)} | ({among.company_id} if among.company_id else set())
