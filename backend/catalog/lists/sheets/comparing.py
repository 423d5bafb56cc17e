"""What a table would change in its price list, and whether the list would contradict itself then.

The lines of a SKU are looked at together: a slice holds all of those that have their place in it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from psycopg import sql

from backend.catalog.lists.models import PriceList
from backend.catalog.pricing.contradictions import MAX_TIERS, Contradiction, check_steps
from backend.catalog.pricing.queries import base_steps, terms_of
from backend.catalog.pricing.terms import ListTerms, Step
from backend.catalog.transfer.checking import Span, title_of
from backend.catalog.transfer.classifying import MOST_SHOWN
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.staging import cells, lines
from backend.catalog.transfer.steps import Counts, room_for_problems
from backend.core.money import UnitPrice


@dataclass(frozen=True, slots=True)
class Change:
    """A line before and after; None: it is not there."""

    code: str
    quantity: int
    before: Step | None
    after: Step | None


class _Then(NamedTuple):
    """A line of a SKU as the list would have it; `line` where the table says it, else the SKU's first."""

    sku: int
    quantity: int
    minor: Decimal | None
    percent: Decimal | None
    dearer: bool
    line: int
    is_said: bool


class _Fault(NamedTuple):
    sku: int
    line: int
    field: str
    code: str
    detail: str


def list_of(import_: Import) -> PriceList:
    """Whose lines its rows are."""
    own = PriceList.objects.of_company(import_.company_id).select_related("company")
    return own.get(pk=import_.price_list_id or 0)


def compare_lines(import_: Import, span: Span) -> Counts:
    """Counts what the lines of a slice would change. Six statements at most, however many lines."""
    broken = _take_out_faults(import_, list(_faults(import_, span)))
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(**_names(import_, span)))
        new, changed, same, gone = cursor.fetchone()
        if import_.replaces and not import_.done:
            cursor.execute(sql.SQL("SELECT count(*) FROM ({}) AS gone").format(_unnamed(import_)))
            gone += cursor.fetchone()[0]
    return Counts(new, changed, same, gone, broken)


def changes_of(import_: Import, first: int, most: int) -> Sequence[Change]:
    """So many changes from the first (counted from 0) on, in the order of their codes. One statement."""
    every = [_CHANGED.format(**_names(import_))]
    if import_.replaces:
        every.append(sql.SQL("SELECT key, quantity, minor, percent, dearer, NULL, NULL, NULL, true FROM ({}) AS gone")
                     .format(_unnamed(import_)))  # fmt: skip
    text = sql.SQL("{} ORDER BY 1, 2 LIMIT {} OFFSET {}").format(sql.SQL(" UNION ALL ").join(every), most, first)
    with connection.cursor() as cursor:
        cursor.execute(text)
        return [_change(row, import_.currency) for row in cursor.fetchall()]


def written(import_: Import) -> Iterator[sql.Composed]:
    """The statements that make the list say what its table says."""
    names = _names(import_)
    yield _TAKE_OUT.format(**names)
    if import_.replaces:
        yield sql.SQL("DELETE FROM catalog_pricelistentry WHERE id IN (SELECT id FROM ({}) AS gone)").format(
            _unnamed(import_)
        )
    yield _PUT.format(**names)


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
    " AND it.sku_id = one.sku AND it.min_quantity = one.quantity"
)
_PUT = sql.SQL(
    "INSERT INTO catalog_pricelistentry (price_list_id, sku_id, min_quantity, unit_price_minor, percent,"  # noqa: S608
    " may_be_dearer) SELECT {list}, one.sku, one.quantity, one.minor, one.percent, " + _DEARER
    + " FROM {lines} AS one JOIN catalog_sku ON catalog_sku.id = one.sku" + _ENTRY + " WHERE ok AND NOT takes AND "
    + _DIFFERS + " ORDER BY one.sku, one.quantity ON CONFLICT (price_list_id, sku_id, min_quantity) DO UPDATE SET"
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
    ).format(**_names(import_))


def _change(row: Sequence[object], currency: str) -> Change:
    code, quantity, was_minor, was_percent, was_dearer, minor, percent, dearer, takes = row
    before = None if was_dearer is None else _step(quantity, was_minor, was_percent, was_dearer, currency)
    after = None if takes else _step(quantity, minor, percent, dearer, currency)
    return Change(str(code), int(str(quantity)), before, after)


def _step(quantity: object, minor: object, percent: object, dearer: object, currency: str) -> Step:
    price = UnitPrice(minor, currency) if isinstance(minor, Decimal) else None
    return Step(int(str(quantity)), price, percent if isinstance(percent, Decimal) else None, bool(dearer))


def _names(import_: Import, span: Span | None = None) -> dict[str, sql.Composable]:
    names: dict[str, sql.Composable] = {"lines": lines(import_.pk), "list": sql.Literal(import_.price_list_id)}
    if span:
        names |= {"after": sql.Literal(span.after), "upto": sql.Literal(span.upto)}
    return names


