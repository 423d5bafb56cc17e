"""Whether the lines of a SKU, as a table would have them, contradict each other: by the rules that price them.

Most ladders are seen in SQL to be in order. The others are judged one by one, and a SKU with a fault stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
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
from backend.catalog.transfer.steps import room_for_problems
from backend.core.money import UnitPrice


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


def step_of_line(quantity: object, minor: object, percent: object, dearer: object, currency: str) -> Step:
    """As the rules of prices see it."""
    price = UnitPrice(minor, currency) if isinstance(minor, Decimal) else None
    return Step(int(str(quantity)), price, percent if isinstance(percent, Decimal) else None, bool(dearer))


def names(import_: Import, span: Span | None = None) -> dict[str, sql.Composable]:
    """What the statements about a table's lines name: its lines, its list, and a slice of them."""
    named: dict[str, sql.Composable] = {"lines": lines(import_.pk), "list": sql.Literal(import_.price_list_id)}
    if span:
        named |= {"after": sql.Literal(span.after), "upto": sql.Literal(span.upto)}
    return named


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
        cursor.execute(_DOUBTFUL.format(**names(import_, span), **more))
        for row in cursor.fetchall():
            by_sku[row[0]].append(_Then(*row))
    return by_sku


def _fault(terms: ListTerms, outcome: Sequence[_Then], ladder: Sequence[Step]) -> Iterator[_Fault]:
    steps = [step_of_line(each.quantity, each.minor, each.percent, each.dearer, terms.currency) for each in outcome]
    try:
        check_steps(terms, "", steps, ladder)
    except Contradiction as no:
        there = next((each for each in outcome if each.quantity == no.quantity), outcome[0])
        field = no.field if there.is_said and no.field == "price" else "code"
        yield _Fault(there.sku, there.line, field, no.why, no.figures)


def take_out_faults(import_: Import, span: Span) -> int:
    """The faults of a slice are written down, and their SKUs stay as they are; how many there are."""
    faults = list(_faults(import_, span))
    if not faults:
        return 0
    said: dict[str, Any] = {name: [getattr(each, name) for each in faults] for name in _Fault._fields}
    said |= {f"{name}_title": title_of(import_, name) for name in ("code", "price")}
    with connection.cursor() as cursor:
        cursor.execute(_note(import_), said)
        cursor.execute(_LEAVE.format(**names(import_)), said)
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
