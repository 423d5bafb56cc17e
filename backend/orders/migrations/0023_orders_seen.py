from django.db import migrations

# What the page of an order asks every time. As functions, since PostgreSQL plans longer than it reads: the rows are
# secured, and the policies of an order's lines and entries look for their order. Their generic plans are kept by the
# connection; they run as whoever calls them, so that row security holds inside.
ORDERS_SEEN = """
CREATE FUNCTION order_seen(wanted bigint, company bigint)
RETURNS TABLE (
    ordered orders_order, sold_by accounts_company, bought_by accounts_company,
    has_change boolean, has_returns boolean, has_documents boolean)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT one.*::orders_order, seller.*::accounts_company, buyer.*::accounts_company,
        EXISTS (SELECT FROM orders_amendment AS each WHERE each.order_id = one.id),
        EXISTS (SELECT FROM orders_return AS each WHERE each.order_id = one.id),
        EXISTS (SELECT FROM orders_orderdocument AS each WHERE each.order_id = one.id)
    FROM orders_order AS one
    JOIN accounts_company AS seller ON seller.id = one.seller_id
    JOIN accounts_company AS buyer ON buyer.id = one.buyer_id
    WHERE one.id = wanted AND company IN (one.seller_id, one.buyer_id);
END $$;

CREATE FUNCTION order_lines_seen(wanted bigint) RETURNS SETOF orders_orderline
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT * FROM orders_orderline AS line WHERE line.order_id = wanted ORDER BY line.position;
END $$;

CREATE FUNCTION order_entries_seen(wanted bigint)
RETURNS TABLE (entry orders_orderentry, author text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT one.*::orders_orderentry, company.name::text
    FROM orders_orderentry AS one LEFT JOIN accounts_company AS company ON company.id = one.company_id
    WHERE one.order_id = wanted ORDER BY one.seq DESC;
END $$;
"""
GONE = "DROP FUNCTION order_entries_seen; DROP FUNCTION order_lines_seen; DROP FUNCTION order_seen"


class Migration(migrations.Migration):
    dependencies = [("orders", "0022_goods_promised_anew")]

    operations = [migrations.RunSQL(ORDERS_SEEN, GONE)]
