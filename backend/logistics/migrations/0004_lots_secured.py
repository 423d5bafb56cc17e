from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):
    dependencies = [("logistics", "0003_lots")]

    operations = [
        SecureRows("shipmentlot", RowSecurity(company="", follow=("shipment_line_id", "logistics_shipmentline"))),
    ]
