from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity

NOTHING_IS_PAID_FOR_WHAT_CAME_TO_NOTHING = """
SELECT set_config('entrepot.across_companies', 'on', true);
UPDATE orders_order SET reduced_net_minor = net_minor, reduced_tax_minor = tax_minor
WHERE commercial IN ('declined', 'expired', 'cancelled')
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_cancellations")]

    operations = [
        migrations.RunSQL(NOTHING_IS_PAID_FOR_WHAT_CAME_TO_NOTHING, migrations.RunSQL.noop),
        SecureRows("amendment", RowSecurity(company="seller_id", partner="buyer_id", follow=("order_id", "orders_order"))),
        SecureRows("amendmentline", RowSecurity(company="", follow=("amendment_id", "orders_amendment"))),
    ]
