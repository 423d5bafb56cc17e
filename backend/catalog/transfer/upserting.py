"""From rows that are right to products, variants, offers and prices: ten thousand at a time, in sets.

A row is known by its company and its code in capitals. An empty cell leaves what there is; a cell that says what there
is already changes nothing. The description of another company's product, which this one only offers, stays as it is.
"""

from collections.abc import Mapping, Sequence

from django.db import models
from psycopg import sql

from backend.catalog.models import Product, Sku, Variant
from backend.catalog.states import ProductStatus
from backend.catalog.transfer import languages
from backend.catalog.transfer.attributes import mapped
from backend.catalog.transfer.checking import SQL, Span
from backend.catalog.transfer.families import FAMILY
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.staging import rows

OF_PRODUCT = {
    "name": "name", "category": "category_id", "description": "description", "brand": "brand",
    "hs_code": "hs_code", "origin_country": "origin_country",
}  # fmt: skip
OF_VARIANT = {
    "variant": "name", "gtin": "gtin", "weight_g": "weight_g", "length_mm": "length_mm", "width_mm": "width_mm",
    "height_mm": "height_mm",
}  # fmt: skip
OF_SKU = {
    "unit": "unit_of_sale", "case_pack": "case_pack", "pallet_cases": "pallet_cases", "moq": "moq",
    "increment": "increment", "lead_time_days": "lead_time_days",
}  # fmt: skip
"""Field -> column, for what an import may change of a thing that exists."""
FURTHER: Mapping[str, Mapping[str, str]] = {"product": languages.OF_PRODUCT, "variant": languages.OF_VARIANT}
CHUNK = sql.Identifier("chunk")


def looked_up(import_: Import, span: Span) -> sql.Composed:
    """The right rows of a span beside what there is of them: `is_new`, whether each of four things would change, and
    whether the row `makes` a product or `joins` one as another variant."""
    has_families = "parent" in import_.mapping
    return sql.SQL(
        "SELECT one.*, coalesce(one.v_currency, {currency}) AS currency, known.id AS known_sku,"
        " product.id AS known_product, known.variant_id AS known_variant, known.id IS NULL AS is_new,"
        " product.id IS NULL AS makes, known.id IS NULL AND product.id IS NOT NULL AS joins,"
        " coalesce(product.company_id = {company} AND product.status <> 'archived' AND one.speaks"
        " AND ({product}), false) AS product_changed,"
        " known.id IS NOT NULL AND coalesce(product.company_id = {company} AND ({variant}), false) AS variant_changed,"
        " known.id IS NOT NULL AND coalesce({sku}, false) AS sku_changed,"
        " known.id IS NOT NULL AND one.ladder_from IS NOT NULL AND (ladder.froms IS DISTINCT FROM one.ladder_from"
        " OR ladder.minors IS DISTINCT FROM one.ladder_minor) AS ladder_changed"
        " FROM {rows} AS one"
        " LEFT JOIN LATERAL (SELECT * FROM catalog_sku WHERE company_id = {company} AND upper(code) = one.key"
        " LIMIT 1) AS known ON true"
        " {family} LEFT JOIN LATERAL (SELECT * FROM catalog_product WHERE id = {its_product} LIMIT 1) AS product"
        " ON true"
        " LEFT JOIN LATERAL (SELECT * FROM catalog_variant WHERE id = known.variant_id LIMIT 1) AS variant ON true"
        " LEFT JOIN LATERAL (SELECT array_agg(min_quantity ORDER BY min_quantity) AS froms,"
        " array_agg(unit_price_minor ORDER BY min_quantity) AS minors FROM catalog_tierprice"
        " WHERE sku_id = known.id AND currency = coalesce(one.v_currency, {currency})) AS ladder ON true"
        " WHERE one.ok AND one.line > {after} AND one.line <= {upto}"
    ).format(
        currency=import_.currency,
        company=import_.company_id,
        family=_family(import_),
        its_product=sql.SQL("coalesce(known.product_id, family.id)" if has_families else "known.product_id"),
        product=_differs("product", OF_PRODUCT, import_),
        variant=_differs("variant", OF_VARIANT, import_),
        sku=_differs("known", {**OF_SKU, "inner_pack": "inner_pack"}, import_),
        rows=rows(import_.pk),
        after=span.after,
        upto=span.upto,
    )


