from django.db import migrations, models
from django.db.models import Q

# The two functions of 0003, which read less to say the same.

# Each list that reaches the buyer is looked up by itself: the planner would look at all lists of all sellers, and ask of
# each whether it may be shown.
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
        SELECT id, company_id FROM catalog_assortment WHERE id IN (
            SELECT assortment_id FROM catalog_assortmentaudience WHERE audience_company_id = of_company
            UNION ALL SELECT assortment_id FROM catalog_assortmentaudience
                WHERE group_id IN (SELECT group_id FROM own_group))
    ), reaching AS MATERIALIZED (
        SELECT price_list_id FROM catalog_pricelistaudience WHERE audience_company_id = of_company
        UNION SELECT price_list_id FROM catalog_pricelistaudience WHERE group_id IN (SELECT group_id FROM own_group)
        UNION SELECT id FROM catalog_pricelist WHERE kind = 'public' AND state = 'active'
    )
    SELECT 'assortment', id, company_id, NULL, NULL, NULL::smallint, NULL, NULL::numeric FROM named
    UNION ALL SELECT 'assortment', id, company_id, NULL, NULL, NULL, NULL, NULL FROM catalog_assortment
        WHERE is_for_all AND company_id NOT IN (SELECT company_id FROM named)
    UNION ALL SELECT 'shut', NULL, company_id, NULL, NULL, NULL, NULL, NULL FROM catalog_territory
        WHERE sku_id IS NULL AND of_country <> '' AND NOT countries @> ARRAY[of_country]::varchar[]
    UNION ALL (SELECT 'shut sku', NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM catalog_territory
        WHERE sku_id IS NOT NULL AND of_country <> '' AND NOT countries @> ARRAY[of_country]::varchar[] LIMIT 1)
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

# Half to even, as `rounding.less_percent` does: what SQL rounds up to the odd goes back down.
LESS = """(
    round({base} * (100 - {percent}) * 0.01, decimals)
    - CASE WHEN ({base} * (100 - {percent}) * 0.01 * power(10::numeric, decimals)) % 2 = 0.5
        THEN power(10::numeric, -decimals) ELSE 0 END)"""

ENTRIES = """SELECT list.*, entry.sku_id, entry.min_quantity, entry.unit_price_minor, entry.percent, entry.may_be_dearer
        FROM list JOIN catalog_pricelistentry entry ON entry.price_list_id = list.id"""

# What a buyer's lists, the first that counts first, say of single offers; of those in `skus`, or of all.
#
# The list that speaks for an offer is the first that says anything of it. Its price stands at the lowest quantity that
# has one: the first entry with a price of its own, or where the base price begins. Of the steps reached there the
# cheapest counts, from the last on that says it may be dearer; below its first step the list's percentage does.
#
# `plain` is what most lists say: a price from the first piece on, in the first list of its seller. It needs no look at
# the base price, nor at what else is said of the offer. Of a few SKUs single entries are looked up, of all whole lists.
AGREED = f"""
CREATE OR REPLACE FUNCTION search_agreed(
    lists bigint[], sellers bigint[], percents numeric[], places int[], afters boolean[], skus bigint[])
RETURNS TABLE (sku_id bigint, price numeric)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    IF cardinality(skus) = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH list AS MATERIALIZED (
        SELECT *, place = min(place) OVER (PARTITION BY company_id) AS is_first
        FROM unnest(lists, sellers, percents, places, afters)
            WITH ORDINALITY AS list (id, company_id, otherwise, decimals, is_after, place)
    ), entry AS MATERIALIZED (
        {ENTRIES} WHERE skus IS NULL
        UNION ALL {ENTRIES} AND entry.sku_id = ANY (skus) WHERE skus IS NOT NULL
    ), plain AS MATERIALIZED (
        SELECT sku_id, unit_price_minor FROM entry WHERE is_first AND min_quantity = 1 AND unit_price_minor IS NOT NULL
    ), said AS (
        SELECT entry.*, base.price_minor AS base, base.price_from,
            min(entry.place) OVER (PARTITION BY entry.sku_id) AS speaking
        FROM entry
        JOIN search_searchentry base
            ON base.sku_id = entry.sku_id AND base.is_visible AND base.company_id = entry.company_id
        WHERE entry.sku_id NOT IN (SELECT sku_id FROM plain)
            AND CASE WHEN base.price_minor IS NULL THEN entry.unit_price_minor IS NOT NULL ELSE NOT entry.is_after END
    ), first AS (
        SELECT *, min(min_quantity) OVER sku AS lowest,
            least(min(min_quantity) FILTER (WHERE unit_price_minor IS NOT NULL) OVER sku, price_from) AS quantity
        FROM said WHERE place = speaking WINDOW sku AS (PARTITION BY sku_id)
    ), step AS (
        SELECT *, coalesce(max(min_quantity) FILTER (WHERE may_be_dearer AND min_quantity <= quantity)
            OVER (PARTITION BY sku_id), 0) AS begins
        FROM first
    )
    SELECT sku_id, unit_price_minor FROM plain
    UNION ALL SELECT * FROM (
        SELECT sku_id, least(
            min(CASE WHEN unit_price_minor IS NOT NULL THEN unit_price_minor
                WHEN price_from <= quantity THEN {LESS.format(base="base", percent="percent")} END)
                FILTER (WHERE min_quantity BETWEEN begins AND quantity),
            min(CASE WHEN begins = 0 AND lowest > 1 AND price_from <= quantity
                THEN {LESS.format(base="base", percent="coalesce(otherwise, 0)")} END)) AS price
        FROM step GROUP BY sku_id) AS stepped
    WHERE price IS NOT NULL;
END $$
"""

# What a list by price is narrowed by stands in its index, and is not looked up for each entry.
INDEXES = {
    "search_category": (["category_id", "-popularity", "sku"], ("company_id", "currency", "price_minor")),
    "search_currency_price": (["currency", "price_minor", "sku"], ("company_id",)),
    "search_company_price": (["company_id", "price_minor", "sku"], ("category_id", "currency", "popularity")),
    "search_category_price": (["category_id", "currency", "price_minor", "sku"], ("company_id",)),
}


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0003_terms_and_agreed_prices"),
    ]

    operations = [
        migrations.RunSQL(TERMS, migrations.RunSQL.noop),  # what 0003 made says the same
        migrations.RunSQL(AGREED, migrations.RunSQL.noop),
        *(
            operation
            for name, (fields, included) in INDEXES.items()
            for operation in (
                migrations.RemoveIndex(model_name="searchentry", name=name),
                migrations.AddIndex(
                    model_name="searchentry",
                    index=models.Index(fields=fields, include=included, name=name, condition=Q(is_visible=True)),
                ),
            )
        ),
    ]
