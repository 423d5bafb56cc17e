"""What the rows of a file mean, found out in SQL for many rows at once.

Three levels, each fenced so that nothing is worked out twice: the cells trimmed (`t_<field>`), what they mean
(`v_<field>`, null where a cell means nothing), and whether the whole row may be written (`ok`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import sql

from backend.catalog.transfer import attributes, families, languages
from backend.catalog.transfer.attributes import field_of
from backend.catalog.transfer.fields import BY_NAME, MORE_TIERS, Field, Kind
from backend.catalog.transfer.meaning import meaning
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.staging import cells, rows

BLANKS = " \t\r\n\u00a0\u2007\u202f\ufeff"
TYPES = {Kind.WHOLE: "int", Kind.PRICE: "numeric", Kind.CATEGORY: "bigint"}
SQL = sql.SQL | sql.Composed


def create_rows(import_: Import) -> sql.Composed:
    """The table of what the rows mean, with nothing in it yet."""
    columns = [sql.SQL("{} {}").format(_v(name), sql.SQL(TYPES.get(BY_NAME[name].kind, "text"))) for name in BY_NAME]
    return sql.SQL(
        "DROP TABLE IF EXISTS {table};"
        " CREATE UNLOGGED TABLE {table} (line bigint, key text, family text, product bigint,"
        " speaks boolean DEFAULT true, ok boolean, ladder_from int[], ladder_minor numeric[],"
        " said_of_product jsonb, said_of_variant jsonb, {columns}) WITH (autovacuum_enabled = off);"
        " CREATE INDEX ON {table} USING brin (line) WITH (pages_per_range = 16)"
    ).format(table=rows(import_.pk), columns=sql.SQL(", ").join(columns))


@dataclass(frozen=True, slots=True)
class Span:
    """The lines after one and up to another."""

    after: int
    upto: int


def read_rows(import_: Import, span: Span) -> sql.Composed:
    """Fills the table with what the lines of a span mean."""
    names = [name for name in import_.mapping if name in BY_NAME]
    return sql.SQL(
        "INSERT INTO {rows} (line, key, family, product, ok, ladder_from, ladder_minor, said_of_product,"
        " said_of_variant, {columns}) SELECT line, upper(v_code), {family}, product, {ok}, {froms}, {minors},"
        " {of_product}, {of_variant}, {columns} FROM ({meant}) AS meant"
    ).format(
        rows=rows(import_.pk),
        columns=sql.SQL(", ").join(_v(name) for name in names),
        ok=is_ok(import_),
        froms=_ladder(import_, "from"),
        minors=_ladder(import_, "price"),
        family=families.key(import_),
        of_product=attributes.said(import_, by_variant=False),
        of_variant=attributes.said(import_, by_variant=True),
        meant=meant(import_, trimmed(import_, span)),
    )


def meant(import_: Import, first: sql.Composed) -> sql.Composed:
    """The second level, upon the first: `line`, `cells`, every `t_` and every `v_`, what the row is about as far as
    that exists (`product`, `is_known`, `has_family` …), and the `category` that it is or will be in."""
    fields = [field_of(name) for name in import_.mapping]
    category = _category(import_)
    return sql.SQL(
        "SELECT trimmed.*, {known}, {category} AS category, {meanings} FROM ({trimmed}) AS trimmed"
        " {things} {categories} {definitions} OFFSET 0"
    ).format(
        known=sql.SQL(", ").join([*families.exposed(import_), *attributes.exposed(import_)]),
        category=category,
        meanings=sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(meaning(field, import_), _v(field.name)) for field in fields
        ),
        trimmed=first,
        things=families.things(import_),
        categories=CATEGORIES if "category" in import_.mapping else sql.SQL(""),
        definitions=attributes.definitions(import_, category),
    )


def _category(import_: Import) -> sql.Composed:
    said = sql.SQL("category.id, " if "category" in import_.mapping else "")
    return sql.SQL("coalesce({}{}, {}::bigint)").format(said, families.category(import_), import_.category_id)


def trimmed(import_: Import, span: Span) -> sql.Composed:
    """The first level: cells without what surrounds them, null where nothing is left."""
    cell = "nullif(btrim({}, {}), '')"
    shown = [
        sql.SQL(cell + " AS {}").format(sql.Identifier(f"c{column}"), BLANKS, _t(name))
        for name, column in import_.mapping.items()
    ]
    return sql.SQL("SELECT line, cells, {cells} FROM {table} WHERE line > {after} AND line <= {upto} OFFSET 0").format(
        cells=sql.SQL(", ").join(shown), table=cells(import_.pk), after=span.after, upto=span.upto
    )


CATEGORIES = sql.SQL(
    "LEFT JOIN (SELECT word, min(id) AS id FROM (SELECT lower(name) AS word, id FROM catalog_category UNION ALL"
    " SELECT slug, id FROM catalog_category UNION ALL SELECT lower(said.value), id FROM catalog_category,"
    " jsonb_each_text(translations) AS said) AS words GROUP BY word) AS category ON category.word = lower(t_category)"
)


# --- Whether the row may be written ----------------------------------------------------------------------------------
def is_ok(import_: Import) -> sql.Composed:
    """Every cell that is filled means something, nothing is missing, and the prices make a ladder."""
    return sql.SQL(" AND ").join(sql.SQL("NOT ({})").format(wrong) for wrong in _wrongs(import_))


def _wrongs(import_: Import) -> Iterator[SQL]:
    """Each is true or false, never null."""
    yield sql.SQL("coalesce(cells > {}, false)").format(len(import_.header))
    for name in import_.mapping:
        yield wrong_of(name)
    yield from (missing for _, missing in missing_of(import_))
    yield from (wrong for _, _, wrong in things_wrong(import_))
    if import_.publishes:
        yield sql.SQL("(NOT is_known AND NOT has_family AND {} IS NOT NULL)").format(attributes.unsaid(import_))


def things_wrong(import_: Import) -> Iterator[tuple[Field, str, SQL]]:
    """What is wrong of cells that each mean something, with its code: steps of a price, families, languages."""
    yield from ladder_wrongs(import_)
    yield from families.wrongs(import_)
    yield from languages.wrongs(import_)


def wrong_of(name: str) -> sql.Composed:
    """Whether a cell is filled and means nothing."""
    if field_of(name).kind == Kind.ATTRIBUTE:
        return attributes.wrong_of(name)
    return sql.SQL("({t} IS NOT NULL AND {v} IS NULL)").format(t=_t(name), v=_v(name))


def missing_of(import_: Import) -> Iterator[tuple[Field, sql.Composed]]:
    """What a new product needs, and when it is missing."""
    for field in (field for field in BY_NAME.values() if field.for_new):
        given = sql.SQL("{} IS NULL").format(_t(field.name)) if field.name in import_.mapping else sql.SQL("true")
        if field.name == "code":
            yield field, sql.SQL("({})").format(given)
        elif field.name != "category" or import_.category_id is None:
            exists = sql.SQL("is_known" if field.name == "price" else "(is_known OR has_family)")
            yield field, sql.SQL("(t_code IS NOT NULL AND NOT {} AND {})").format(exists, given)


def ladder_wrongs(import_: Import) -> Iterator[tuple[Field, str, sql.Composed]]:
    """A step is a quantity and a price; from step to step the quantity rises and the price falls."""
    below: tuple[SQL, SQL] = (sql.SQL("1"), sql.SQL("v_price"))
    for n in MORE_TIERS:
        start, price = f"from{n}", f"price{n}"
        if start in import_.mapping and price in import_.mapping:
            half = sql.SQL("(({t} IS NULL) <> ({p} IS NULL))").format(t=_t(start), p=_t(price))
            yield BY_NAME[price], "half_step", half
            names = {"s": _v(start), "p": _v(price), "low": below[0], "dear": below[1]}
            rises = sql.SQL("coalesce({s} <= {low}, false)").format(**names)
            yield BY_NAME[start], "step_quantity", rises
            yield BY_NAME[price], "step_price", sql.SQL("coalesce({p} >= {dear}, false)").format(**names)
            yield BY_NAME[price], "no_first_price", sql.SQL("({p} IS NOT NULL AND t_price IS NULL)").format(**names)
            least = sql.SQL("coalesce({s}, {low})").format(**names)
            below = least, sql.SQL("coalesce({p}, {dear})").format(**names)


def _ladder(import_: Import, what: str) -> SQL:
    """The quantities, or the prices, of all steps that are filled; null where the row says no price."""
    if "price" not in import_.mapping:
        return sql.SQL("NULL")
    steps = [n for n in MORE_TIERS if f"from{n}" in import_.mapping and f"price{n}" in import_.mapping]
    first = sql.SQL("1") if what == "from" else sql.SQL("v_price")
    every = sql.SQL(", ").join([first, *(_v(f"{what}{n}") for n in steps)])
    return sql.SQL("CASE WHEN v_price IS NOT NULL THEN array_remove(ARRAY[{}], NULL) END").format(every)


def mark_repeated(import_: Import, most: int) -> sql.Composed:
    """A code counts once in a file: the rows below the first one that says it are not ok."""
    return sql.SQL(
        "WITH first AS (SELECT key, min(line) AS line FROM {rows} WHERE key IS NOT NULL GROUP BY key"
        " HAVING count(*) > 1), repeated AS (UPDATE {rows} AS one SET ok = false FROM first"
        " WHERE one.key = first.key AND one.line > first.line RETURNING one.line, one.v_code, first.line AS first)"
        ' INSERT INTO catalog_importproblem (of_id, "row", field, "column", cell, code, detail)'
        " SELECT {pk}, line, 'code', {title}, v_code, 'repeated', first::text FROM repeated ORDER BY line LIMIT {most}"
    ).format(rows=rows(import_.pk), pk=import_.pk, title=title_of(import_, "code"), most=most)


def title_of(import_: Import, field: str) -> str:
    """What the file calls the column of a field; "" where no column is."""
    column = import_.mapping.get(field)
    return "" if column is None else str(import_.header[column])


def _t(name: str) -> sql.Identifier:
    return sql.Identifier(f"t_{name}")


def _v(name: str) -> sql.Identifier:
    return sql.Identifier(f"v_{name}")
