from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_approvers_and_finance")]

    operations = [SecureRows("apitoken", RowSecurity())]
