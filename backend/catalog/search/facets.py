"""Facets with what they are called."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from backend.catalog.search import bands
from backend.catalog.search.narrowing import Narrowing
from backend.catalog.search.port import CATEGORY, CURRENCY, IN_STOCK, PRICE, SELLER, Facet, FacetValue
from backend.catalog.search.sql import Sql, array_of
from backend.catalog.search.tallies import ALWAYS, Tally
from backend.catalog.translations import OWN_LANGUAGE, choice_key, choice_of, name_key, reading
from backend.core.money import EXPONENTS

MAX_VALUES = 20
_NAMES = """
SELECT 'category', position, id::text, slug, coalesce(translations ->> %s, name)
FROM catalog_category WHERE id = ANY (%s::bigint[])
UNION ALL SELECT 'seller', 0, id::text, slug, name FROM accounts_company WHERE id = ANY (%s::bigint[])
"""
_ATTRIBUTES = """
UNION ALL SELECT 'attribute', position, code, coalesce(translations ->> %s, unit), coalesce(translations ->> %s, name)
FROM catalog_attributedefinition WHERE is_facet AND code = ANY (%s)
"""
# Each category has choices of its own, and a list is of many: what they are called is said by all of them.
_CHOICES = """
UNION ALL SELECT DISTINCT 'choice', 0, code, said.key, said.value
FROM catalog_attributedefinition, jsonb_each_text(translations) AS said
WHERE is_facet AND code = ANY (%s) AND said.key LIKE %s
"""
Named = tuple[int, str, str, str]
"""The place, what it is called, what it is counted under, and what an address calls it."""


def facets_of(tallies: Mapping[str, Tally], among: Narrowing) -> list[Facet]:
    """In the order in which a page shows them, as the reader calls them. One query, for the names."""
    codes = [key for key in tallies if key not in ALWAYS]
    names = Sql(_NAMES, (name_key(), array_of(tallies[CATEGORY]), array_of(tallies[SELLER])))
    if codes:
        names = Sql(names.text + _ATTRIBUTES, (*names.params, f"unit.{reading()}", name_key(), codes))
    if codes and reading() != OWN_LANGUAGE:
        names = Sql(names.text + _CHOICES, (*names.params, codes, choice_key("%", reading())))
    rows = names.fetch()
    currency = among.currency or bands.CURRENCY
    answers: Mapping[str, Sequence[Named]] = {
        CATEGORY: [(place, name, pk, slug) for of, place, pk, slug, name in rows if of == CATEGORY],
        SELLER: [(place, name, pk, slug) for of, place, pk, slug, name in rows if of == SELLER],
        PRICE: [(n, "", key, key) for n, key in enumerate(bands.keys_of(currency))],
        CURRENCY: [(0, code, code, code) for code in EXPONENTS],
        IN_STOCK: [(0, "", "1", "1")],
    }
    found = [_facet(key, answers[key], tallies[key], among) for key in ALWAYS]
    labels = _labels((place, code, unit, name) for of, place, code, unit, name in rows if of == "attribute")
    called = _named_choices((code, key, text) for of, _, code, key, text in rows if of == "choice")
    attributes = [_attribute(code, label, called.get(code, {}), tallies[code], among) for code, label in labels.items()]
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


def _labels(found: Iterable[tuple[int, str, str, str]]) -> Mapping[str, str]:
    """What the attributes are called by which lists may be narrowed, in their order; two of one code count as one."""
    labels: dict[str, str] = {}
    for _, code, unit, name in sorted(found):
        labels.setdefault(code, f"{name}, {unit}" if unit else name)
    return labels


def _named_choices(found: Iterable[tuple[str, str, str]]) -> Mapping[str, Mapping[str, str]]:
    """By the attribute's code, what its choices are called; those that have no name of their own are missing."""
    called: dict[str, dict[str, str]] = defaultdict(dict)
    for code, key, text in sorted(found):
        called[code].setdefault(choice_of(key), text)
    return called


def _attribute(code: str, label: str, called: Mapping[str, str], counts: Tally, among: Narrowing) -> Facet:
    chosen = among.attributes.get(code, ())
    most = sorted(counts.items(), key=lambda each: (each[0] not in chosen, -each[1].n, each[0]))[:MAX_VALUES]
    values = [FacetValue(value, called.get(value, value), count, value in chosen) for value, count in sorted(most)]
    return Facet(code, label, values)
