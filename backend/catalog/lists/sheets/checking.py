"""Which rows of a price list's table are right, and what is wrong with the others, in SQL for many rows at once."""

from collections.abc import Iterator, Sequence

from psycopg import sql

from backend.catalog.lists.sheets.fields import FIELD_OF
from backend.catalog.lists.sheets.meaning import TAKES_OUT, meant, other_signs
from backend.catalog.transfer.checking import Span, title_of, trimmed
from backend.catalog.transfer.classifying import broken, note_problems, why_of
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.staging import lines, rows

NO_DETAIL = sql.SQL("''")
Wrong = tuple[str, sql.Composed, sql.Composed, sql.SQL | sql.Composed]
"""A field, when its cell is wrong (true or false, never null), why (a text in SQL), and a detail."""


def create_rows(import_: Import) -> sql.Composed:
    """The tables of what the rows mean, and of the lines that they are, with nothing in them yet."""
    columns = "key text, sku bigint, quantity int, minor numeric, percent numeric, dearer boolean, takes boolean"
    return sql.SQL(
        f"DROP TABLE IF EXISTS {{rows}}, {{lines}}; CREATE UNLOGGED TABLE {{rows}} (line bigint, {columns}, ok boolean)"
        " WITH (autovacuum_enabled = off); CREATE INDEX ON {rows} USING brin (line) WITH (pages_per_range = 16);"
        f" CREATE UNLOGGED TABLE {{lines}} (line bigint, {columns}, place bigint, ok boolean)"
        " WITH (autovacuum_enabled = off)"
    ).format(rows=rows(import_.pk), lines=lines(import_.pk))


def read_rows(import_: Import, span: Span) -> sql.Composed:
    """Fills the table with what the lines of a span mean."""
    wrong = sql.SQL(" OR ").join(when for _field, when, _why, _detail in _wrongs(import_))
    return sql.SQL(
        "INSERT INTO {rows} SELECT line, upper(coalesce(v_code, t_code)), sku, coalesce(v_quantity, 1), v_minor,"
        " coalesce(v_off, v_percent), v_dearer, coalesce(t_price = {dash}, false), NOT ({wrong})"
        " FROM ({meant}) AS meant"
    ).format(rows=rows(import_.pk), dash=TAKES_OUT, wrong=wrong, meant=meant(import_, trimmed(import_, span)))


def classify_rows(import_: Import, span: Span, most: int) -> sql.Composed:
    """Writes down what is wrong in the rows of a span that are not right."""
    return note_problems(import_, meant(import_, broken(import_, span)), _looks(import_), most)


def finish_rows(import_: Import, most: int) -> Sequence[sql.Composed]:
    """A line counts once in a table. The lines of a SKU stand together, and none where one of its rows is wrong. From
    here on it is about the price list as it is now."""
    return _mark_repeated(import_, most), _take_lines(import_), _note_version(import_)


def _wrongs(import_: Import) -> Iterator[Wrong]:
    """Everything that may be wrong with one row."""
    for name, value in _VALUES.items():
        if name in import_.mapping:
            t = sql.Identifier(f"t_{name}")
            yield name, sql.SQL(f"({{t}} IS NOT NULL AND {value} IS NULL)").format(t=t), _why(name, import_), NO_DETAIL
    yield from _wrong_prices(import_)
    for name, when, why, detail in _MORE:
        yield name, sql.Composed([sql.SQL(when)]), sql.Composed([sql.SQL(why)]), sql.SQL(detail)
    currency = sql.SQL("coalesce(upper(t_currency) <> {}, false)").format(import_.currency)
    yield "currency", currency, sql.SQL("{}").format("other_currency"), sql.SQL("{}").format(import_.currency)


_VALUES = {
    "code": "v_code", "quantity": "v_quantity", "percent": "v_percent", "may_be_dearer": "v_dearer", "unit": "v_unit"
}  # fmt: skip
_MORE = (
    ("code", "(t_code IS NULL)", "'no_code'", "''"),
    ("code", "(v_code IS NOT NULL AND sku IS NULL)", "'no_sku'", "''"),
    ("unit", "coalesce(v_unit <> sold_by, false)", "'other_unit'", "sold_by"),
    ("price", "(t_price IS NULL AND t_percent IS NULL)", "'neither'", "''"),
    ("price", f"coalesce(t_price <> '{TAKES_OUT}' AND t_percent IS NOT NULL, false)", "'both'", "''"),
)


def _wrong_prices(import_: Import) -> Iterator[Wrong]:
    if "price" in import_.mapping:
        when = sql.SQL("coalesce(t_price <> {} AND v_minor IS NULL AND v_off IS NULL, false)").format(TAKES_OUT)
        why = sql.SQL(
            "CASE WHEN right(t_price, 1) = '%' THEN 'not_percent' WHEN t_price ~* {others} THEN 'other_currency'"
            " ELSE {why} END"
        ).format(others=other_signs(import_), why=_why("price", import_))
        yield "price", when, why, sql.SQL("{}").format(import_.currency)


def _why(name: str, import_: Import) -> sql.Composed:
    own = why_of(FIELD_OF[name], import_)
    return sql.SQL("CASE WHEN is_doubtful THEN 'maybe_percent' ELSE {} END").format(own) if name == "percent" else own


def _looks(import_: Import) -> Iterator[sql.Composed]:
    for name, when, why, detail in _wrongs(import_):
        yield sql.SQL("({name}, {title}, {cell}, CASE WHEN {when} THEN {why} END, {detail})").format(
            name=name,
            title=title_of(import_, name),
            cell=sql.Identifier(f"t_{name}"),
            when=when,
            why=why,
            detail=detail,
        )


def _mark_repeated(import_: Import, most: int) -> sql.Composed:
    return sql.SQL(
        "WITH first AS (SELECT key, quantity, min(line) AS line FROM {rows} WHERE ok GROUP BY 1, 2"
        " HAVING count(*) > 1), repeated AS (UPDATE {rows} AS one SET ok = false FROM first WHERE one.ok"
        " AND one.key = first.key AND one.quantity = first.quantity AND one.line > first.line"
        " RETURNING one.line, one.key, first.line AS first)"
        ' INSERT INTO catalog_importproblem (of_id, "row", field, "column", cell, code, detail)'
        " SELECT {pk}, line, 'code', {title}, key, 'repeated_line', first::text FROM repeated"
        " ORDER BY line LIMIT {most}"
    ).format(rows=rows(import_.pk), pk=import_.pk, title=title_of(import_, "code"), most=most)


def _take_lines(import_: Import) -> sql.Composed:
    """All lines of a SKU have one place: that of its first one in the order of the codes."""
    return sql.SQL(
        "INSERT INTO {lines} SELECT line, key, sku, quantity, minor, percent, dearer, takes,"
        " {header} + rank() OVER (ORDER BY key), true FROM {rows} AS one WHERE ok AND NOT EXISTS"
        " (SELECT FROM {rows} AS other WHERE other.key = one.key AND NOT other.ok);"
        " CREATE INDEX ON {lines} (place); ANALYZE {lines}"
    ).format(lines=lines(import_.pk), rows=rows(import_.pk), header=import_.header_row)


def _note_version(import_: Import) -> sql.Composed:
    return sql.SQL(
        "UPDATE catalog_import SET list_version = (SELECT version FROM catalog_pricelist WHERE id = {list})"
        " WHERE id = {pk}"
    ).format(list=import_.price_list_id, pk=import_.pk)