# --- What contradicts itself -----------------------------------------------------------------------------------------
_DOUBTFUL = sql.SQL(
    "WITH mine AS (SELECT * FROM {lines} WHERE ok AND place > {after} AND place <= {upto}),"
    " standing AS (SELECT sku_id AS sku, min_quantity AS quantity, unit_price_minor AS minor, percent,"
    " may_be_dearer AS dearer FROM catalog_pricelistentry WHERE price_list_id = {list}"
    " AND sku_id IN (SELECT sku FROM mine)),"
    " outcome AS (SELECT sku, quantity, mine.minor, mine.percent, coalesce(mine.dearer, standing.dearer, false)"
    " AS dearer, line FROM mine LEFT JOIN standing USING (sku, quantity) WHERE NOT takes"
    " UNION ALL SELECT standing.*, NULL FROM standing WHERE NOT {replaces} AND NOT EXISTS"
    " (SELECT FROM mine WHERE mine.sku = standing.sku AND mine.quantity = standing.quantity)),"
    " laddered AS (SELECT *, min(minor) OVER (PARTITION BY sku ORDER BY quantity ROWS BETWEEN UNBOUNDED PRECEDING"
    " AND 1 PRECEDING) AS least FROM outcome),"
    " doubtful AS (SELECT sku FROM laddered GROUP BY sku HAVING count(*) > {most} OR (count(*) > 1"
    " AND (min(quantity) > 1 OR bool_or(percent IS NOT NULL) OR bool_or(minor > least AND NOT dearer))))"
    " SELECT sku, quantity, minor, percent, dearer,"
    " coalesce(line, (SELECT min(mine.line) FROM mine WHERE mine.sku = outcome.sku)), line IS NOT NULL"
    " FROM outcome WHERE sku IN (SELECT sku FROM doubtful) ORDER BY sku, quantity"
)
"""Most ladders are of prices of their own from one on, each below the one before: those can't contradict anything."""


def _faults(import_: Import, span: Span) -> Iterator[_Fault]:
    """The SKUs of a slice whose lines, as they would be, don't go together, by the list's own rules."""
    price_list = list_of(import_)
    by_sku = _doubtful(import_, span)
    ladders = base_steps(list(by_sku), [price_list.currency]) if by_sku else {}
    terms = terms_of(price_list)
    for sku, outcome in by_sku.items():
        yield from _fault(terms, outcome, ladders.get((sku, price_list.currency), ()))


def _doubtful(import_: Import, span: Span) -> Mapping[int, Sequence[_Then]]:
    more = {"replaces": sql.Literal(import_.replaces), "most": sql.Literal(MAX_TIERS)}
    by_sku: dict[int, list[_Then]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_DOUBTFUL.format(**_names(import_, span), **more))
        for row in cursor.fetchall():
            by_sku[row[0]].append(_Then(*row))
    return by_sku


def _fault(terms: ListTerms, outcome: Sequence[_Then], ladder: Sequence[Step]) -> Iterator[_Fault]:
    steps = [_step(each.quantity, each.minor, each.percent, each.dearer, terms.currency) for each in outcome]
    try:
        check_steps(terms, "", steps, ladder)
    except Contradiction as no:
        there = next((each for each in outcome if each.quantity == no.quantity), outcome[0])
        field = no.field if there.is_said and no.field == "price" else "code"
        yield _Fault(there.sku, there.line, field, no.why, no.figures)


def _take_out_faults(import_: Import, faults: Sequence[_Fault]) -> int:
    """They are written down, and their SKUs stay as they are; how many rows that concerns."""
    if not faults:
        return 0
    said: dict[str, Any] = {name: [getattr(each, name) for each in faults] for name in _Fault._fields}
    said |= {f"{name}_title": title_of(import_, name) for name in ("code", "price")}
    with connection.cursor() as cursor:
        cursor.execute(_note(import_), said)
        cursor.execute(_LEAVE.format(**_names(import_)), said)
    return len(faults)


_LEAVE = sql.SQL("UPDATE {lines} SET ok = false WHERE sku = ANY(%(sku)s)")


def _note(import_: Import) -> sql.Composed:
    """With the cell that the fault is in."""
    code = import_.mapping["code"]
    return sql.SQL(
        'INSERT INTO catalog_importproblem (of_id, "row", field, "column", cell, code, detail)'
        " SELECT {pk}, line, field, CASE field WHEN 'price' THEN %(price_title)s ELSE %(code_title)s END,"
        " left(coalesce(CASE field WHEN 'price' THEN {price} ELSE {code} END, ''), {shown}), code, detail"
        " FROM unnest(%(line)s::bigint[], %(field)s::text[], %(code)s::text[], %(detail)s::text[])"
        " AS fault (line, field, code, detail) JOIN {cells} USING (line) ORDER BY line LIMIT {most}"
    ).format(
        pk=import_.pk,
        price=sql.Identifier(f"c{import_.mapping.get('price', code)}"),
        code=sql.Identifier(f"c{code}"),
        shown=MOST_SHOWN,
        cells=cells(import_.pk),
        most=room_for_problems(import_),
    )
