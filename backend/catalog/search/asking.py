"""What is asked for, as the index knows it: ids in place of names, and words as a query of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.catalog.search.port import Filters, Query
from backend.catalog.search.sql import Sql, fetch_all, joined
from backend.catalog.search.terms import Terms, asked_of, terms_of
from backend.catalog.search.words import asked_for

NOBODY = 0
"""The id of what an address names and nobody has: nothing is found there."""
_CATEGORY = "SELECT 'category', id, NULL, NULL::text[] FROM catalog_category WHERE slug = %s"
_SELLER = "SELECT 'seller', id, NULL, NULL::text[] FROM accounts_company WHERE slug = %s"
_QUERY = "SELECT 'query', NULL::bigint, to_tsquery('entrepot', unaccent(%s))::text, NULL::text[]"
_SYNONYMS = "SELECT 'synonym', NULL::bigint, NULL, words::text[] FROM search_synonym WHERE words && %s::text[]"
_CALLED = "SELECT 'called', sku_id, NULL, NULL::text[] FROM ({}) AS called (sku_id)"
_KNOWN = "SELECT 'known', NULL::bigint, word, NULL::text[] FROM search_searchword WHERE word = ANY (%s)"
_WHOLE = """
SELECT 'whole', NULL::bigint, to_tsquery('entrepot', unaccent(%s))::text, NULL::text[] FROM search_searchword
WHERE word = ANY (tsvector_to_array(to_tsvector('entrepot', unaccent(%s))) || unaccent(%s)) HAVING sum(uses) >= %s
"""
COMMON = 500
"""In so many names a word, or its stem, is whole, even while somebody types: whatever else begins with it would not be
ranked."""


@dataclass(frozen=True, slots=True)
class Asked:
    category_id: int | None = None
    """None: any."""
    seller_id: int | None = None
    words: str = ""
    """A tsquery, stemmed and without accents, so that nothing of it is worked out for every row; empty where none of
    the words is one that is looked for."""
    known: frozenset[str] = frozenset()
    """Those of the words that stand somewhere in the catalogue as they were written."""
    called: Sequence[int] = ()
    """The SKUs that the buyer calls by the whole text."""


def asked(query: Query, words: Sequence[str], *names: Sql, is_typing: bool) -> tuple[Asked, Terms]:
    """What is asked for, and what stands between its buyer and the catalogue; to be asked inside `as_its_buyer`.

    `names` are statements of `called_so`. One query, one more where a word has synonyms.
    """
    parts = _parts(query.filters, words, *names, is_typing=is_typing)
    *found, rules = fetch_all(*parts, asked_of(query.buyer))
    known = _understood(query.filters, words, found[0] if found else (), is_typing=is_typing)
    return known, terms_of(query.buyer, rules, is_to_buy=query.filters.is_to_buy)


def spelt(words: Sequence[str]) -> str:
    """Whole words as a tsquery. One query, one more where a word has synonyms."""
    (found,) = fetch_all(*_parts(Filters(), words, is_typing=False))
    return _understood(Filters(), words, found, is_typing=False).words


def _parts(filters: Filters, words: Sequence[str], *names: Sql, is_typing: bool) -> list[Sql]:
    """The statement that finds out what is asked for; none where nothing is."""
    parts = [Sql(_CATEGORY, (filters.category,))] if filters.category else []
    parts += [Sql(_SELLER, (filters.seller,))] if filters.seller else []
    if words:
        parts += [Sql(_QUERY, (asked_for(words, [], is_typing=is_typing),)), Sql(_SYNONYMS, (_terms_in(words),))]
        parts += [Sql(_KNOWN, (list(words),))]
    if words and is_typing:
        parts += [Sql(_WHOLE, (asked_for(words, [], is_typing=False), words[-1], words[-1], COMMON))]
    parts += [name.within(_CALLED) for name in names]
    return [joined(parts, " UNION ALL ")] if parts else []


def _understood(filters: Filters, words: Sequence[str], found: Sequence[tuple[Any, ...]], *, is_typing: bool) -> Asked:
    ids = {what: pk for what, pk, _, _ in found if pk is not None}
    queries = {what: text for what, _, text, _ in found if text is not None}
    query = queries.get("whole", queries.get("query", ""))
    if groups := [group for what, _, _, group in found if what == "synonym"]:
        query = _written(asked_for(words, groups, is_typing=is_typing and "whole" not in queries))
    return Asked(
        ids.get("category", NOBODY) if filters.category else None,
        ids.get("seller", NOBODY) if filters.seller else None,
        query,
        frozenset(text for what, _, text, _ in found if what == "known"),
        [pk for what, pk, _, _ in found if what == "called"],
    )


def _written(query: str) -> str:
    return str(Sql("SELECT to_tsquery('entrepot', unaccent(%s))::text", (query,)).fetch()[0][0])


def _terms_in(words: Sequence[str]) -> list[str]:
    """Every run of up to three of the words may be a term of the trade."""
    return [" ".join(words[at : at + length]) for length in (1, 2, 3) for at in range(len(words) - length + 1)]
