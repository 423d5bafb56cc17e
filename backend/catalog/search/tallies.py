"""How many of a list each answer of a facet would leave: among what was read, or for one column in its index."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Case, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from backend.accounts.models import Company
from backend.catalog.models import Category
from backend.catalog.search import bands
from backend.catalog.search.any_of import AnyOf
from backend.catalog.search.labels import AttributeName, attribute_names
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import CATEGORY, CURRENCY, IN_STOCK, PRICE, SELLER, Count, Facet, FacetValue
from backend.core.money import EXPONENTS

LOOKED_AT = 10_000
"""So many entries are looked at to count the answers of one facet, shared out among them."""
MAX_VALUES = 20
_COUNT_EACH = """
SELECT answer.pk, few.n, few.seen FROM unnest(%s::bigint[]) AS answer (pk)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE fits) AS n, count(*) AS seen FROM ({}) AS looked_at (fits)) AS few
"""
_COLUMNS: Mapping[str, Sequence[str]] = {
    CATEGORY: ("category_id",),
    SELLER: ("company_id",),
    IN_STOCK: ("in_stock",),
    PRICE: ("sku_id", "company_id", "price_minor", "currency"),
    CURRENCY: ("sku_id", "company_id", "price_minor", "currency"),
}
Tally = Mapping[str, Count]


def tally(key: str, rows: Sequence[Any], currency: str, *, is_more: bool) -> Tally:
    """How many of the rows give each answer, prices those in one currency; `is_more`: there are rows beside these."""
    return {str(answer): Count(n, is_more) for answer, n in _count(key, rows, currency).items() if answer and n}


def _count(key: str, rows: Sequence[Any], currency: str) -> Counter[Any]:
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


def columns_of(key: str) -> Sequence[str]:
    """What has to be read of an entry to count it for a facet."""
    return _COLUMNS.get(key, ("facets",))


def tally_in_index(key: str, pks: Iterable[int], among: Narrowing) -> Tally:
    """The same for categories or sellers of a list that is too long to read. One query.

    Of each answer the most ordered entries are looked at, and counted which of them fit: whatever is asked for, and
    however seldom that is, it costs LOOKED_AT entries at most.
    """
    column, answers = {CATEGORY: "category_id", SELLER: "company_id"}[key], sorted(set(pks))
    if not answers:
        return {}
    most = LOOKED_AT // len(answers)
    others = among.without(key)
    rows = others.sight.entries().filter(**{column: RawSQL("answer.pk", [])}).order_by("-popularity", "sku_id")
    fits = Case(When(others.condition(), then=Value(True)), default=Value(False)) if others.is_narrow else Value(True)
    inner, params = rows.values_list(fits)[:most].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_EACH.format(inner), [answers, *params])
        return {str(pk): Count(n, seen >= most) for pk, n, seen in cursor.fetchall() if n}


def facets_of(tallies: Mapping[str, Tally], among: Narrowing) -> list[Facet]:
    """The facets with what they are called: three queries, for categories, sellers and attributes."""
    categories = _named(Category.objects.all(), tallies[CATEGORY], "position")
    sellers = _named(Company.objects.all(), tallies[SELLER], Value(0))
    currency = among.currency or bands.CURRENCY
    found = [
        _facet(CATEGORY, categories, tallies[CATEGORY], among),
        _facet(SELLER, sellers, tallies[SELLER], among),
        _facet(PRICE, [(n, "", key, key) for n, key in enumerate(bands.keys_of(currency))], tallies[PRICE], among),
        _facet(CURRENCY, [(0, code, code, code) for code in EXPONENTS], tallies[CURRENCY], among),
        _facet(IN_STOCK, [(0, "", "1", "1")], tallies[IN_STOCK], among),
    ]
    return [facet for facet in found if facet.values] + _of_attributes(tallies, among)


def _named(rows: QuerySet[Any], counts: Tally, place: Any) -> list[tuple[int, str, str, str]]:
    """Of those that are counted: the place, the name, what it is counted under, what an address calls it."""
    found = rows.filter(AnyOf("pk", map(int, counts))).values_list(place, "name", "pk", "slug")
    return [(at, name, str(pk), slug) for at, name, pk, slug in found]


def _facet(key: str, answers: Iterable[tuple[int, str, str, str]], counts: Tally, among: Narrowing) -> Facet:
    """Of (place, label, what it is counted under, what an address calls it), those that leave something."""
    shown = [(place, label, under, name) for place, label, under, name in answers if under in counts]
    chosen = {
        CATEGORY: {str(among.category_id)},
        SELLER: {str(among.company_id)},
        PRICE: {among.price},
        CURRENCY: {among.currency},
        IN_STOCK: {"1" if among.in_stock else ""},
    }[key]
    values = [FacetValue(name, label, counts[under], under in chosen) for _, label, under, name in sorted(shown)]
    return Facet(key, "", values)


def _of_attributes(tallies: Mapping[str, Tally], among: Narrowing) -> list[Facet]:
    codes = [key for key in tallies if key not in (CATEGORY, SELLER, PRICE, CURRENCY, IN_STOCK)]
    return [_attribute(name, tallies[name.code], among) for name in attribute_names(codes)]


def _attribute(name: AttributeName, counts: Tally, among: Narrowing) -> Facet:
    chosen = among.attributes.get(name.code, ())
    most = sorted(counts.items(), key=lambda each: (each[0] not in chosen, -each[1].n, each[0]))[:MAX_VALUES]
    values = [FacetValue(value, value, count, value in chosen) for value, count in sorted(most)]
    return Facet(name.code, name.label, values)
