from importlib import import_module

from django.db import migrations

BEFORE = import_module("backend.catalog.migrations.0011_offers_seen").OFFERS_SEEN.replace("CREATE", "CREATE OR REPLACE")

# As before, and what an assortment shows or reserves is seen beside the buyer's range, as is what a territory leaves to
# be looked at.
OFFERS_SEEN = """
CREATE OR REPLACE FUNCTION offers_seen(
    buyer bigint, looks_on bigint, country text, skus bigint[], even_unpublished boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH named AS MATERIALIZED (
        SELECT id, company_id, kind FROM catalog_assortment WHERE id IN (
            SELECT assortment_id FROM catalog_assortmentaudience WHERE audience_company_id = buyer
            UNION ALL SELECT assortment_id FROM catalog_assortmentaudience
                WHERE group_id IN (SELECT group_id FROM catalog_groupmember WHERE company_id = buyer))
    ), ranged AS MATERIALIZED (
        SELECT id, company_id FROM named WHERE kind = 'range'
        UNION ALL SELECT id, company_id FROM catalog_assortment
            WHERE is_for_all AND company_id NOT IN (SELECT company_id FROM named WHERE kind = 'range')
    ), assortment AS MATERIALIZED (
        SELECT id FROM ranged UNION ALL SELECT id FROM named WHERE kind = 'shown'
        UNION ALL SELECT id FROM catalog_assortment
            WHERE kind = 'reserved' AND company_id IN (SELECT company_id FROM ranged)
    )
    SELECT sku.id FROM catalog_sku AS sku JOIN catalog_product AS product ON product.id = sku.product_id
    WHERE sku.id = ANY(skus) AND (even_unpublished OR sku.listed AND product.status = 'published')
        AND (sku.company_id = buyer OR (
            (looks_on IS NULL OR sku.company_id = looks_on)
            AND (sku.company_id NOT IN (SELECT company_id FROM ranged)
                OR EXISTS (SELECT FROM catalog_assortmentitem AS item
                    WHERE item.sku_id = sku.id AND item.assortment_id IN (SELECT id FROM assortment)))
            AND (country = '' OR coalesce(
                (SELECT country = ANY(own.countries) OR own.is_seen_elsewhere
                    FROM catalog_territory AS own WHERE own.sku_id = sku.id),
                (SELECT country = ANY(every.countries) OR every.is_seen_elsewhere
                    FROM catalog_territory AS every WHERE every.sku_id IS NULL AND every.company_id = sku.company_id),
                true))
        ));
END $$
"""

# What of these SKUs isn't sold to a buyer who may see it, and why: the first rule that speaks. Where no seller has such
# a rule, it looks into two small indexes and no further.
OFFERS_UNSOLD = """
CREATE FUNCTION offers_unsold(buyer bigint, country text, skus bigint[])
RETURNS TABLE (sku_id bigint, why text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM catalog_assortment WHERE kind <> 'range')
        AND NOT EXISTS (SELECT FROM catalog_territory WHERE is_seen_elsewhere) THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH named AS MATERIALIZED (
        SELECT assortment_id FROM catalog_assortmentaudience WHERE audience_company_id = buyer
        UNION ALL SELECT assortment_id FROM catalog_assortmentaudience
            WHERE group_id IN (SELECT group_id FROM catalog_groupmember WHERE company_id = buyer)
    ), sku AS MATERIALIZED (
        SELECT id, company_id FROM catalog_sku WHERE id = ANY(skus) AND company_id IS DISTINCT FROM buyer
    ), rule AS (
        SELECT item.sku_id, assortment.kind, assortment.id IN (SELECT assortment_id FROM named) AS is_named
        FROM catalog_assortment AS assortment JOIN catalog_assortmentitem AS item ON item.assortment_id = assortment.id
        WHERE assortment.kind <> 'range' AND item.sku_id IN (SELECT id FROM sku)
    ), kept AS (
        SELECT sku_id, CASE
            WHEN bool_or(kind = 'shown' AND is_named) THEN 'shown'
            WHEN bool_or(kind = 'reserved') AND NOT bool_or(kind = 'reserved' AND is_named) THEN 'reserved' END AS why
        FROM rule GROUP BY sku_id
    ), elsewhere AS (
        SELECT sku.id, coalesce(
            (SELECT own.is_seen_elsewhere AND NOT country = ANY(own.countries)
                FROM catalog_territory AS own WHERE own.sku_id = sku.id),
            (SELECT every.is_seen_elsewhere AND NOT country = ANY(every.countries)
                FROM catalog_territory AS every WHERE every.sku_id IS NULL AND every.company_id = sku.company_id)
            ) AS is_elsewhere
        FROM sku WHERE country <> ''
    )
    SELECT sku.id, coalesce(kept.why, 'territory')
    FROM sku LEFT JOIN kept ON kept.sku_id = sku.id LEFT JOIN elsewhere ON elsewhere.id = sku.id
    WHERE kept.why IS NOT NULL OR elsewhere.is_elsewhere;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0018_seen_not_sold"),
    ]

    operations = [
        migrations.RunSQL(OFFERS_SEEN, BEFORE),
        migrations.RunSQL(OFFERS_UNSOLD, "DROP FUNCTION offers_unsold"),
    ]
