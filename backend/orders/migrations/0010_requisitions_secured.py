from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity

OF_ITS_REQUISITION = RowSecurity(follow=("requisition_id", "orders_requisition"))


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_requisitions")]

    operations = [
        SecureRows("approvalrule", RowSecurity()),
        SecureRows("spendinglimit", RowSecurity()),
        SecureRows("deputy", RowSecurity()),
        SecureRows("requisition", RowSecurity()),
        SecureRows("requisitionline", OF_ITS_REQUISITION),
        SecureRows("approvalstep", OF_ITS_REQUISITION),
    ]
