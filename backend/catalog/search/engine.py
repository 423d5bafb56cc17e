"""The engine that needs nothing but PostgreSQL.

A list that words or attributes narrow is *ranked*: at most CAP of what fits is read, the most popular first, and
ordered and counted here. A list without words is *browsed*: it stands in the order of an index.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain

from backend.catalog.search import browsing, ranked, spelling
from backend.catalog.search.asking import asked, spelt
from backend.catalog.search.calling import called_so
from backend.catalog.search.counted import Ways, reading, tallies_of, ways_to
from backend.catalog.search.facets import facets_of
from backend.catalog.search.listing import Listing
from backend.catalog.search.narrowing import Narrowing, narrow
from backend.catalog.search.port import Count, Facet, Found, Place, Query
from backend.catalog.search.ranked import listed_columns
from backend.catalog.search.rows import ORDERS, Row, columns
from backend.catalog.search.sight import as_its_buyer
from backend.catalog.search.sql import Sql, all_of, fetch_all, joined
from backend.catalog.search.words import as_query, words_of

FEW = 3
"""With fewer results than that another spelling is offered."""
NEW_CAP = 99


class PostgresSearch:
    """Full text over two indexes, trigrams over the vocabulary. See docs/features/search.md for what it costs."""

    @as_its_buyer
    def find(self, query: Query) -> Found:
        """A page of what fits. Three queries: what is asked for and by whom, the list, the names of its facets; up to
        ten where words have synonyms or slips, or where filters leave little of much."""
        words = words_of(query.text)
        names = called_so(query.buyer, query.text)
        known, terms = asked(query, words, *names, is_typing=not query.text.endswith(" "))
        if query.text.strip() and not known.words:
            return Found((), Count(0), Place(1, query.place.size))
        among = narrow(query, known, terms)
        if not words and not among.attributes:
            return _browsed(query, among)
        ranking = _read(query, known.words, among, ranked.exact(query.text, known.called, among, query.sort))
        return _ranked(query, _spelt(query, words, known.known, ranking, among), among)

    @as_its_buyer
    def new_since(self, query: Query, moment: datetime) -> Count:
        """How many of the results have come into the catalogue since, at most NEW_CAP. Two queries, or three where a
        word has synonyms."""
        known, terms = asked(query, words_of(query.text), is_typing=False)
        if query.text.strip() and not known.words:
            return Count(0)
        among = narrow(query, known, terms)
        has_words = as_query(known.words, among.attribute_lexemes)
        way = all_of(among.ids, has_words.within("document @@ ({})") if has_words.text else has_words)
        newer = Sql("listed_at > %s", (moment,))
        each = [
            all_of(newer, one).within("(SELECT FROM search_searchentry WHERE {} LIMIT %s)", NEW_CAP + 1)
            for one in among.streams(way)
        ]
        counted = joined(each, " UNION ALL ").within("SELECT count(*) FROM ({}) AS found")
        n = among.prices.over(counted).fetch()[0][0]
        return Count(min(n, NEW_CAP), n > NEW_CAP)


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was read, the ways to it, whether it is the very code that was asked for, and another spelling."""

    rows: Sequence[Row]
    ways: Ways
    is_exact: bool = False
    better: str = ""
    is_corrected: bool = False

    @property
    def is_more(self) -> bool:
        return len(self.rows) >= ranked.CAP


def _read(query: Query, words: str, among: Narrowing, exact: Sequence[Sql] = ()) -> Ranking:
    """The ways to the list, and what is the very code; where that is more than is read of a way, the list itself, in
    which stock and prices count. One query, or two."""
    ways, prices = ways_to(among, *(among.active if query.with_facets else ())), among.prices
    listed = listed_columns(words, query.sort)
    reads = [reading(way, among, partial(_leading, words, way), listed) for way in ways.values()]
    found = [prices.priced(each) for each in fetch_all(*reads, *map(prices.reading, exact))]
    gone = Ways(dict(zip(ways, found[: len(ways)], strict=True)))
    rows = _list(among, gone, ranked.candidates(words, among, listed))
    exactly = among.fitting(chain.from_iterable(found[len(ways) :]))
    return Ranking(ranked.together(exactly, rows), gone, is_exact=bool(exactly))


