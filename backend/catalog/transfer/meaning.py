"""What a cell means, in SQL: from a trimmed `t_<field>` to a value, or null where it means nothing."""

import json
from collections.abc import Iterable, Mapping

from psycopg import sql

from backend.accounts.countries import country_codes
from backend.catalog.transfer import attributes, languages
from backend.catalog.transfer.fields import Field, Kind
from backend.catalog.transfer.models import Import
from backend.core.money import EXPONENTS, UNIT_PRICE_DECIMALS
from backend.core.units import UNIT_WORDS

MAX_MINOR = 100_000_000
SQL = sql.SQL | sql.Composed


def meaning(field: Field, import_: Import) -> SQL:
    """The value of a trimmed cell; null where it means nothing."""
    cell = _t(field.name)
    if field.kind == Kind.WHOLE:
        return _whole(cell, field, import_)
    if field.kind == Kind.PRICE:
        return _price(cell, import_)
    if field.kind == Kind.CATEGORY:
        return sql.SQL("category.id")
    if field.kind == Kind.ATTRIBUTE:
        return attributes.meaning_of(field.name, import_)
    return _TEXTS[field.kind].format(
        cell=cell,
        most=field.most,
        units=_object(UNIT_WORDS),
        currencies=_list(EXPONENTS),
        countries=_list(country_codes()),
        languages=_object(languages.WORDS),
    )


_UNQUOTED = "CASE WHEN left({cell}, 1) = '''' AND {cell} ~ '^.[-=+@]' THEN substr({cell}, 2) ELSE {cell} END"
"""A spreadsheet's own way to say that a text is no formula; an export writes it, so an import takes it off."""
_TEXTS = {
    Kind.TEXT: sql.SQL(
        "CASE WHEN length({cell}) <= {most} AND {cell} !~ '[\ufffd\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f]'"
        " AND NOT (left({cell}, 1) = '#' AND {cell} ~ '^#(N/A|REF!|VALUE!|DIV/0!|NAME[?]|NULL!|NUM!)$') THEN "
        + _UNQUOTED
        + " END"
    ),
    Kind.CODE: sql.SQL(
        "CASE WHEN length({cell}) <= {most} AND {cell} !~ '[\ufffd\\x01-\\x1f]' AND NOT (left({cell}, 1) = '#'"
        " AND {cell} ~ '^#(N/A|REF!|VALUE!|DIV/0!|NAME[?]|NULL!|NUM!)$')"
        " AND {cell} !~ '^[0-9][.,][0-9]+E[+]' THEN " + _UNQUOTED + " END"
    ),
    Kind.UNIT: sql.SQL("({units}::jsonb ->> lower({cell}))"),
    Kind.LANGUAGE: sql.SQL("({languages}::jsonb ->> lower({cell}))"),
    Kind.CURRENCY: sql.SQL("CASE WHEN upper({cell}) = ANY({currencies}) THEN upper({cell}) END"),
    Kind.COUNTRY: sql.SQL("CASE WHEN upper({cell}) = ANY({countries}) THEN upper({cell}) END"),
    Kind.DIGITS: sql.SQL(
        "CASE WHEN replace(replace({cell}, '.', ''), ' ', '') ~ '^[0-9]{{6,10}}$'"
        " THEN replace(replace({cell}, '.', ''), ' ', '') END"
    ),
    Kind.GTIN: sql.SQL(
        "CASE WHEN length({cell}) IN (8, 12, 13, 14) AND {cell} ~ '^[0-9]+$' THEN CASE WHEN ("
        + " + ".join(f"{{cell}}::bigint / {10**n} % 10 * {1 if n % 2 == 0 else 3}" for n in range(14))
        + ") % 10 = 0 THEN {cell} END END"
    ),
}


