from django.db import migrations

# What was packed before it said so. There is one packed shipment of an order in a warehouse.
WHAT_IS_PACKED_BEARS_A_NUMBER = """
SELECT set_config('entrepot.across_companies', 'on', true);
UPDATE inventory_hold hold SET packed_as = orders.number || '-' || shipment.nth
FROM logistics_shipment shipment JOIN orders_order orders ON orders.id = shipment.order_id,
    inventory_stocklevel level
WHERE shipment.status = 'packed' AND hold.subject = 'order:' || orders.id AND hold.packed > 0
    AND level.id = hold.level_id AND level.warehouse_id = shipment.warehouse_id
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0014_packed_lies_there"), ("logistics", "0007_packed_secured")]

    operations = [migrations.RunSQL(WHAT_IS_PACKED_BEARS_A_NUMBER, migrations.RunSQL.noop)]
