"""A list that words narrow: the most popular that fit, ranked."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from django.contrib.postgres.search import SearchRank
from django.db.models import F, FloatField, Q, QuerySet, Value

from backend.catalog.search.models import SearchEntry
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.rows import FIELDS, Row
from backend.catalog.search.words import as_query, code_key, gtin_key, may_be_code

CAP = 500
"""So many are ranked and counted. Of what fits more, the most popular 5 % come first."""
MAX_EXACT = 50


def candidates(asked: str, among: Narrowing) -> list[Row]:
    """At most CAP entries that have the words; one query where the popular ones are enough, else two.

    The first index holds the most popular only: a word that many products share is answered by it alone, and the
    large index is asked only for what is rare enough to be read whole.
    """
    popular = _matching(asked, among, is_popular=True, limit=CAP)
    rest = _matching(asked, among, is_popular=False, limit=CAP - len(popular)) if len(popular) < CAP else []
    return [*popular, *rest]


def counted(asked: str, among: Narrowing, columns: Sequence[str]) -> list[Any]:
    """The same entries with a few columns and no rank, by name: what a facet is counted in. One query, or two."""
    popular = _columns(asked, among, columns, is_popular=True, limit=CAP)
    rest = _columns(asked, among, columns, is_popular=False, limit=CAP - len(popular)) if len(popular) < CAP else []
    return [*popular, *rest]


def exact(text: str, among: Narrowing) -> list[Row]:
    """The SKUs whose code or GTIN the whole text is, with or without spaces and hyphens. One query, or none."""
    if not may_be_code(text):
        return []
    same = Q(code=code_key(text)) | (Q(gtin=gtin_key(text)) if gtin_key(text) else Q())
    rows = among.entries()
    if among.attributes:
        rows = rows.filter(document__matches=as_query("", among.attribute_lexemes))
    return [Row(*found)._replace(is_exact=True) for found in rows.filter(same).values_list(*FIELDS)[:MAX_EXACT]]


def together(first: Sequence[Row], then: Sequence[Row]) -> list[Row]:
    """Both, none twice."""
    return list({row.sku_id: row for row in chain(reversed(then), first)}.values())


def _columns(asked: str, among: Narrowing, columns: Sequence[str], *, is_popular: bool, limit: int) -> list[Any]:
    rows = _fitting(asked, among, is_popular=is_popular)
    return list(rows.values_list(*columns, named=True)[:limit])


def _matching(asked: str, among: Narrowing, *, is_popular: bool, limit: int) -> list[Row]:
    words = as_query(asked, []) if asked else None
    rank = SearchRank(F("document"), words) if words else Value(0.0, output_field=FloatField())
    rows = _fitting(asked, among, is_popular=is_popular).annotate(fit=rank)
    return [Row(*found) for found in rows.values_list(*FIELDS, "fit")[:limit]]


def _fitting(asked: str, among: Narrowing, *, is_popular: bool) -> QuerySet[SearchEntry]:
    query = as_query(asked, among.lexemes)
    return among.entries(with_ids=False).filter(document__matches=query, is_popular=is_popular)
