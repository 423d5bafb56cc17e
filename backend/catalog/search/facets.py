"""Facets with what they are called."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.catalog.search import bands
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import CATEGORY, CURRENCY, IN_STOCK, PRICE, SELLER, Facet, FacetValue
from backend.catalog.search.sql import Sql, array_of
from backend.catalog.search.tallies import ALWAYS, Tally
from backend.catalog.translations import choices_in, name_key, reading
from backend.core.money import EXPONENTS

MAX_VALUES = 20
_NAMES = """
SELECT 'category', position, id::text, slug, coalesce(translations ->> %s, name), NULL
FROM catalog_category WHERE id = ANY (%s::bigint[])
UNION ALL SELECT 'seller', 0, id::text, slug, name, NULL FROM accounts_company WHERE id = ANY (%s::bigint[])
"""
_ATTRIBUTES = """
UNION ALL SELECT 'attribute', position, code, coalesce(translations ->> %s, unit), coalesce(translations ->> %s, name),
    translations::text
FROM catalog_attributedefinition WHERE is_facet AND code = ANY (%s)
"""
Named = tuple[int, str, str, str]
"""The place, what it is called, what it is counted under, and what an address calls it."""


@dataclass(frozen=True, slots=True)
class Called:
    """What the reader calls an attribute, and those of its choices that have a name in their language."""

    label: str
    choices: Mapping[str, str]


def facets_of(tallies: Mapping[str, Tally], among: Narrowing) -> list[Facet]:
    """In the order in which a page shows them, as the reader calls them. One query, for the names."""
    codes = [key for key in tallies if key not in ALWAYS]
    names = Sql(_NAMES, (name_key(), array_of(tallies[CATEGORY]), array_of(tallies[SELLER])))
    if codes:
        names = Sql(names.text + _ATTRIBUTES, (*names.params, f"unit.{reading()}", name_key(), codes))
    rows = names.fetch()
    currency = among.currency or bands.CURRENCY
    answers: Mapping[str, Sequence[Named]] = {
        CATEGORY: [(place, name, pk, slug) for of, place, pk, slug, name, _ in rows if of == CATEGORY],
        SELLER: [(place, name, pk, slug) for of, place, pk, slug, name, _ in rows if of == SELLER],
        PRICE: [(n, "", key, key) for n, key in enumerate(bands.keys_of(currency))],
        CURRENCY: [(0, code, code, code) for code in EXPONENTS],
        IN_STOCK: [(0, "", "1", "1")],
    }
    found = [_facet(key, answers[key], tallies[key], among) for key in ALWAYS]
    called = _called(row[1:] for row in rows if row[0] == "attribute")
    attributes = [_attribute(code, each, tallies[code], among) for code, each in called.items()]
    return [facet for facet in found if facet.values] + attributes


def _facet(key: str, answers: Iterable[Named], counts: Tally, among: Narrowing) -> Facet:
    """Of the answers those that leave something."""
    shown = sorted(each for each in answers if each[2] in counts)
    chosen = {
        CATEGORY: str(among.category_id),
        SELLER: str(among.company_id),
        PRICE: among.price,
        CURRENCY: among.currency,
        IN_STOCK: "1" if among.in_stock else "",
    }[key]
    values = [FacetValue(name, label, counts[under], under == chosen) for _, label, under, name in shown]
    return Facet(key, "", values)


def _called(found: Iterable[tuple[Any, ...]]) -> Mapping[str, Called]:
    """The attributes by which lists may be narrowed, in their order; two of one code count as one."""
    called: dict[str, Called] = {}
    for _, code, unit, name, translations in sorted(found):
        if code not in called:
            called[code] = Called(f"{name}, {unit}" if unit else name, choices_in(reading(), json.loads(translations)))
    return called


def _attribute(code: str, called: Called, counts: Tally, among: Narrowing) -> Facet:
    chosen = among.attributes.get(code, ())
    most = sorted(counts.items(), key=lambda each: (each[0] not in chosen, -each[1].n, each[0]))[:MAX_VALUES]
    values = [
        FacetValue(value, called.choices.get(value, value), count, value in chosen) for value, count in sorted(most)
    ]
    return Facet(code, called.label, values)
