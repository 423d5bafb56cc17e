from django.db import migrations, models

WHAT_WAS_COMPLETED_IS_CLOSED_AS_LATE_AS_WHAT_IS_COMPLETED_NOW = """
SELECT set_config('entrepot.across_companies', 'on', true);
UPDATE orders_order SET closes_at = statement_timestamp() + interval '14 days' WHERE commercial = 'completed'
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_requisitions_secured")]

    operations = [
        migrations.AddField("order", "closes_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "order",
            models.Index(condition=models.Q(("commercial", "completed")), fields=["closes_at"], name="order_closes_at"),
        ),
        migrations.RunSQL(WHAT_WAS_COMPLETED_IS_CLOSED_AS_LATE_AS_WHAT_IS_COMPLETED_NOW, migrations.RunSQL.noop),
    ]
