"""Pairs of an own number and a seller's SKU, however they were pasted. Pure rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from backend.catalog.transfer.exporting import unguarded
from backend.core.errors import Refused
from backend.core.tables.sniffing import Rows, normal

MOST_PAIRS = 1_000
TITLES: Mapping[str, Sequence[str]] = {
    "number": ("own number", "our number", "part number", "our part number", "customer part number", "eigene nummer",
               "your number", "رقمك"),
    "code": ("sku", "supplier sku", "code", "gtin", "ean", "artikelnummer", "réf", "الرمز", "رمز الصنف sku"),
    "seller": ("seller", "supplier", "company", "lieferant", "fournisseur", "proveedor", "المورّد", "البائع"),
}  # fmt: skip
"""What columns are called. Without titles they stand in this order."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What a row says; `row` counts as the spreadsheet counts, from 1."""

    row: int
    number: str
    code: str
    seller: str = ""


def pairs_of(rows: Rows) -> Sequence[Pair]:
    """Each row that says anything. Raises Refused where none does, or for more than MOST_PAIRS."""
    said, header = _titles(rows)
    where = said or {name: column for column, name in enumerate(TITLES)}
    pairs = [
        Pair(number, *(_cell(row, where.get(name)) for name in TITLES))
        for number, row in enumerate(rows, start=1)
        if number > header and any(row)
    ]
    if not pairs:
        raise Refused(
            _("There is nothing in this. A row for each SKU is expected: your number, then the seller’s SKU.")
        )
    if len(pairs) > MOST_PAIRS:
        raise Refused(
            _("These are %(n)d rows, and at most %(max)d are taken at once. Send them in parts.")
            % {"n": len(pairs), "max": MOST_PAIRS}
        )
    return pairs


def _titles(rows: Rows) -> tuple[Mapping[str, int], int]:
    """The columns that the first row names, if it names both numbers; and how many rows of titles there are."""
    titles = [normal(cell) for cell in rows[0]] if rows else []
    found = {
        name: column for column, title in reversed(list(enumerate(titles))) for name in TITLES if title in TITLES[name]
    }
    return (found, 1) if {"number", "code"} <= found.keys() else ({}, 0)


def _cell(row: Sequence[str], column: int | None) -> str:
    return unguarded(row[column].strip()) if column is not None and column < len(row) else ""
