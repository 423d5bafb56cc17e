import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_second_steps_sealed'),
        ('catalog', '0012_offers_priced'),
    ]

    operations = [
        migrations.CreateModel(
            name='CostPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit_cost_minor', models.DecimalField(decimal_places=4, max_digits=18)),
                ('currency', models.CharField(default='GBP', max_length=3)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.company')),
                ('sku', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.sku')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('unit_cost_minor__gt', 0)), name='cost_price_above_nothing')],
            },
        ),
        SecureRows("costprice", RowSecurity()),
    ]
