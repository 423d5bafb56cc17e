from django.db import migrations

# All that the prices of these offers can come from, for one buyer: `sold` says of each offer whose it is and in which
# currency it is priced here, `base` its base ladder, `list` which lists of its seller reach the buyer, `entry` what
# those say of it. As a function, because its plan is kept by the connection: with the rows secured, working out how to
# read these tables takes PostgreSQL longer than to read them. It runs as whoever calls it, so nothing of row security
# is left out.
OFFERS_PRICED = """
CREATE FUNCTION offers_priced(
    buyer bigint, is_known boolean, in_currency text, at timestamptz, skus bigint[])
RETURNS TABLE (
    what text, id bigint, of_id bigint, quantity int, minor numeric, percent numeric, may_be_dearer boolean,
    name text, kind text, priority smallint, currency text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH sold AS MATERIALIZED (
        SELECT sku.id, sku.company_id, coalesce(in_currency, terms.currency, 'GBP') AS currency
        FROM catalog_sku AS sku LEFT JOIN catalog_sellerterms AS terms ON terms.company_id = sku.company_id
        WHERE sku.id = ANY(skus) AND (is_known OR NOT terms.prices_need_login)
    ), reaching AS MATERIALIZED (
        SELECT id FROM catalog_pricelist WHERE kind = 'public' AND state = 'active'
        UNION ALL SELECT price_list_id FROM catalog_pricelistaudience WHERE audience_company_id = buyer
        UNION ALL SELECT price_list_id FROM catalog_pricelistaudience
            WHERE group_id IN (SELECT group_id FROM catalog_groupmember WHERE company_id = buyer)
    ), list AS MATERIALIZED (
        SELECT id, company_id, name, kind, priority, currency, percent FROM catalog_pricelist
        WHERE id IN (SELECT id FROM reaching) AND company_id IN (SELECT company_id FROM sold)
            AND state = 'active' AND starts_at <= coalesce(at, statement_timestamp())
            AND (ends_at IS NULL OR ends_at > coalesce(at, statement_timestamp()))
    )
    SELECT 'sold', id, company_id, NULL::int, NULL::numeric, NULL::numeric, NULL::boolean,
            NULL, NULL, NULL::smallint, currency
        FROM sold
    UNION ALL SELECT 'base', sold.id, NULL, tier.min_quantity, tier.unit_price_minor, NULL, NULL,
            NULL, NULL, NULL, sold.currency
        FROM sold JOIN catalog_tierprice AS tier ON tier.sku_id = sold.id AND tier.currency = sold.currency
    UNION ALL SELECT 'list', id, company_id, NULL, NULL, percent, NULL,
            name::text, kind::text, priority, currency::text
        FROM list
    UNION ALL SELECT 'entry', entry.sku_id, entry.price_list_id, entry.min_quantity, entry.unit_price_minor,
            entry.percent, entry.may_be_dearer, NULL, NULL, NULL, NULL
        FROM catalog_pricelistentry AS entry
        WHERE entry.price_list_id IN (SELECT id FROM list) AND entry.sku_id IN (SELECT id FROM sold);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0011_offers_seen"),
    ]

    operations = [
        migrations.RunSQL(OFFERS_PRICED, "DROP FUNCTION offers_priced"),
    ]
