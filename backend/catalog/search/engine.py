"""The engine that needs nothing but PostgreSQL.

A list that words or attributes narrow is *ranked*: at most CAP of what fits is read, the most popular first, and
ordered and counted here. A list without words is *browsed*: it stands in the order of an index.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from backend.catalog.search import browsing, ranked, spelling
from backend.catalog.search.asking import Asked, asked
from backend.catalog.search.by_price import page_by_price
from backend.catalog.search.counted import Ways, tallies_of
from backend.catalog.search.facets import facets_of
from backend.catalog.search.narrowing import Narrowing, narrow
from backend.catalog.search.port import PRICE_SORTS, Count, Facet, Filters, Found, Place, Query
from backend.catalog.search.rows import ORDERS, Row
from backend.catalog.search.sight import as_its_buyer
from backend.catalog.search.sql import Sql, all_of, joined
from backend.catalog.search.words import as_query, words_of

FEW = 3
"""With fewer results than that another spelling is offered."""
NEW_CAP = 99


class PostgresSearch:
    """Full text over two indexes, trigrams over the vocabulary. See docs/features/search.md for what it costs."""

    @as_its_buyer
    def find(self, query: Query) -> Found:
        """A page of what fits. At most twelve queries, whatever is found; five where nothing is asked for."""
        words = words_of(query.text)
        known = asked(query.filters, words, is_typing=not query.text.endswith(" "))
        if query.text.strip() and not known.words:
            return Found((), Count(0), Place(1, query.place.size))
        among = narrow(query, known)
        if not words and not among.attributes:
            return _browsed(query, among)
        return _ranked(query, _rank(query, words, known, among), among)

    @as_its_buyer
    def new_since(self, query: Query, moment: datetime) -> Count:
        """How many of the results have come into the catalogue since, at most NEW_CAP. At most four queries."""
        known = asked(query.filters, words_of(query.text), is_typing=False)
        if query.text.strip() and not known.words:
            return Count(0)
        among = narrow(query, known)
        has_words = as_query(known.words, among.attribute_lexemes)
        way = all_of(among.ids, has_words.within("document @@ ({})") if has_words.text else has_words)
        newer = Sql("listed_at > %s", (moment,))
        each = [
            all_of(newer, one).within("(SELECT FROM search_searchentry WHERE {} LIMIT %s)", NEW_CAP + 1)
            for one in among.streams(way)
        ]
        n = joined(each, " UNION ALL ").within("SELECT count(*) FROM ({}) AS found").fetch()[0][0]
        return Count(min(n, NEW_CAP), n > NEW_CAP)


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was read, the rows of the way to it, what the index was asked for to find it, and another spelling."""

    rows: Sequence[Row]
    way: Sequence[Row]
    words: str
    better: str = ""
    is_corrected: bool = False

    @property
    def is_more(self) -> bool:
        return len(self.rows) >= ranked.CAP


def _rank(query: Query, words: Sequence[str], known: Asked, among: Narrowing) -> Ranking:
    """What has the words, with the very code that they are first; where nothing has, what has the nearest words."""
    exact = [row for row in among.prices.of(ranked.exact(query.text, among, query.sort)) if among.fits(row)]
    ranking = _read(query, known.words, among)
    ranking = replace(ranking, rows=ranked.together(exact, ranking.rows))
    better = spelling.corrected(words) if len(ranking.rows) < FEW and words and not exact else None
    if not better:
        return ranking
    others = _read(query, asked(Filters(), better, is_typing=False).words, among)
    if not others.rows:  # another spelling of nothing that this buyer may see would tell that there is such a thing
        return ranking
    kept = ranking if ranking.rows else others
    return replace(kept, better=" ".join(better), is_corrected=not ranking.rows)


def _read(query: Query, words: str, among: Narrowing) -> Ranking:
    """The way to the list; where that is more than is read of it, the list itself, in which stock and prices count."""
    way = among.prices.of(ranked.candidates(words, among.ways, query.sort))
    if among.is_way:
        return Ranking(way, way, words)
    if len(way) < ranked.CAP:
        return Ranking([row for row in way if among.fits(row)], way, words)
    return Ranking(among.prices.of(ranked.candidates(words, among, query.sort)), way, words)


def _ranked(query: Query, ranking: Ranking, among: Narrowing) -> Found:
    sort, size, total = query.sort or "relevance", query.place.size, len(ranking.rows)
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
    ways = Ways(ranking.words)
    ways.keep(among, ranking.way)
    total = Count(len(ranking.rows), ranking.is_more)
    return facets_of(tallies_of(ranking.rows, total, among, ways), among)


def _browsed(query: Query, among: Narrowing) -> Found:
    sort = query.sort if query.sort not in ("", "relevance") else "popular"
    total = browsing.count(among)
    place = browsing.nearest(_readable(query.place, sort), total)
    rows = page_by_price(among, sort, place) if sort in PRICE_SORTS else browsing.page_of_marks(among, sort, place)
    return Found(
        [pk for pk, _ in rows],
        total,
        place,
        first_mark=browsing.mark_of(*rows[0]) if rows else "",
        last_mark=browsing.mark_of(*rows[-1]) if rows else "",
        facets=_facets_of_browsed(total, among) if query.with_facets else (),
    )


def _readable(place: Place, sort: str) -> Place:
    """An address whose mark belongs to another order opens at its number."""
    after, before = (mark if mark and browsing.is_mark(mark, sort) else "" for mark in (place.after, place.before))
    return replace(place, after=after, before=before)


def _facets_of_browsed(total: Count, among: Narrowing) -> list[Facet]:
    """Counted in the whole list where that is short, else in the most ordered of it."""
    ways = Ways("")
    rows: Sequence[Row] = [row for row in ways.rows(among) if among.fits(row)]
    if ways.is_more(among) and not among.is_way and total.n <= ranked.CAP:
        rows = among.prices.of(browsing.most_ordered(among, ranked.CAP))
    return facets_of(tallies_of(rows, total, among, ways), among)