def _whole(cell: sql.Identifier, field: Field, import_: Import) -> sql.Composed:
    """12, and 1,200 as the file writes thousands."""
    grouped = r"^[0-9]{1,3}(\.[0-9]{3})+$" if import_.decimal_comma else "^[0-9]{1,3}(,[0-9]{3})+$"
    return sql.SQL(
        "CASE WHEN {cell} ~ '^[0-9]+$' AND length({cell}) <= 8"
        " THEN CASE WHEN {cell}::int BETWEEN {least} AND {most} THEN {cell}::int END"
        " WHEN {cell} ~ {grouped} AND length({cell}) < 12 THEN CASE WHEN"
        " translate({cell}, '.,', '')::bigint BETWEEN {least} AND {most} THEN translate({cell}, '.,', '')::int END"
        " WHEN {cell} ~ '^[0-9]{{1,7}}[.]0{{1,2}}$' AND {cell}::numeric BETWEEN {least} AND {most}"
        " THEN {cell}::numeric::int END"
    ).format(cell=cell, least=field.least, most=field.most, grouped=grouped)


def _price(cell: sql.Identifier, import_: Import) -> sql.Composed:
    """Minor units. Plain prices, which most are, cost a fraction of a written one such as £1,234.5."""
    plain = sql.SQL("replace({cell}, ',', '.')::numeric" if import_.decimal_comma else "{cell}::numeric")
    point = "^[0-9]+(,[0-9]+)?$" if import_.decimal_comma else "^[0-9]+([.][0-9]+)?$"
    return sql.SQL(
        "CASE WHEN {cell} ~ {point} AND length({cell}) <= 9 THEN CASE WHEN scale({plain}) <= 2"
        " AND {plain} * {scale} <= {most} THEN {plain} * {scale} ELSE {exact} END ELSE {exact} END"
    ).format(
        cell=cell,
        point=point,
        plain=plain.format(cell=cell),
        scale=_scale(import_),
        most=MAX_MINOR,
        exact=_written_price(cell, import_),
    )


def _written_price(cell: sql.Identifier, import_: Import) -> sql.Composed:
    """As fine as a unit price may be; a yen with three decimals is a thousand yen misread, so nothing."""
    minor = sql.SQL("({number} * {scale})").format(number=number(cell, import_), scale=_scale(import_))
    return sql.SQL(
        "CASE WHEN {cell} ~ {written} THEN CASE WHEN {minor} BETWEEN 0 AND {most}"
        " AND scale(trim_scale({minor})) <= {finest} AND NOT ({scale} = 1 AND {cell} ~ '[.,][0-9]{{3}}$')"
        " THEN trim_scale({minor}) END END"
    ).format(
        cell=cell, written=written(import_), minor=minor, most=MAX_MINOR, finest=UNIT_PRICE_DECIMALS,
        scale=_scale(import_),
    )  # fmt: skip


def written(import_: Import) -> str:
    """How a price is written in this file."""
    comma, point = ("\\.", ",") if import_.decimal_comma else (",", "\\.")
    sign = r"(?:[£$€¥]|GBP|EUR|USD|JPY|KWD)?\s*"
    return rf"^{sign}(?:[0-9]{{1,12}}|[0-9]{{1,3}}(?:{comma}[0-9]{{3}}){{1,3}})(?:{point}[0-9]{{1,12}})?\s*{sign}$"


def number(cell: sql.Identifier, import_: Import) -> sql.Composed:
    """A written price as a number: its sign and its thousands gone, its decimals behind a point."""
    drops = "£$€¥ GBPEURSDJYKW\u00a0\u202f." if import_.decimal_comma else "£$€¥ GBPEURSDJYKW\u00a0\u202f,"
    kept = (",", ".") if import_.decimal_comma else ("", "")
    return sql.SQL("translate({cell}, {given}, {become})::numeric").format(
        cell=cell, given=kept[0] + drops, become=kept[1]
    )


def _scale(import_: Import) -> SQL:
    """How many minor units one of the row's currency has."""
    if "currency" not in import_.mapping:
        return sql.SQL("{}").format(10 ** EXPONENTS[import_.currency])
    cases = sql.SQL(" ").join(sql.SQL("WHEN {} THEN {}").format(code, 10**n) for code, n in EXPONENTS.items())
    return sql.SQL("(CASE upper(coalesce(t_currency, {})) {} ELSE 100 END)").format(import_.currency, cases)


def _object(words: Mapping[str, str]) -> SQL:
    return sql.SQL("{}").format(json.dumps(words, ensure_ascii=False))


def _list(words: Iterable[str]) -> SQL:
    return sql.SQL("{}").format(list(words))


def _t(name: str) -> sql.Identifier:
    return sql.Identifier(f"t_{name}")