def _leading(words: str, way: Narrowing, wanted: Sql) -> Sql:
    """Without words a way has no more to be ranked by once its attribute is left out."""
    if words or way.attributes:
        return ranked.candidates(words, way, wanted)
    return browsing.most_ordered(way, ranked.CAP, wanted)


def _list(among: Narrowing, ways: Ways, read: Sql) -> Sequence[Row]:
    """The rows of its way that fit; where that has more than was read of it, the list itself is read."""
    if among.is_way or not ways.is_more(among):
        return ways.fitting(among)
    asked = among.prices.reading(read, asks_for_price=among.asks_for_price)
    return among.prices.priced(asked.fetch())


def _spelt(query: Query, words: Sequence[str], known: Collection[str], ranking: Ranking, among: Narrowing) -> Ranking:
    """Where nothing or little has the words, what has the nearest words."""
    is_enough = len(ranking.rows) >= FEW or ranking.is_exact
    better = None if is_enough else spelling.corrected(words, known)
    asked_for = spelt(better) if better else ""
    if not (better and asked_for):  # the nearest words may be none that anybody looks for
        return ranking
    others = _read(query, asked_for, among)
    if not others.rows:  # another spelling of nothing that this buyer may see would tell that there is such a thing
        return ranking
    return replace(ranking if ranking.rows else others, better=" ".join(better), is_corrected=not ranking.rows)


def _ranked(query: Query, ranking: Ranking, among: Narrowing) -> Found:
    sort, size, total = query.sort or "relevance", query.place.size, Count(len(ranking.rows), ranking.is_more)
    number = max(1, min(query.place.number, -(-total.n // size)))
    shown = sorted(ranking.rows, key=ORDERS[sort])[(number - 1) * size : number * size]
    return Found(
        [row.sku_id for row in shown],
        total,
        Place(number, size),
        facets=facets_of(tallies_of(ranking.rows, total, among, ranking.ways), among) if query.with_facets else (),
        has_unsold=among.sight.has_unsold,
        did_you_mean=ranking.better,
        is_corrected=ranking.is_corrected,
        sorts_best_only=ranking.is_more and sort != "relevance",
    )


def _browsed(query: Query, among: Narrowing) -> Found:
    sort = query.sort if query.sort not in ("", "relevance") else "popular"
    place = browsing.nearest(_readable(query.place, sort), Count(0, is_more=True))
    found = Listing.of(among, sort, place, with_facets=query.with_facets)
    if place != (nearest := browsing.nearest(place, found.total)):
        place, found = nearest, Listing.of(among, sort, nearest, with_facets=query.with_facets)
    return Found(
        [pk for pk, _ in found.page],
        found.total,
        place,
        first_mark=browsing.mark_of(*found.page[0]) if found.page else "",
        last_mark=browsing.mark_of(*found.page[-1]) if found.page else "",
        facets=_facets_of_browsed(found, among) if query.with_facets else (),
        has_unsold=among.sight.has_unsold,
    )


def _readable(place: Place, sort: str) -> Place:
    """An address whose mark belongs to another order opens at its number."""
    after, before = (mark if mark and browsing.is_mark(mark, sort) else "" for mark in (place.after, place.before))
    return replace(place, after=after, before=before)


def _facets_of_browsed(found: Listing, among: Narrowing) -> list[Facet]:
    """Counted in the whole list where that is short, else in the most ordered of it."""
    rows = found.ways.fitting(among)
    if found.total.n <= ranked.CAP:
        rows = _list(among, found.ways, browsing.most_ordered(among, ranked.CAP, Sql(columns())))
    return facets_of(tallies_of(rows, found.total, among, found.ways), among)
