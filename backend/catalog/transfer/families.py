"""Which product a row is about: its SKU's, that of its parent's SKU code, or one that it makes.

Rows with the same parent are variants of one product. A SKU that exists stays with its product. Of several rows about
one product the first speaks for it: what the others say of its name or category counts for their variants alone.
"""

from collections.abc import Iterator

from psycopg import sql

from backend.catalog.transfer.fields import BY_NAME, TEXTS, Field
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.staging import rows

SQL = sql.SQL | sql.Composed
FAMILY = sql.SQL("parent_code <> '' AND upper(parent_code)")
"""As the index has it."""


def key(import_: Import) -> SQL:
    """By what a row's family is known; null where it has none."""
    return sql.SQL("upper(v_parent)" if "parent" in import_.mapping else "NULL")


def things(import_: Import) -> sql.Composed:
    """Joins to each row the SKU that it names, that one's product, and its family's."""
    known = sql.SQL(
        "LEFT JOIN LATERAL (SELECT id, product_id, case_pack FROM catalog_sku WHERE company_id = {company}"
        " AND upper(code) = upper(t_code) LIMIT 1) AS known ON true"
    ).format(company=import_.company_id)
    product = sql.SQL(
        " LEFT JOIN LATERAL (SELECT category_id, parent_code, language FROM catalog_product WHERE id = known.product_id"
        " LIMIT 1) AS its ON true"
    )
    family = sql.SQL(
        " LEFT JOIN LATERAL (SELECT id, category_id, language FROM catalog_product WHERE company_id = {company}"
        " AND {family} = upper(t_parent) LIMIT 1) AS family ON known.id IS NULL"
    ).format(company=import_.company_id, family=FAMILY)
    joins = [known]
    if _looks_at_products(import_):
        joins.append(sql.Composed([product]))
    if "parent" in import_.mapping:
        joins.append(family)
    return sql.Composed(joins)


def exposed(import_: Import) -> Iterator[SQL]:
    """What the level above needs to know of them."""
    yield sql.SQL("known.id IS NOT NULL AS is_known, known.case_pack AS known_case_pack")
    if "parent" in import_.mapping:
        yield sql.SQL("family.id IS NOT NULL AS has_family, coalesce(known.product_id, family.id) AS product")
        yield sql.SQL("its.parent_code AS known_parent")
    else:
        yield sql.SQL("false AS has_family, known.product_id AS product")
    if _looks_at_products(import_):
        both = "coalesce(its.language, family.language)" if "parent" in import_.mapping else "its.language"
        yield sql.SQL(f"{both} AS known_language")


def category(import_: Import) -> SQL:
    """The category of what exists, where anybody asks."""
    if "parent" in import_.mapping:
        return sql.SQL("its.category_id, family.category_id")
    return sql.SQL("its.category_id" if _looks_at_products(import_) else "NULL")


def wrongs(import_: Import) -> Iterator[tuple[Field, str, SQL]]:
    """A family is for life, and a case holds full inner packs."""
    if "parent" in import_.mapping:
        other = "coalesce(known_parent <> '' AND upper(known_parent) <> upper(v_parent), false)"
        yield BY_NAME["parent"], "other_family", sql.SQL(f"({other})")
    if "inner_pack" in import_.mapping:
        said = "v_case_pack, " if "case_pack" in import_.mapping else ""
        case = f"coalesce({said}known_case_pack, 1)"
        misfit = f"coalesce(v_inner_pack >= {case} OR {case} % v_inner_pack <> 0, false)"
        yield BY_NAME["inner_pack"], "inner_misfit", sql.SQL(f"({misfit})")


def mark_speakers(import_: Import) -> sql.Composed:
    """Of the right rows about one product, all but the first do not speak for it."""
    return sql.SQL(
        "WITH first AS (SELECT {thing} AS thing, min(line) AS line FROM {rows} WHERE ok"
        " AND (product IS NOT NULL OR family IS NOT NULL) GROUP BY 1 HAVING count(*) > 1)"
        " UPDATE {rows} AS one SET speaks = false FROM first WHERE {thing} = first.thing AND one.line > first.line"
    ).format(rows=rows(import_.pk), thing=sql.SQL("coalesce('p' || product, 'f' || family)"))


def _looks_at_products(import_: Import) -> bool:
    return any(name in ("parent", "language", *TEXTS) or name not in BY_NAME for name in import_.mapping)
