from importlib import import_module

from django.db import migrations

BEFORE = import_module("backend.catalog.search.migrations.0005_seen_not_sold").TERMS

# As before, and whether there is anything that the buyer may see and not buy: one row out of two small indexes.
TERMS = """
CREATE OR REPLACE FUNCTION search_terms(of_company bigint, of_country text, is_known boolean)
RETURNS TABLE (
    rule text, id bigint, company_id bigint, name text, kind text, priority smallint, currency text, percent numeric)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH own_group AS MATERIALIZED (
        SELECT group_id FROM catalog_groupmember WHERE company_id = of_company
    ), named AS MATERIALIZED (
        SELECT id, company_id, kind FROM catalog_assortment WHERE id IN (
            SELECT assortment_id FROM catalog_assortmentaudience WHERE audience_company_id = of_company
            UNION ALL SELECT assortment_id FROM catalog_assortmentaudience
                WHERE group_id IN (SELECT group_id FROM own_group))
    ), ranged AS MATERIALIZED (
        SELECT id, company_id FROM named WHERE kind = 'range'
        UNION ALL SELECT id, company_id FROM catalog_assortment
            WHERE is_for_all AND company_id NOT IN (SELECT company_id FROM named WHERE kind = 'range')
    ), reaching AS MATERIALIZED (
        SELECT price_list_id FROM catalog_pricelistaudience WHERE audience_company_id = of_company
        UNION SELECT price_list_id FROM catalog_pricelistaudience WHERE group_id IN (SELECT group_id FROM own_group)
        UNION SELECT id FROM catalog_pricelist WHERE kind = 'public' AND state = 'active'
    )
    SELECT 'assortment', id, company_id, NULL, NULL, NULL::smallint, NULL, NULL::numeric FROM ranged
    UNION ALL SELECT 'assortment', id, company_id, NULL, NULL, NULL, NULL, NULL FROM catalog_assortment
        WHERE company_id IN (SELECT company_id FROM ranged)
            AND (kind = 'reserved' OR id IN (SELECT id FROM named WHERE kind = 'shown'))
    UNION ALL SELECT 'shut', NULL, company_id, NULL, NULL, NULL, NULL, NULL FROM catalog_territory
        WHERE sku_id IS NULL AND NOT is_seen_elsewhere
            AND of_country <> '' AND NOT countries @> ARRAY[of_country]::varchar[]
    UNION ALL (SELECT 'shut sku', NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM catalog_territory
        WHERE sku_id IS NOT NULL AND NOT is_seen_elsewhere
            AND of_country <> '' AND NOT countries @> ARRAY[of_country]::varchar[] LIMIT 1)
    UNION ALL (SELECT 'unsold', NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM catalog_assortment
        WHERE kind <> 'range' AND company_id IS DISTINCT FROM of_company
            AND (kind = 'shown') = (id IN (SELECT id FROM named)) LIMIT 1)
    UNION ALL (SELECT 'unsold', NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM catalog_territory
        WHERE is_seen_elsewhere AND of_country <> '' AND NOT countries @> ARRAY[of_country]::varchar[] LIMIT 1)
    UNION ALL SELECT 'open', NULL, company_id, NULL, NULL, NULL, NULL, NULL FROM catalog_sellerterms
        WHERE NOT is_known AND NOT prices_need_login
    UNION ALL SELECT 'list', list.id, list.company_id, list.name::text, list.kind::text, list.priority,
            list.currency::text, list.percent
        FROM reaching
        CROSS JOIN LATERAL (SELECT * FROM catalog_pricelist WHERE id = price_list_id OFFSET 0) AS list
        LEFT JOIN catalog_sellerterms terms ON terms.company_id = list.company_id
        WHERE list.state = 'active'
            AND list.starts_at <= statement_timestamp() AND (list.ends_at IS NULL OR list.ends_at > statement_timestamp())
            AND list.currency = coalesce(terms.currency, 'GBP')
    UNION ALL SELECT 'working for', NULL, nullif(current_setting('entrepot.company_id', true), '')::bigint,
        NULL, NULL, NULL, NULL, NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0005_seen_not_sold"),
    ]

    operations = [
        migrations.RunSQL(TERMS, BEFORE),
    ]
