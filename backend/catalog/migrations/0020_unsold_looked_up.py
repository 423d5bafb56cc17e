from importlib import import_module

from django.db import migrations

BEFORE = import_module("backend.catalog.migrations.0019_offers_unsold").OFFERS_UNSOLD.replace(
    "CREATE", "CREATE OR REPLACE"
)

# As before, with each SKU looked up once: the generic plan had looked up every territory for every pair of SKUs.
OFFERS_UNSOLD = """
CREATE OR REPLACE FUNCTION offers_unsold(buyer bigint, country text, skus bigint[])
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
    ), rule AS MATERIALIZED (
        SELECT item.sku_id, assortment.kind, assortment.id IN (SELECT assortment_id FROM named) AS is_named
        FROM catalog_assortmentitem AS item JOIN catalog_assortment AS assortment ON assortment.id = item.assortment_id
        WHERE item.sku_id = ANY(skus) AND assortment.kind <> 'range' AND assortment.company_id IS DISTINCT FROM buyer
    ), kept AS MATERIALIZED (
        SELECT sku_id, CASE WHEN bool_or(kind = 'shown' AND is_named) THEN 'shown' ELSE 'reserved' END AS why
        FROM rule GROUP BY sku_id
        HAVING bool_or(kind = 'shown' AND is_named)
            OR bool_or(kind = 'reserved') AND NOT bool_or(kind = 'reserved' AND is_named)
    )
    SELECT sku_id, why FROM kept
    UNION ALL SELECT sku.id, 'territory' FROM catalog_sku AS sku
    WHERE sku.id = ANY(skus) AND sku.company_id IS DISTINCT FROM buyer AND country <> ''
        AND sku.company_id IN (SELECT company_id FROM catalog_territory WHERE is_seen_elsewhere)
        AND sku.id NOT IN (SELECT sku_id FROM kept)
        AND coalesce(
            (SELECT own.is_seen_elsewhere AND NOT country = ANY(own.countries)
                FROM catalog_territory AS own WHERE own.sku_id = sku.id),
            (SELECT every.is_seen_elsewhere AND NOT country = ANY(every.countries)
                FROM catalog_territory AS every WHERE every.sku_id IS NULL AND every.company_id = sku.company_id));
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0019_offers_unsold"),
    ]

    operations = [
        migrations.RunSQL(OFFERS_UNSOLD, BEFORE),
    ]
