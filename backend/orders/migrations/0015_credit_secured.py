from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_credit")]

    operations = [SecureRows("creditaccount", RowSecurity(company="seller_id", partner="buyer_id"))]
