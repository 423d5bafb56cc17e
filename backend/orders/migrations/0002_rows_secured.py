from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity

OF_ITS_ORDER = RowSecurity(company="seller_id", partner="buyer_id", follow=("order_id", "orders_order"))


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        SecureRows("cart", RowSecurity()),
        SecureRows("cartline", RowSecurity(follow=("cart_id", "orders_cart"))),
        SecureRows("ordergroup", RowSecurity()),
        SecureRows("order", RowSecurity(company="seller_id", partner="buyer_id")),
        SecureRows("orderline", OF_ITS_ORDER),
        SecureRows("orderentry", OF_ITS_ORDER),
    ]
