from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):
    dependencies = [("orders", "0035_disputes")]

    operations = [
        SecureRows(
            "orderdispute",
            RowSecurity(company="seller_id", partner="buyer_id", follow=("order_id", "orders_order")),
        )
    ]