def _family(import_: Import) -> SQL:
    if "parent" not in import_.mapping:
        return sql.SQL("")
    return sql.SQL(
        " LEFT JOIN LATERAL (SELECT id FROM catalog_product WHERE company_id = {}"
        " AND {} = one.family LIMIT 1) AS family ON known.id IS NULL"
    ).format(import_.company_id, FAMILY)


IS_CHANGED = sql.SQL("(product_changed OR variant_changed OR sku_changed OR ladder_changed)")


def counts_of(chunk: SQL | sql.Identifier) -> sql.Composed:
    """How many of these rows are new, would change something, and change nothing."""
    return sql.SQL(
        "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new AND {changed}),"
        " count(*) FILTER (WHERE NOT is_new AND NOT {changed}) FROM {chunk} AS chunk"
    ).format(changed=IS_CHANGED, chunk=chunk)


def compared(import_: Import, span: Span) -> sql.Composed:
    """The counts of a span, with nothing changed."""
    return counts_of(sql.SQL("({})").format(looked_up(import_, span)))


def take_chunk(import_: Import, span: Span) -> sql.Composed:
    """Makes the table `chunk`: what there is to do, with the ids that new things will have."""
    return sql.SQL(
        "DROP TABLE IF EXISTS pg_temp.chunk; CREATE TEMP TABLE chunk ON COMMIT DROP AS SELECT looked_up.*,"
        " CASE WHEN heads THEN nextval('catalog_product_id_seq') ELSE known_product END AS product_id,"
        " CASE WHEN is_new THEN nextval('catalog_variant_id_seq') ELSE known_variant END AS variant_id,"
        " CASE WHEN is_new THEN nextval('catalog_sku_id_seq') ELSE known_sku END AS sku_id"
        " FROM (SELECT *, {} AS heads FROM ({}) AS found) AS looked_up ORDER BY line; {} ANALYZE chunk"
    ).format(*_headed(import_, looked_up(import_, span)))


def _headed(import_: Import, found: sql.Composed) -> tuple[SQL, sql.Composed, SQL]:
    """Which rows make a product, those rows, and how the others of their families get it, too."""
    if "parent" not in import_.mapping:
        return sql.SQL("makes"), found, sql.SQL("")
    first = "(family IS NULL OR row_number() OVER (PARTITION BY makes, family ORDER BY line) = 1)"
    rest = "UPDATE chunk SET product_id = head.product_id FROM chunk AS head WHERE head.heads"
    return (
        sql.SQL(f"makes AND {first}"),
        found,
        sql.SQL(f"{rest} AND head.family = chunk.family AND chunk.product_id IS NULL;"),
    )


LOCK = sql.SQL(
    "SELECT count(*) FROM (SELECT id FROM catalog_product WHERE id IN (SELECT product_id FROM chunk WHERE joins OR {})"
    " ORDER BY id FOR NO KEY UPDATE) AS locked"
).format(IS_CHANGED)


def insert_new(import_: Import) -> Sequence[sql.Composed]:
    """The chunk's new rows, statement by statement."""
    status = ProductStatus.PUBLISHED if import_.publishes else ProductStatus.DRAFT
    category = sql.SQL("coalesce(v_category, {}::bigint)").format(import_.category_id)
    product: dict[str, SQL] = {
        "id": sql.SQL("product_id"),
        "company_id": sql.SQL("{}").format(import_.company_id),
        "category_id": category,
        "slug": sql.SQL(SLUG),
        "status": sql.SQL("{}").format(status.value),
        "parent_code": sql.SQL("coalesce(v_parent, '')"),
        "attributes": sql.SQL("coalesce(said_of_product, '{}')"),
        "language": languages.own(import_),
        "translations": languages.said(import_, languages.OF_PRODUCT) or NOTHING_SAID,
    }
    variant: dict[str, SQL] = {
        "id": sql.SQL("variant_id"),
        "product_id": sql.SQL("product_id"),
        "name": sql.SQL(VARIANT_NAME),
        "attributes": sql.SQL("coalesce(said_of_variant, '{}')"),
        "translations": languages.said(import_, languages.OF_VARIANT) or NOTHING_SAID,
    }
    sku: dict[str, SQL] = {
        "id": sql.SQL("sku_id"),
        "company_id": sql.SQL("{}").format(import_.company_id),
        "product_id": sql.SQL("product_id"),
        "variant_id": sql.SQL("variant_id"),
        "code": sql.SQL("key"),
    }
    return [
        _insert(Product, product, OF_PRODUCT, "heads"),
        _insert(Variant, variant, OF_VARIANT, "is_new"),
        _insert(Sku, sku, {**OF_SKU, "inner_pack": "inner_pack"}, "is_new"),
        _LADDERS_OF_NEW,
    ]


