from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity

OF_ITS_ORDER = RowSecurity(company="seller_id", partner="buyer_id", follow=("order_id", "orders_order"))
OF_ITS_SHIPMENT = RowSecurity(company="", follow=("shipment_id", "logistics_shipment"))


class Migration(migrations.Migration):
    dependencies = [("logistics", "0001_initial"), ("orders", "0002_rows_secured")]

    operations = [
        SecureRows("shipment", OF_ITS_ORDER),
        SecureRows("shipmentline", OF_ITS_SHIPMENT),
        SecureRows("parcel", OF_ITS_SHIPMENT),
        SecureRows("trackingevent", RowSecurity(company="", follow=("parcel_id", "logistics_parcel"))),
    ]
