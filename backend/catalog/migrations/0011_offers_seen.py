from django.db import migrations

# The rule of pricing/visibility.py for SKUs that are known by their ids. A function, because its plan is kept by the
# connection: with the rows secured, planning it takes PostgreSQL four times as long as answering. It runs as whoever
# calls it, so nothing of row security is left out.
OFFERS_SEEN = """
CREATE FUNCTION offers_seen(buyer bigint, looks_on bigint, country text, skus bigint[], even_unpublished boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH named AS MATERIALIZED (
        SELECT id, company_id FROM catalog_assortment WHERE id IN (
            SELECT assortment_id FROM catalog_assortmentaudience WHERE audience_company_id = buyer
            UNION ALL SELECT assortment_id FROM catalog_assortmentaudience
                WHERE group_id IN (SELECT group_id FROM catalog_groupmember WHERE company_id = buyer))
    ), assortment AS MATERIALIZED (
        SELECT id, company_id FROM named
        UNION ALL SELECT id, company_id FROM catalog_assortment
            WHERE is_for_all AND company_id NOT IN (SELECT company_id FROM named)
    )
    SELECT sku.id FROM catalog_sku AS sku JOIN catalog_product AS product ON product.id = sku.product_id
    WHERE sku.id = ANY(skus) AND (even_unpublished OR sku.listed AND product.status = 'published')
        AND (sku.company_id = buyer OR (
            (looks_on IS NULL OR sku.company_id = looks_on)
            AND (sku.company_id NOT IN (SELECT company_id FROM assortment)
                OR EXISTS (SELECT FROM catalog_assortmentitem AS item
                    WHERE item.sku_id = sku.id AND item.assortment_id IN (SELECT id FROM assortment)))
            AND (country = '' OR coalesce(
                (SELECT country = ANY(own.countries) FROM catalog_territory AS own WHERE own.sku_id = sku.id),
                (SELECT country = ANY(every.countries) FROM catalog_territory AS every
                    WHERE every.sku_id IS NULL AND every.company_id = sku.company_id),
                true))
        ));
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0010_skus_by_code"),
    ]

    operations = [
        migrations.RunSQL(OFFERS_SEEN, "DROP FUNCTION offers_seen"),
    ]
