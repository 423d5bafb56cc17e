from importlib import import_module

from django.db import migrations

# What a list shows of SKUs: as 0007 made it, in the words of the language that is asked for, where there are such.
LISTED_GOODS = """
DROP FUNCTION listed_goods(bigint[]);
CREATE FUNCTION listed_goods(skus bigint[], reader text)
RETURNS TABLE (
    sku_id bigint, code text, variant text, product_id bigint, product text, lang text, own text, slug text, category text,
    seller text, moq int, case_pack int, picture text,
    version bigint, state text, quantity bigint, band text, more_on date, more bigint, more_band text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    name_key text := 'name.' || reader;
BEGIN
    RETURN QUERY
    SELECT sku.id, sku.code::text, coalesce(variant.translations ->> name_key, variant.name)::text, product.id,
        coalesce(product.translations ->> name_key, product.name)::text,
        CASE WHEN product.translations ? name_key THEN reader ELSE product.language::text END, product.name::text,
        product.slug::text, category.slug::text, company.name::text, sku.moq, sku.case_pack,
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
BEFORE = f"""
DROP FUNCTION listed_goods(bigint[], text);
{import_module("backend.inventory.migrations.0007_plans_of_pages").LISTED_GOODS}
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0014_packed_lies_there"),
        ("catalog", "0021_said_in_languages"),
    ]

    operations = [migrations.RunSQL(LISTED_GOODS, BEFORE)]