NOTHING_SAID = sql.SQL("'{}'::jsonb")
SLUG = (
    "coalesce(nullif(btrim(left(regexp_replace(lower(regexp_replace(normalize(v_name, NFKD), '[^\\x01-\\x7f]', '',"
    " 'g')), '[^a-z0-9]+', '-', 'g'), 160), '-'), ''), 'product')"
)


VARIANT_NAME = (
    "CASE WHEN family IS NULL THEN coalesce(v_variant, '') ELSE left(coalesce(v_variant, (SELECT"
    " string_agg(value, ' / ' ORDER BY jsonb_each_text.key) FROM jsonb_each_text(said_of_variant)), v_code), 120) END"
)
"""One of several is told from the others by its name, by what it differs in, or by its code."""


def _insert(model: type[models.Model], said: Mapping[str, SQL], fields: Mapping[str, str], which: str) -> sql.Composed:
    """Every column that has no default of the database's: what the row says, else the model's own default."""
    by_column = {column: field for field, column in fields.items()}
    values: dict[str, SQL] = {}
    for column, field in ((str(one.column), one) for one in model._meta.concrete_fields):
        default = sql.Literal(field.get_default()) if field.has_default() else None
        if isinstance(field, models.JSONField):
            default = sql.Literal("{}")
        if column in said:
            values[column] = said[column]
        elif column in by_column:
            values[column] = sql.SQL("coalesce({}, {})").format(_v(by_column[column]), _otherwise(field, default))
        elif not field.has_db_default():
            values[column] = sql.SQL("{}").format(_otherwise(field, default))
    return sql.SQL("INSERT INTO {} ({}) SELECT {} FROM chunk WHERE {} ORDER BY line").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(values.values()),
        sql.Identifier(which),
    )


def update_known(import_: Import) -> Sequence[sql.Composed]:
    """What the chunk changes, statement by statement."""
    return [
        _JOINED,
        _update("catalog_product", "product", OF_PRODUCT, import_),
        _update("catalog_variant", "variant", OF_VARIANT, import_),
        _update("catalog_sku", "sku", OF_SKU, import_),
        *_CHANGED_LADDERS,
    ]


def _update(table: str, what: str, fields: Mapping[str, str], import_: Import) -> sql.Composed:
    """Raises the version of what changes; an offer's also for its prices."""
    given = {field: column for field, column in fields.items() if field in import_.mapping}
    sets: list[SQL] = [sql.SQL("version = it.version + 1")]
    for field, column in given.items():
        sets.append(sql.SQL("{c} = coalesce({v}, it.{c})").format(c=sql.Identifier(column), v=_v(field)))
    if what == "sku" and {"case_pack", "inner_pack"} & set(import_.mapping):
        sets.append(FITTING_INNER)
    if what != "sku" and mapped(import_):
        sets.append(
            sql.SQL("attributes = it.attributes || coalesce({}, '{{}}')").format(sql.Identifier(f"said_of_{what}"))
        )
    if what != "sku":
        sets += languages.written(import_, FURTHER[what])
    changed = sql.SQL("(sku_changed OR ladder_changed)") if what == "sku" else sql.Identifier(f"{what}_changed")
    return sql.SQL("UPDATE {} AS it SET {} FROM chunk WHERE it.id = chunk.{} AND {}").format(
        sql.Identifier(table), sql.SQL(", ").join(sets), sql.Identifier(f"{what}_id"), changed
    )


