from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):
    dependencies = [("negotiation", "0005_awards")]

    operations = [
        SecureRows(
            "award",
            RowSecurity(company="seller_id", partner="buyer_id", follow=("room_id", "negotiation_room")),
        ),
    ]
