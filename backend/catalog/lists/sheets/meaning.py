"""What the cells of a price list's table mean, in SQL, in the three levels of transfer/checking.py.

Every field has its `t_` and its `v_`, null where the table has no such column. A price is `v_minor` or, with a percent
sign, `v_off`; a percentage in a column of its own is `v_percent`. A dash instead of a price takes the line out.
"""

from psycopg import sql

from backend.catalog.lists.sheets.fields import FIELD_OF
from backend.catalog.pricing.reading import SIGNS
from backend.catalog.transfer.attributes import NO, YES
from backend.catalog.transfer.meaning import meaning
from backend.catalog.transfer.models import Import
from backend.core.money import EXPONENTS

TAKES_OUT = "-"
WRITTEN_WITH_DIGITS = ("quantity", "price", "percent")
_UNGUARDED = "CASE WHEN left({t}, 1) = '''' AND {t} ~ '^.[-=+@]' THEN substr({t}, 2) ELSE {t} END"
_WITHOUT_SPACES = (
    "CASE WHEN {t} ~ '[0-9][ ''’\u00a0\u202f][0-9]{{3}}'"
    " THEN regexp_replace({t}, '(?<=[0-9])[ ''’\u00a0\u202f](?=[0-9]{{3}})', '', 'g') ELSE " + _UNGUARDED + " END"
)
_PERCENT = (
    "CASE WHEN {p} ~ '^-?[0-9]{{1,3}}([.][0-9]{{1,6}})?$' THEN CASE WHEN abs({p}::numeric) <= 100"
    " AND scale(trim_scale({p}::numeric)) <= 2 THEN trim_scale({p}::numeric) END END"
)


def meant(import_: Import, trimmed: sql.Composed) -> sql.Composed:
    """The second level, upon the first, and the seller's SKU of each row: `sku`, `sold_by`."""
    return sql.SQL(
        "SELECT plain.*, own.id AS sku, own.unit_of_sale AS sold_by, {code} AS v_code, {quantity} AS v_quantity,"
        " CASE WHEN {has_price} AND t_price !~* {other_signs} THEN {minor} END AS v_minor,"
        " CASE WHEN right(t_price, 1) = '%' THEN {off} END AS v_off,"
        " CASE WHEN NOT {is_doubtful} THEN {percent} END AS v_percent,"
        " CASE WHEN lower(t_may_be_dearer) = ANY({yes}) THEN true"
        " WHEN lower(t_may_be_dearer) = ANY({no}) THEN false END AS v_dearer,"
        " {unit} AS v_unit, {is_doubtful} AS is_doubtful FROM ({plain}) AS plain"
        " LEFT JOIN LATERAL (SELECT id, unit_of_sale FROM catalog_sku WHERE company_id = {company}"
        " AND upper(code) = upper(t_code) LIMIT 1) AS own ON true OFFSET 0"
    ).format(
        code=meaning(FIELD_OF["code"], import_),
        quantity=meaning(FIELD_OF["quantity"], import_),
        has_price=sql.SQL("right(t_price, 1) <> '%' AND t_price <> {}").format(TAKES_OUT),
        other_signs=other_signs(import_),
        minor=meaning(FIELD_OF["price"], import_),
        off=_percent("price", import_),
        percent=_percent("percent", import_),
        is_doubtful=_is_doubtful(import_),
        yes=list(YES),
        no=list(NO),
        unit=meaning(FIELD_OF["unit"], import_),
        plain=_plain(import_, trimmed),
        company=import_.company_id,
    )


def other_signs(import_: Import) -> str:
    """A pattern of what a price in another currency than the list's is written with."""
    signs = [sign for sign, code in SIGNS.items() if code != import_.currency]
    return "|".join(["[" + "".join(signs) + "]", *(code for code in EXPONENTS if code != import_.currency)])


def _plain(import_: Import, trimmed: sql.Composed) -> sql.Composed:
    """Every field's cell, without what keeps it from being a formula, and without spaces between thousands."""
    cells = [sql.SQL("{} AS {}").format(_cell(name, import_), sql.Identifier(f"t_{name}")) for name in FIELD_OF]
    return sql.SQL("SELECT line, cells, {} FROM ({}) AS trimmed OFFSET 0").format(sql.SQL(", ").join(cells), trimmed)


def _cell(name: str, import_: Import) -> sql.Composed:
    if name not in import_.mapping:
        return sql.SQL("{}::text").format(None)
    how = _WITHOUT_SPACES if name in WRITTEN_WITH_DIGITS else _UNGUARDED
    return sql.SQL(how).format(t=sql.Identifier(f"t_{name}"))


def _percent(name: str, import_: Import) -> sql.Composed:
    """Percent off, from -100 to 100; null where the cell means none."""
    return sql.SQL(_PERCENT).format(p=_without_sign(name, import_))


def _without_sign(name: str, import_: Import) -> sql.Composed:
    text = "btrim(rtrim({t}, '%'))"
    return sql.SQL(f"replace({text}, ',', '.')" if import_.decimal_comma else text).format(
        t=sql.Identifier(f"t_{name}")
    )


def _is_doubtful(import_: Import) -> sql.Composed:
    """A workbook holds 10 % as 0.1, and so may a file: what could be either is asked about."""
    return sql.SQL("coalesce(right(t_percent, 1) <> '%' AND {} ~ '^-?0?[.][0-9]*[1-9]', false)").format(
        _without_sign("percent", import_)
    )
