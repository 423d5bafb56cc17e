from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):
    dependencies = [("logistics", "0006_packed")]

    operations = [
        SecureRows("parcelline", RowSecurity(company="", follow=("parcel_id", "logistics_parcel"))),
    ]
