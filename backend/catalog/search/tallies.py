"""How many of a list each answer of a facet would leave: among what was read, or for one column in its index."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection
from django.db.models.expressions import RawSQL

from backend.accounts.models import Company
from backend.catalog.models import Category
from backend.catalog.search import bands
from backend.catalog.search.labels import AttributeName, attribute_names
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import CATEGORY, IN_STOCK, PRICE, SELLER, Count, Facet, FacetValue
from backend.catalog.search.rows import Row

INDEX_CAP = 1_000
"""So many are counted of one category or seller."""
MAX_VALUES = 20
_COUNT_EACH = "SELECT answer.pk, (SELECT count(*) FROM ({}) AS few) FROM unnest(%s::bigint[]) AS answer (pk)"
Tally = Mapping[str, Count]


def tally(key: str, rows: Iterable[Row], *, is_more: bool) -> Tally:
    """How many of the rows give each answer; `is_more`: there are rows that are not among these."""
    counted = Counter(answer for row in rows for answer in _answers(key, row))
    return {answer: Count(n, is_more) for answer, n in counted.items()}


def _answers(key: str, row: Row) -> Sequence[str]:
    if key == CATEGORY:
        return [str(row.category_id)]
    if key == SELLER:
        return [str(row.company_id)]
    if key == IN_STOCK:
        return ["1"] if row.in_stock else []
    if key == PRICE:
        return [band] if (band := bands.band_of(row.price_minor)) else []
    return [facet.removeprefix(f"{key}:") for facet in row.facets if facet.startswith(f"{key}:")]


def tally_in_index(key: str, pks: Iterable[int], among: Narrowing) -> Tally:
    """The same for categories or sellers of a list that is too long to read. One query, each answer counted by itself.

    Nothing that ends the query early for one of them makes the others dearer: each costs INDEX_CAP rows at most.
    """
    column = {CATEGORY: "category_id", SELLER: "company_id"}[key]
    rows = among.without(key).entries().filter(**{column: RawSQL("answer.pk", [])})
    inner, params = rows.order_by().values("pk")[: INDEX_CAP + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_EACH.format(inner), [*params, sorted(set(pks))])
        return {str(pk): Count(min(n, INDEX_CAP), n > INDEX_CAP) for pk, n in cursor.fetchall() if n}


def facets_of(tallies: Mapping[str, Tally], among: Narrowing) -> list[Facet]:
    """The facets with what they are called: three queries, for categories, sellers and attributes."""
    categories = Category.objects.in_bulk(map(int, tallies.get(CATEGORY, {})))
    sellers = Company.objects.in_bulk(map(int, tallies.get(SELLER, {})))
    found = [
        _facet(
            CATEGORY, [(c.position, c.name, str(c.pk), c.slug) for c in categories.values()], tallies[CATEGORY], among
        ),
        _facet(SELLER, [(0, c.name, str(c.pk), c.slug) for c in sellers.values()], tallies[SELLER], among),
        _facet(PRICE, [(n, "", key, key) for n, key in enumerate(bands.KEYS)], tallies[PRICE], among),
        _facet(IN_STOCK, [(0, "", "1", "1")], tallies[IN_STOCK], among),
    ]
    return [facet for facet in found if facet.values] + _of_attributes(tallies, among)


def _facet(key: str, answers: Iterable[tuple[int, str, str, str]], counts: Tally, among: Narrowing) -> Facet:
    """Of (place, label, what it is counted under, what an address calls it), those that leave something."""
    shown = [(place, label, under, name) for place, label, under, name in answers if under in counts]
    chosen = {
        CATEGORY: {str(among.category_id)},
        SELLER: {str(among.company_id)},
        PRICE: {among.price},
        IN_STOCK: {"1" if among.in_stock else ""},
    }[key]
    values = [FacetValue(name, label, counts[under], under in chosen) for _, label, under, name in sorted(shown)]
    return Facet(key, "", values)


def _of_attributes(tallies: Mapping[str, Tally], among: Narrowing) -> list[Facet]:
    codes = [key for key in tallies if key not in (CATEGORY, SELLER, PRICE, IN_STOCK)]
    return [_attribute(name, tallies[name.code], among) for name in attribute_names(codes)]


def _attribute(name: AttributeName, counts: Tally, among: Narrowing) -> Facet:
    chosen = among.attributes.get(name.code, ())
    most = sorted(counts.items(), key=lambda each: (each[0] not in chosen, -each[1].n, each[0]))[:MAX_VALUES]
    values = [FacetValue(value, value, count, value in chosen) for value, count in sorted(most)]
    return Facet(name.code, name.label, values)