FITTING_INNER = sql.Composed(
    [
        sql.SQL("inner_pack = CASE WHEN coalesce(v_inner_pack, it.inner_pack) < coalesce(v_case_pack, it.case_pack)"),
        sql.SQL(" AND coalesce(v_case_pack, it.case_pack) % coalesce(v_inner_pack, it.inner_pack) = 0"),
        sql.SQL(" THEN coalesce(v_inner_pack, it.inner_pack) END"),
    ]
)
"""An inner pack that another case no longer holds is none."""
_JOINED = sql.Composed(
    [
        sql.SQL("UPDATE catalog_product SET version = version + 1"),
        sql.SQL(" WHERE id IN (SELECT product_id FROM chunk WHERE joins)"),
    ]
)


_STEPS = (
    " SELECT sku_id, currency, step.min_quantity, step.minor FROM chunk"
    " CROSS JOIN LATERAL unnest(ladder_from, ladder_minor) AS step (min_quantity, minor)"
)
_LADDERS_OF_NEW = sql.Composed(
    [
        sql.SQL("INSERT INTO catalog_tierprice (sku_id, currency, min_quantity, unit_price_minor)"),
        sql.SQL(_STEPS + " WHERE is_new ORDER BY line"),
    ]
)
_CHANGED_LADDERS = (
    sql.Composed(
        [
            sql.SQL("DELETE FROM catalog_tierprice AS tier USING chunk WHERE ladder_changed"),
            sql.SQL(" AND tier.sku_id = chunk.sku_id AND tier.currency = chunk.currency"),
            sql.SQL(" AND NOT tier.min_quantity = ANY(chunk.ladder_from)"),
        ]
    ),
    sql.Composed(
        [
            sql.SQL("INSERT INTO catalog_tierprice AS tier (sku_id, currency, min_quantity, unit_price_minor)"),
            sql.SQL(_STEPS + " WHERE ladder_changed ON CONFLICT (sku_id, currency, min_quantity)"),
            sql.SQL(" DO UPDATE SET unit_price_minor = excluded.unit_price_minor"),
            sql.SQL(" WHERE tier.unit_price_minor <> excluded.unit_price_minor"),
        ]
    ),
)
"""The ladder in the row's currency is the row's; those in other currencies stay."""


PRODUCT_RANGES = sql.SQL(
    "SELECT min(product_id), max(product_id) FROM (SELECT product_id, product_id - row_number() OVER (ORDER BY"
    " product_id) AS run FROM (SELECT DISTINCT product_id FROM chunk WHERE is_new OR {}) AS every) AS numbered"
    " GROUP BY run ORDER BY 1"
).format(IS_CHANGED)
"""What the chunk touched, as few ranges of product ids: new ones stand in a row."""
IS_LISTED = sql.SQL(
    "SELECT EXISTS (SELECT FROM catalog_product WHERE status = 'published' AND id IN (SELECT product_id FROM chunk"
    " WHERE is_new OR {}))"
).format(IS_CHANGED)


def _differs(table: str, fields: Mapping[str, str], import_: Import) -> SQL:
    given: list[SQL] = [
        sql.SQL("({v} IS NOT NULL AND {v} IS DISTINCT FROM {c})").format(
            v=sql.Identifier("one", f"v_{field}"), c=sql.Identifier(table, column)
        )
        for field, column in fields.items()
        if field in import_.mapping
    ]
    if table != "known" and mapped(import_):
        said, it = sql.Identifier("one", f"said_of_{table}"), sql.Identifier(table, "attributes")
        given.append(sql.SQL("({said} IS NOT NULL AND NOT {it} @> {said})").format(said=said, it=it))
    if table != "known":
        given += languages.differs(import_, table, FURTHER[table])
    return sql.SQL(" OR ").join(given) if given else sql.SQL("false")


def _otherwise(field: models.Field, default: sql.Literal | None) -> SQL | sql.Literal:  # type: ignore[type-arg]
    if default is not None:
        return default
    return sql.SQL("NULL") if field.null else sql.Literal("")


def _v(name: str) -> sql.Identifier:
    return sql.Identifier(f"v_{name}")
