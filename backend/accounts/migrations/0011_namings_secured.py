from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_namings")]

    operations = [SecureRows("naming", RowSecurity())]
