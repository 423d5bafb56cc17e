from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):
    dependencies = [("orders", "0029_part_numbers")]

    operations = [SecureRows("partnumber", RowSecurity())]
