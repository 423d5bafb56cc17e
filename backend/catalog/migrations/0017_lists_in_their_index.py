from django.db import migrations, models
from django.db.models import Q

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity

LIST_IS_READ_BY = """state = 'active' AND (kind = 'public' OR id = ANY (ARRAY(
    SELECT price_list_id FROM catalog_pricelistaudience WHERE audience_company_id = {company}
    UNION ALL SELECT price_list_id FROM catalog_pricelistaudience WHERE group_id IN (
        SELECT group_id FROM catalog_groupmember WHERE company_id = {company}))))"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0016_tables_of_lists_as_imports")]

    operations = [
        migrations.AddIndex(
            "pricelist",
            models.Index(fields=["kind"], condition=Q(state="active", kind="public"), name="price_list_public"),
        ),
        SecureRows("pricelist", RowSecurity(readers=LIST_IS_READ_BY)),
    ]
