import django.db.models.deletion
from django.db import migrations, models

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity

LIST_IS_READ_BY = """state = 'active' AND (kind = 'public' OR id IN (
    SELECT price_list_id FROM catalog_pricelistaudience WHERE audience_company_id = {company}
    UNION ALL SELECT price_list_id FROM catalog_pricelistaudience WHERE group_id IN (
        SELECT group_id FROM catalog_groupmember WHERE company_id = {company})))"""
AUDIENCE_IS_READ_BY = """audience_company_id = {company} OR group_id IN (
    SELECT group_id FROM catalog_groupmember WHERE company_id = {company})"""

# The foreign keys are checked at once: a table with checks that still wait can't be altered.
AN_AUDIENCE_IS_ITS_SELLERS = """
    UPDATE catalog_pricelistaudience AS named SET company_id = list.company_id
    FROM catalog_pricelist AS list WHERE list.id = named.price_list_id;
    UPDATE catalog_assortmentaudience AS named SET company_id = own.company_id
    FROM catalog_assortment AS own WHERE own.id = named.assortment_id;
    SET CONSTRAINTS ALL IMMEDIATE;
"""


def of_company(*, null: bool = False) -> "models.ForeignKey[object, object]":
    return models.ForeignKey(
        null=null, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.company"
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_proposed_media")]

    operations = [
        migrations.AddField("pricelistaudience", "company", of_company(null=True)),
        migrations.AddField("assortmentaudience", "company", of_company(null=True)),
        migrations.RunSQL(AN_AUDIENCE_IS_ITS_SELLERS, migrations.RunSQL.noop),
        migrations.AlterField("pricelistaudience", "company", of_company()),
        migrations.AlterField("assortmentaudience", "company", of_company()),
        SecureRows("customergroup", RowSecurity()),
        SecureRows(
            "groupmember", RowSecurity(follow=("group_id", "catalog_customergroup"), readers="company_id = {company}")
        ),
        SecureRows("pricelist", RowSecurity(readers=LIST_IS_READ_BY)),
        SecureRows(
            "pricelistentry", RowSecurity(follow=("price_list_id", "catalog_pricelist"), read_along=True)
        ),
        SecureRows("pricelistaudience", RowSecurity(readers=AUDIENCE_IS_READ_BY)),
        SecureRows("assortmentaudience", RowSecurity(readers=AUDIENCE_IS_READ_BY)),
        SecureRows("changeset", RowSecurity()),
        SecureRows("import", RowSecurity()),
        SecureRows("importproblem", RowSecurity(follow=("of_id", "catalog_import"))),
        SecureRows("rememberedcolumn", RowSecurity()),
    ]
