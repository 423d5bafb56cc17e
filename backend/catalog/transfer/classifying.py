"""Why a row was left out, cell by cell: the second look at those rows that checking.py found wrong, in SQL too."""

from collections.abc import Iterable, Iterator

from psycopg import sql

from backend.catalog.transfer import attributes
from backend.catalog.transfer.attributes import field_of
from backend.catalog.transfer.checking import (
    SQL,
    Span,
    meant,
    missing_of,
    things_wrong,
    title_of,
    trimmed,
    wrong_of,
)
from backend.catalog.transfer.fields import Field, Kind
from backend.catalog.transfer.meaning import number, written
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.staging import rows

MOST_SHOWN = 200
_FORMULA = "{t} ~ '^#(N/A|REF!|VALUE!|DIV/0!|NAME[?]|NULL!|NUM!)$'"
_UNREADABLE = "{t} ~ '[\ufffd\\x01\\x03-\\x08\\x0b\\x0c\\x0e-\\x1f]'"
_EXPONENT = "{t} ~ '^[0-9]([.,][0-9]+)?[Ee][+][0-9]+$'"
_DATE = "{t} ~ '^\\x02'"
_OWN: dict[Kind, str] = {
    Kind.TEXT: "'too_long'",
    Kind.CODE: "CASE WHEN " + _EXPONENT + " THEN 'exponent' ELSE 'too_long' END",
    Kind.WHOLE: "CASE WHEN {t} ~ '^-' THEN 'negative' WHEN {t} ~ '^[0-9]+[.,][0-9]+$' THEN 'fraction'"
    " WHEN {t} ~ '^[0-9.,]+$' THEN 'out_of_range' ELSE 'not_whole' END",
    Kind.PRICE: "CASE WHEN {t} ~ '^-' THEN 'negative' WHEN {t} !~ {written} THEN 'not_price'"
    " WHEN {t} ~ '[.,][0-9]{{3}}$' AND {number} = trunc({number}, 3) AND {is_coinless} THEN 'coinless'"
    " WHEN {number} > 100000 THEN 'too_much' ELSE 'too_fine' END",
    Kind.UNIT: "'not_unit'",
    Kind.CURRENCY: "'not_currency'",
    Kind.COUNTRY: "'not_country'",
    Kind.DIGITS: "'not_hs_code'",
    Kind.CATEGORY: "'not_category'",
    Kind.PERCENT: "'not_percent'",
    Kind.YES_NO: "'not_yes_no'",
    Kind.LANGUAGE: "'not_language'",
    Kind.GTIN: "CASE WHEN " + _EXPONENT + " THEN 'exponent'"
    " WHEN {t} ~ '^([0-9]{{8}}|[0-9]{{12,14}})$' THEN 'check_digit' ELSE 'not_gtin' END",
}


def classify_rows(import_: Import, span: Span, most: int) -> sql.Composed:
    """Writes down what is wrong in the rows of a span that are not ok; at most so many problems."""
    return note_problems(import_, meant(import_, broken(import_, span)), _looks(import_), most)


def note_problems(import_: Import, rows_meant: sql.Composed, looks: Iterable[sql.Composed], most: int) -> sql.Composed:
    """Each look is a field, a title, a cell, what is wrong with it (null: nothing), and a detail."""
    return sql.SQL(
        'INSERT INTO catalog_importproblem (of_id, "row", field, "column", cell, code, detail)'
        " SELECT {pk}, line, found.field, found.title, left(ltrim(coalesce(found.cell, ''), {mark}), {shown}),"
        " found.code, coalesce(found.detail, '') FROM ({meant}) AS meant"
        " CROSS JOIN LATERAL (VALUES {looks}) AS found (field, title, cell, code, detail)"
        " WHERE found.code IS NOT NULL ORDER BY line LIMIT {most}"
    ).format(
        pk=import_.pk,
        mark="\x02",
        shown=MOST_SHOWN,
        meant=rows_meant,
        looks=sql.SQL(", ").join(looks),
        most=most,
    )


def broken(import_: Import, span: Span) -> sql.Composed:
    """The trimmed cells of the rows of a span that are not ok."""
    bad = sql.SQL("SELECT line FROM {} WHERE NOT ok AND line > {} AND line <= {}").format(
        rows(import_.pk), span.after, span.upto
    )
    return sql.SQL("SELECT * FROM ({}) AS trimmed WHERE line IN ({}) OFFSET 0").format(trimmed(import_, span), bad)


def _looks(import_: Import) -> Iterator[sql.Composed]:
    """One for each thing that may be wrong: field, column, cell, and why; null where it is right."""
    width = len(import_.header)
    yield sql.SQL("('', '', cells::text, CASE WHEN cells > {} THEN 'ragged' END, '')").format(width)
    for name in import_.mapping:
        why = sql.SQL("CASE WHEN {} THEN {} END").format(wrong_of(name), why_of(field_of(name), import_))
        yield _look(import_, name, why, _detail(name))
    for field, missing in missing_of(import_):
        yield _look(import_, field.name, sql.SQL("CASE WHEN {} THEN 'missing' END").format(missing))
    for field, code, wrong in things_wrong(import_):
        yield _look(import_, field.name, sql.SQL("CASE WHEN {} THEN {} END").format(wrong, code))
    if import_.publishes:
        yield sql.SQL(
            "('', '', '', CASE WHEN NOT is_known AND NOT has_family AND {unsaid} IS NOT NULL THEN 'unsaid' END,"
            " {unsaid})"
        ).format(unsaid=attributes.unsaid(import_))


NOTHING = sql.SQL("''")


def _look(import_: Import, name: str, why: sql.Composed, detail: SQL = NOTHING) -> sql.Composed:
    cell: SQL = _t(name) if name in import_.mapping else sql.SQL("NULL::text")  # type: ignore[assignment]
    return sql.SQL("({}, {}, {}, {}, {})").format(name, title_of(import_, name), cell, why, detail)


def _detail(name: str) -> SQL:
    return attributes.choices_of(name) if field_of(name).kind == Kind.ATTRIBUTE else NOTHING


def why_of(field: Field, import_: Import) -> sql.Composed:
    """Why a cell of this field means nothing."""
    of_all = f"CASE WHEN {_FORMULA} THEN 'formula' WHEN {_UNREADABLE} THEN 'unreadable' WHEN {_DATE} THEN 'date'"
    if field.kind == Kind.ATTRIBUTE:
        own = attributes.why_of(field.name)
        return sql.SQL(of_all + " ELSE {own} END").format(t=_t(field.name), own=own)
    return sql.SQL(of_all + " ELSE " + _OWN[field.kind] + " END").format(
        t=_t(field.name),
        written=written(import_),
        number=number(_t(field.name), import_),
        is_coinless=_is_coinless(import_),
    )


def _is_coinless(import_: Import) -> SQL:
    """Whether the row's currency has no coins smaller than one."""
    if "currency" in import_.mapping:
        return sql.SQL("upper(coalesce(t_currency, {})) = 'JPY'").format(import_.currency)
    return sql.SQL("{}").format(import_.currency == "JPY")


def _t(name: str) -> sql.Identifier:
    return sql.Identifier(f"t_{name}")


def _v(name: str) -> sql.Identifier:
    return sql.Identifier(f"v_{name}")
