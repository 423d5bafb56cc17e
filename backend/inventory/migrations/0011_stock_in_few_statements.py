from django.db import migrations

# All that is named here is found by its key or an index. The plans are kept by the connection, and made where tables may
# be small or their statistics old: a plan that read a whole table would stay when it has grown.
BY_KEYS = (
    "SET plan_cache_mode = force_generic_plan "
    "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
)
# What of these SKUs has lapsed ends, and all that these subjects hold, of whatever SKUs; of how many levels. Lapsed is
# what has by now, and not when the message came: its sender may have waited for the lock. Lapsed holds are few among
# all, so they are found by when they lapse.
HOLDS_ENDED = """
CREATE FUNCTION holds_ended(skus bigint[], freed text[]) RETURNS bigint
LANGUAGE plpgsql {by_keys} AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    many bigint;
BEGIN
    WITH lapsed AS MATERIALIZED (
        SELECT id, level_id FROM inventory_hold WHERE expires_at <= moment
    ), ended AS (
        DELETE FROM inventory_hold WHERE id IN (
            SELECT lapsed.id FROM lapsed JOIN inventory_stocklevel level ON level.id = lapsed.level_id
            WHERE level.item_id = ANY(skus)
            UNION ALL SELECT id FROM inventory_hold WHERE subject = ANY(freed))
        RETURNING level_id, expires_at, quantity
    ), summed AS (
        SELECT level_id, coalesce(sum(quantity) FILTER (WHERE expires_at IS NULL), 0) AS allocated,
            coalesce(sum(quantity) FILTER (WHERE expires_at IS NOT NULL), 0) AS reserved
        FROM ended GROUP BY level_id
    )
    UPDATE inventory_stocklevel level SET version = version + 1,
        allocated = level.allocated - summed.allocated, reserved = level.reserved - summed.reserved
    FROM summed WHERE level.id = summed.level_id;
    GET DIAGNOSTICS many = ROW_COUNT;
    RETURN many;
END $$
"""
# What of these SKUs' lots is past its day is left out.
LOTS_EXPIRED = """
CREATE FUNCTION lots_expired(skus bigint[]) RETURNS void
LANGUAGE plpgsql {by_keys} AS $$
BEGIN
    WITH due AS (
        UPDATE inventory_lot SET expired_at = clock_timestamp()
        WHERE item_id = ANY(skus) AND expired_at IS NULL AND best_before < current_date RETURNING id
    ), summed AS (
        SELECT own.level_id, sum(own.on_hand)::bigint AS units
        FROM inventory_lotlevel own JOIN due ON due.id = own.lot_id WHERE own.on_hand > 0 GROUP BY own.level_id
    )
    UPDATE inventory_stocklevel level SET version = version + 1, expired = level.expired + summed.units
    FROM summed WHERE level.id = summed.level_id;
END $$
"""
# The SKUs, and those of which the subjects `freed` hold anything, locked in the order of their keys; what has lapsed
# and what is freed ends, and lots that are past their day are left out. Then all that a promise has to know: a row for
# each SKU and open warehouse. Each statement inside sees what whoever had the lock before has written.
STOCK_LOCKED = """
CREATE FUNCTION stock_locked(skus bigint[], freed text[])
RETURNS TABLE (
    sku_id bigint, disclosure varchar, version bigint, last_seq bigint, low_at bigint, is_low boolean, by_lots boolean,
    level_id bigint, warehouse_id bigint, country varchar, free bigint, backorder bigint, incoming bigint,
    mark bigint, company_id bigint, shown_version bigint, state varchar, quantity bigint, band varchar,
    more_on date, more bigint, more_band varchar, ended bigint)
LANGUAGE plpgsql {by_keys} AS $$
#variable_conflict use_column
DECLARE
    wanted bigint[] := skus;
    any_lots boolean;
    many bigint;
BEGIN
    IF freed <> '{}' THEN
        wanted := ARRAY(SELECT unnest(skus) UNION SELECT level.item_id
            FROM inventory_hold hold JOIN inventory_stocklevel level ON level.id = hold.level_id
            WHERE hold.subject = ANY(freed));
    END IF;
    SELECT bool_or(by_lots) INTO any_lots FROM (
        SELECT by_lots FROM inventory_stockitem WHERE sku_id = ANY(wanted) ORDER BY sku_id FOR NO KEY UPDATE) locked;
    many := holds_ended(wanted, freed);
    IF any_lots THEN
        PERFORM lots_expired(wanted);
    END IF;
    RETURN QUERY SELECT
        item.sku_id, item.disclosure, item.version, item.last_seq, item.low_at, item.is_low, item.by_lots,
        level.id, level.warehouse_id, level.country, greatest(level.own_free, 0),
        greatest(level.backorder_limit + least(level.own_free + level.incoming, 0), 0), level.incoming,
        coalesce(item.low_at, defaults.low_at), sku.company_id, shown.version, shown.state, shown.quantity, shown.band,
        shown.more_on, shown.more, shown.more_band, many
    FROM inventory_stockitem item
    JOIN catalog_sku sku ON sku.id = item.sku_id
    JOIN inventory_availability shown ON shown.sku_id = item.sku_id
    LEFT JOIN inventory_stockdefaults defaults ON defaults.company_id = sku.company_id
    LEFT JOIN LATERAL (
        SELECT level.*, house.country, on_hand - expired - allocated - reserved - safety AS own_free
        FROM inventory_stocklevel level JOIN inventory_warehouse house ON house.id = level.warehouse_id
        WHERE level.item_id = item.sku_id AND house.closed_at IS NULL) level ON true
    WHERE item.sku_id = ANY(wanted) ORDER BY item.sku_id, level.id;
END $$
"""
# The parts of what is promised, and the counters of their levels. What a line holds on a level already becomes more.
# `lasting` is in milliseconds; NULL is for ever.
STOCK_HELD = """
CREATE FUNCTION stock_held(
    levels bigint[], lines bigint[], quantities bigint[], holders bigint[], kinds text[], subjects text[],
    lasting bigint[]) RETURNS void
LANGUAGE plpgsql {by_keys} AS $$
BEGIN
    UPDATE inventory_stocklevel level SET version = version + 1,
        allocated = level.allocated + summed.allocated, reserved = level.reserved + summed.reserved
    FROM (
        SELECT level_id, coalesce(sum(quantity) FILTER (WHERE lasts IS NULL), 0) AS allocated,
            coalesce(sum(quantity) FILTER (WHERE lasts IS NOT NULL), 0) AS reserved
        FROM unnest(levels, quantities, lasting) AS part (level_id, quantity, lasts) GROUP BY level_id
    ) summed WHERE level.id = summed.level_id;
    INSERT INTO inventory_hold (level_id, holder_id, kind, subject, line, quantity, expires_at)
    SELECT level_id, holder_id, kind, subject, line, quantity, statement_timestamp() + lasts * interval '1 millisecond'
    FROM unnest(levels, holders, kinds, subjects, lines, quantities, lasting)
        AS part (level_id, holder_id, kind, subject, line, quantity, lasts)
    ON CONFLICT (subject, line, level_id) DO UPDATE SET quantity = inventory_hold.quantity + excluded.quantity;
END $$
"""
# The rows of changed SKUs, and what buyers see of those that they see a difference in.
STOCK_SETTLED = """
CREATE FUNCTION stock_settled(
    items bigint[], versions bigint[], seqs bigint[], disclosures text[], lows boolean[],
    shown bigint[], states text[], quantities bigint[], bands text[], days date[], mores bigint[], more_bands text[]
) RETURNS void
LANGUAGE plpgsql {by_keys} AS $$
BEGIN
    UPDATE inventory_stockitem item
    SET version = now.version, last_seq = now.last_seq, disclosure = now.disclosure, is_low = now.is_low
    FROM unnest(items, versions, seqs, disclosures, lows) AS now (pk, version, last_seq, disclosure, is_low)
    WHERE item.sku_id = now.pk;
    IF shown <> '{}' THEN
        UPDATE inventory_availability seen
        SET state = now.state, quantity = now.quantity, band = now.band, version = seen.version + 1,
            more_on = now.more_on, more = now.more, more_band = now.more_band
        FROM unnest(shown, states, quantities, bands, days, mores, more_bands)
            AS now (pk, state, quantity, band, more_on, more, more_band)
        WHERE seen.sku_id = now.pk;
    END IF;
END $$
"""
MADE = (HOLDS_ENDED, LOTS_EXPIRED, STOCK_LOCKED, STOCK_HELD, STOCK_SETTLED)
BACK = "DROP FUNCTION stock_settled, stock_held, stock_locked, lots_expired, holds_ended"


class Migration(migrations.Migration):
    dependencies = [("inventory", "0010_stock_seen_by_lots")]

    operations = [migrations.RunSQL([each.replace("{by_keys}", BY_KEYS) for each in MADE], [BACK])]
