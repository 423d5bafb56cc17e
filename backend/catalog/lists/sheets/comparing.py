"""What a table would change in its price list, and whether the list would contradict itself then.

The lines of a SKU are looked at together: a slice holds all of those that have their place in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from backend.catalog.lists.sheets.judging import names, step_of_line, take_out_faults
from backend.catalog.pricing.terms import Step
from backend.catalog.transfer.checking import Span
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.steps import Counts


@dataclass(frozen=True, slots=True)
class Change:
    """A line before and after; None: it is not there."""

    code: str
    quantity: int
    before: Step | None
    after: Step | None


def compare_lines(import_: Import, span: Span) -> Counts:
    """Counts what the lines of a slice would change. Eight statements at most, however many lines."""
    broken = take_out_faults(import_, span)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(**names(import_, span)))
        new, changed, same, gone = cursor.fetchone()
        if import_.replaces and not import_.done:
            cursor.execute(sql.SQL("SELECT count(*) FROM ({}) AS gone").format(_unnamed(import_)))
            gone += cursor.fetchone()[0]
    return Counts(new, changed, same, gone, broken)


def changes_of(import_: Import, first: int, most: int) -> Sequence[Change]:
    """So many changes from the first (counted from 0) on, in the order of their codes. One statement."""
    every = [_CHANGED.format(**names(import_))]
    if import_.replaces:
        every.append(sql.SQL("SELECT key, quantity, minor, percent, dearer, NULL, NULL, NULL, true FROM ({}) AS gone")
                     .format(_unnamed(import_)))  # fmt: skip
    text = sql.SQL("{} ORDER BY 1, 2 LIMIT {} OFFSET {}").format(sql.SQL(" UNION ALL ").join(every), most, first)
    with connection.cursor() as cursor:
        cursor.execute(text)
        return [_change(row, import_.currency) for row in cursor.fetchall()]


def written(import_: Import, span: Span) -> Iterator[sql.Composed]:
    """The statements that make the list say what a slice of its table says; with the first, lines go that it does not
    name."""
    by_name = names(import_, span)
    yield _TAKE_OUT.format(**by_name)
    if import_.replaces and span.after == import_.header_row:
        yield sql.SQL("DELETE FROM catalog_pricelistentry WHERE id IN (SELECT id FROM ({}) AS gone)").format(
            _unnamed(import_)
        )
    yield _PUT.format(**by_name)


_ENTRY = (
    " LEFT JOIN catalog_pricelistentry AS it ON it.price_list_id = {list} AND it.sku_id = one.sku"
    " AND it.min_quantity = one.quantity"
)
_DEARER = "coalesce(one.dearer, it.may_be_dearer, false)"
_DIFFERS = (
    "(it.unit_price_minor, it.percent, it.may_be_dearer) IS DISTINCT FROM (one.minor, one.percent, " + _DEARER + ")"
)
_COUNTS = sql.SQL(
    "SELECT count(*) FILTER (WHERE NOT takes AND it.id IS NULL),"  # noqa: S608
    " count(*) FILTER (WHERE NOT takes AND it.id IS NOT NULL AND " + _DIFFERS + "),"
    " count(*) FILTER (WHERE NOT takes AND NOT " + _DIFFERS + "), count(*) FILTER (WHERE takes AND it.id IS NOT NULL)"
    " FROM {lines} AS one" + _ENTRY + " WHERE ok AND place > {after} AND place <= {upto}"
)
_CHANGED = sql.SQL(
    "SELECT key, quantity, it.unit_price_minor, it.percent, it.may_be_dearer, one.minor, one.percent, "  # noqa: S608
    + _DEARER + ", takes FROM {lines} AS one" + _ENTRY
    + " WHERE ok AND CASE WHEN takes THEN it.id IS NOT NULL ELSE " + _DIFFERS + " END"
)  # fmt: skip
_TAKE_OUT = sql.SQL(
    "DELETE FROM catalog_pricelistentry AS it USING {lines} AS one WHERE ok AND takes AND it.price_list_id = {list}"
    " AND it.sku_id = one.sku AND it.min_quantity = one.quantity AND place > {after} AND place <= {upto}"
)
_PUT = sql.SQL(
    "INSERT INTO catalog_pricelistentry (price_list_id, sku_id, min_quantity, unit_price_minor, percent,"  # noqa: S608
    " may_be_dearer) SELECT {list}, one.sku, one.quantity, one.minor, one.percent, " + _DEARER
    + " FROM {lines} AS one JOIN catalog_sku ON catalog_sku.id = one.sku" + _ENTRY + " WHERE ok AND NOT takes"
    " AND place > {after} AND place <= {upto} AND " + _DIFFERS + " ORDER BY one.sku, one.quantity"
    " ON CONFLICT (price_list_id, sku_id, min_quantity) DO UPDATE SET"
    " unit_price_minor = excluded.unit_price_minor, percent = excluded.percent,"
    " may_be_dearer = excluded.may_be_dearer"
)  # fmt: skip


def _unnamed(import_: Import) -> sql.Composed:
    """The lines of the list that its table does not name."""
    return sql.SQL(
        "SELECT it.id, upper(sku.code) AS key, it.min_quantity AS quantity, it.unit_price_minor AS minor, it.percent,"
        " it.may_be_dearer AS dearer FROM catalog_pricelistentry AS it JOIN catalog_sku AS sku ON sku.id = it.sku_id"
        " WHERE it.price_list_id = {list} AND NOT EXISTS (SELECT FROM {lines} AS one WHERE one.sku = it.sku_id"
        " AND one.quantity = it.min_quantity)"
    ).format(**names(import_))


def _change(row: Sequence[object], currency: str) -> Change:
    code, quantity, was_minor, was_percent, was_dearer, minor, percent, dearer, takes = row
    before = None if was_dearer is None else step_of_line(quantity, was_minor, was_percent, was_dearer, currency)
    after = None if takes else step_of_line(quantity, minor, percent, dearer, currency)
    return Change(str(code), int(str(quantity)), before, after)
