from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_returns")]

    operations = [
        SecureRows("return", RowSecurity(company="seller_id", partner="buyer_id", follow=("order_id", "orders_order"))),
        SecureRows("returnline", RowSecurity(company="", follow=("of_return_id", "orders_return"))),
    ]
