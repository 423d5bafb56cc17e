import django.db.models.deletion
import django.db.models.functions.datetime
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_second_steps_sealed'),
        ('catalog', '0013_cost_prices'),
        ('negotiation', '0008_moderation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Floor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('min_price_minor', models.DecimalField(decimal_places=4, max_digits=18, null=True, verbose_name='lowest price')),
                ('currency', models.CharField(default='GBP', max_length=3)),
                ('min_margin', models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name='lowest margin')),
                ('category', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.category')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='floors', to='accounts.company')),
                ('sku', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.sku')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('company', 'sku', 'category'), name='one_floor_of_a_thing', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('sku', None), ('category', None), _connector='OR'), name='floor_of_one_thing'), models.CheckConstraint(condition=models.Q(('min_price_minor__gt', 0), ('min_margin__isnull', False), _connector='OR'), name='floor_says_something'), models.CheckConstraint(condition=models.Q(('min_margin', None), ('min_margin__range', (0, Decimal('99'))), _connector='OR'), name='floor_margin')],
            },
        ),
        migrations.CreateModel(
            name='HeldOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answers', models.PositiveIntegerField()),
                ('terms', models.JSONField(default=dict)),
                ('below', models.JSONField(default=list)),
                ('state', models.CharField(choices=[('waiting', 'Waits for approval'), ('approved', 'Approved'), ('returned', 'Returned'), ('withdrawn', 'Taken back')], default='waiting', max_length=10)),
                ('word', models.CharField(blank=True, max_length=200)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('decided_at', models.DateTimeField(null=True)),
                ('version', models.BigIntegerField(default=1)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.company')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='negotiation.room')),
            ],
            options={
                'indexes': [models.Index(fields=['company', '-asked_at'], name='held_offer_of_company')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'approved', 'returned', 'withdrawn'])), name='held_offer_state'), models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('room',), name='one_held_offer_a_room')],
            },
        ),
        SecureRows("floor", RowSecurity()),
        SecureRows("heldoffer", RowSecurity()),
    ]
