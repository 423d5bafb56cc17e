from django.db import migrations, models

# Nothing may be packed that does not lie there. Where it is so all the same, somebody has to unpack it first: this
# stops, and says what.
WHAT_IS_PACKED_IS_COUNTED = """
UPDATE inventory_stocklevel level SET packed = summed.packed
FROM (SELECT level_id, sum(packed)::bigint AS packed FROM inventory_hold WHERE packed > 0 GROUP BY level_id) summed
WHERE summed.level_id = level.id;
DO $$
DECLARE
    gone text := (SELECT string_agg(DISTINCT hold.subject, ', ') FROM inventory_hold hold
        JOIN inventory_stocklevel level ON level.id = hold.level_id
        LEFT JOIN inventory_lotlevel own ON own.level_id = level.id
        WHERE hold.packed > 0 AND (level.packed > level.on_hand OR own.packed > own.on_hand));
BEGIN
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION 'more is packed than lies there: unpack % first', gone;
    END IF;
END $$
"""
# As 0010 made it, and what of a level, and of a lot, is in parcels.
STOCK_SEEN = """
DROP FUNCTION stock_seen;
CREATE FUNCTION stock_seen(skus bigint[])
RETURNS TABLE (
    what text, sku_id bigint, version bigint, warehouse_id bigint, warehouse text, quantity bigint, allocated bigint,
    reserved bigint, lapsed bigint, next_lapse timestamptz, safety bigint, backorder_limit bigint,
    said text, due_on date, expired bigint, by_lots boolean, packed bigint)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'item', sku_id, version, NULL::bigint, NULL, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint,
            NULL::timestamptz, NULL::bigint, NULL::bigint, disclosure::text, NULL::date,
            NULL::bigint, by_lots, NULL::bigint
        FROM inventory_stockitem WHERE sku_id = ANY(skus)
    UNION ALL (SELECT 'level', level.item_id, level.version, house.id, house.name::text, level.on_hand, level.allocated,
            level.reserved, coalesce(held.lapsed, 0)::bigint, held.next_lapse, level.safety, level.backorder_limit,
            NULL, NULL, level.expired, NULL, level.packed
        FROM inventory_stocklevel AS level
        JOIN inventory_warehouse AS house ON house.id = level.warehouse_id AND house.closed_at IS NULL
        CROSS JOIN LATERAL (
            SELECT sum(hold.quantity) FILTER (WHERE hold.expires_at <= statement_timestamp()) AS lapsed,
                min(hold.expires_at) FILTER (WHERE hold.expires_at > statement_timestamp()) AS next_lapse
            FROM inventory_hold AS hold WHERE hold.level_id = level.id AND hold.expires_at IS NOT NULL) AS held
        WHERE level.item_id = ANY(skus) ORDER BY house.code)
    UNION ALL (SELECT 'way', line.sku_id, NULL, NULL, source.name::text, line.sent, NULL, NULL, NULL, NULL, NULL, NULL,
            target.name::text, NULL, NULL, NULL, NULL
        FROM inventory_transferline AS line
        JOIN inventory_transfer AS transfer ON transfer.id = line.transfer_id AND transfer.status = 'sent'
        JOIN inventory_warehouse AS source ON source.id = transfer.source_id
        JOIN inventory_warehouse AS target ON target.id = transfer.target_id
        WHERE line.sku_id = ANY(skus) AND line.sent > 0 ORDER BY line.id)
    UNION ALL (SELECT 'coming', level.item_id, NULL, NULL, house.name::text, coming.quantity - coming.received,
            NULL, NULL, NULL, NULL, NULL, NULL, coming.reference::text, coming.due_on, NULL, NULL, NULL
        FROM inventory_incoming AS coming
        JOIN inventory_stocklevel AS level ON level.id = coming.level_id
        JOIN inventory_warehouse AS house ON house.id = level.warehouse_id
        WHERE level.item_id = ANY(skus) AND coming.status = 'expected' ORDER BY coming.due_on, coming.id)
    UNION ALL (SELECT 'lot', lot.item_id, NULL, NULL, house.name::text, own.on_hand, NULL, NULL, NULL, NULL, NULL, NULL,
            lot.number::text, lot.best_before, CASE WHEN lot.expired_at IS NULL THEN 0 ELSE own.on_hand END, NULL,
            own.packed
        FROM inventory_lotlevel AS own
        JOIN inventory_lot AS lot ON lot.id = own.lot_id
        JOIN inventory_stocklevel AS level ON level.id = own.level_id
        JOIN inventory_warehouse AS house ON house.id = level.warehouse_id
        WHERE lot.item_id = ANY(skus) AND own.on_hand > 0 ORDER BY lot.best_before NULLS LAST, own.id);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0013_packed")]

    operations = [
        migrations.AddField("stocklevel", "packed", models.BigIntegerField(default=0)),
        migrations.AddField("hold", "packed_as", models.CharField(max_length=20, blank=True, db_default="")),
        migrations.RunSQL(WHAT_IS_PACKED_IS_COUNTED, migrations.RunSQL.noop),
        migrations.RemoveConstraint("lotlevel", "lot_packed_not_negative"),
        migrations.AddConstraint(
            "lotlevel",
            models.CheckConstraint(
                condition=models.Q(packed__range=(0, models.F("on_hand"))), name="what_is_packed_of_a_lot_lies_there"
            ),
        ),
        migrations.AddConstraint(
            "stocklevel",
            models.CheckConstraint(
                condition=models.Q(packed__range=(0, models.F("on_hand"))), name="what_is_packed_lies_there"
            ),
        ),
        migrations.RunSQL(STOCK_SEEN, migrations.RunSQL.noop),
    ]
