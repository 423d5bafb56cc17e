from django.db import migrations

# What a list of the catalogue shows of these SKUs, with what buyers see of their stock. A function, because its plan is
# kept by the connection: to make it takes PostgreSQL longer than to read the rows. The picture that stands for a SKU is
# its own variant's before its product's; one that shows another variant, or waits for an approval, stands for none.
LISTED_GOODS = """
CREATE FUNCTION listed_goods(skus bigint[])
RETURNS TABLE (
    sku_id bigint, code text, variant text, product_id bigint, product text, slug text, category text, seller text,
    moq int, case_pack int, picture text,
    version bigint, state text, quantity bigint, band text, more_on date, more bigint, more_band text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT sku.id, sku.code::text, variant.name::text, product.id, product.name::text, product.slug::text,
        category.slug::text, company.name::text, sku.moq, sku.case_pack,
        (SELECT media.sha256::text FROM catalog_media AS media
            WHERE media.product_id = product.id AND media.kind = 'picture' AND NOT media.proposed
                AND (media.variant_id IS NULL OR media.variant_id = sku.variant_id)
            ORDER BY media.variant_id NULLS LAST, media.position, media.id LIMIT 1),
        shown.version, shown.state::text, shown.quantity, shown.band::text, shown.more_on, shown.more,
        shown.more_band::text
    FROM catalog_sku AS sku
    JOIN catalog_product AS product ON product.id = sku.product_id
    JOIN catalog_variant AS variant ON variant.id = sku.variant_id
    JOIN catalog_category AS category ON category.id = product.category_id
    JOIN accounts_company AS company ON company.id = sku.company_id
    LEFT JOIN inventory_availability AS shown ON shown.sku_id = sku.id
    WHERE sku.id = ANY(skus) AND sku.listed AND product.status = 'published';
END $$
"""

# What a seller sees of these SKUs' stock, in rows of four kinds: the `item` itself, each open warehouse's `level`, what
# is on its `way` from one of them to another, and what is `coming`. All of it is of one moment.
STOCK_SEEN = """
CREATE FUNCTION stock_seen(skus bigint[])
RETURNS TABLE (
    what text, sku_id bigint, version bigint, warehouse_id bigint, warehouse text, quantity bigint, allocated bigint,
    reserved bigint, lapsed bigint, next_lapse timestamptz, safety bigint, backorder_limit bigint,
    said text, due_on date)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'item', sku_id, version, NULL::bigint, NULL, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint,
            NULL::timestamptz, NULL::bigint, NULL::bigint, disclosure::text, NULL::date
        FROM inventory_stockitem WHERE sku_id = ANY(skus)
    UNION ALL (SELECT 'level', level.item_id, level.version, house.id, house.name::text, level.on_hand, level.allocated,
            level.reserved, coalesce(held.lapsed, 0)::bigint, held.next_lapse, level.safety, level.backorder_limit,
            NULL, NULL
        FROM inventory_stocklevel AS level
        JOIN inventory_warehouse AS house ON house.id = level.warehouse_id AND house.closed_at IS NULL
        CROSS JOIN LATERAL (
            SELECT sum(hold.quantity) FILTER (WHERE hold.expires_at <= statement_timestamp()) AS lapsed,
                min(hold.expires_at) FILTER (WHERE hold.expires_at > statement_timestamp()) AS next_lapse
            FROM inventory_hold AS hold WHERE hold.level_id = level.id AND hold.expires_at IS NOT NULL) AS held
        WHERE level.item_id = ANY(skus) ORDER BY house.code)
    UNION ALL (SELECT 'way', line.sku_id, NULL, NULL, source.name::text, line.sent, NULL, NULL, NULL, NULL, NULL, NULL,
            target.name::text, NULL
        FROM inventory_transferline AS line
        JOIN inventory_transfer AS transfer ON transfer.id = line.transfer_id AND transfer.status = 'sent'
        JOIN inventory_warehouse AS source ON source.id = transfer.source_id
        JOIN inventory_warehouse AS target ON target.id = transfer.target_id
        WHERE line.sku_id = ANY(skus) AND line.sent > 0 ORDER BY line.id)
    UNION ALL (SELECT 'coming', level.item_id, NULL, NULL, house.name::text, coming.quantity - coming.received,
            NULL, NULL, NULL, NULL, NULL, NULL, coming.reference::text, coming.due_on
        FROM inventory_incoming AS coming
        JOIN inventory_stocklevel AS level ON level.id = coming.level_id
        JOIN inventory_warehouse AS house ON house.id = level.warehouse_id
        WHERE level.item_id = ANY(skus) AND coming.status = 'expected' ORDER BY coming.due_on, coming.id);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0006_incoming"),
        ("catalog", "0012_offers_priced"),
    ]

    operations = [
        migrations.RunSQL(LISTED_GOODS, "DROP FUNCTION listed_goods"),
        migrations.RunSQL(STOCK_SEEN, "DROP FUNCTION stock_seen"),
    ]
