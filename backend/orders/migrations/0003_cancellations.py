import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_second_steps_sealed'),
        ('catalog', '0007_rows_secured'),
        ('orders', '0002_rows_secured'),
    ]

    operations = [
        migrations.CreateModel(
            name='Amendment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('cancellation', 'Cancellation'), ('change', 'Change')], max_length=12)),
                ('state', models.CharField(choices=[('open', 'Waits for an answer'), ('accepted', 'Agreed to'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='open', max_length=10)),
                ('was', models.CharField(choices=[('placed', 'Placed'), ('accepted', 'Accepted'), ('in_progress', 'In progress'), ('completed', 'Completed'), ('closed', 'Closed'), ('declined', 'Declined'), ('expired', 'Expired'), ('cancel_requested', 'Cancellation asked for'), ('amending', 'Change proposed'), ('cancelled', 'Cancelled')], max_length=20)),
                ('actor_id', models.BigIntegerField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('answer', models.CharField(blank=True, max_length=200, verbose_name='answer')),
                ('requested_on', models.DateField(null=True)),
                ('ship_to', models.JSONField(default=dict)),
                ('old_net_minor', models.BigIntegerField()),
                ('old_tax_minor', models.BigIntegerField()),
                ('new_net_minor', models.BigIntegerField()),
                ('new_tax_minor', models.BigIntegerField()),
                ('version', models.BigIntegerField(default=0)),
                ('proposed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('answered_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['order', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='AmendmentLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=300)),
                ('before', models.BigIntegerField(default=0)),
                ('after', models.BigIntegerField()),
                ('unit_price_minor', models.DecimalField(decimal_places=4, max_digits=18)),
                ('price_reason', models.JSONField(default=dict)),
                ('tax_rate', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=5)),
                ('old_net_minor', models.BigIntegerField(default=0)),
                ('new_net_minor', models.BigIntegerField()),
            ],
            options={
                'ordering': ['amendment', 'position'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_commercial',
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_fulfilment',
        ),
        migrations.RemoveConstraint(
            model_name='orderentry',
            name='order_entry_step',
        ),
        migrations.RemoveConstraint(
            model_name='orderline',
            name='order_line_counts',
        ),
        migrations.AddField(
            model_name='order',
            name='reduced_net_minor',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='order',
            name='reduced_tax_minor',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='orderline',
            name='refunded',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='orderline',
            name='returned',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='order',
            name='commercial',
            field=models.CharField(choices=[('placed', 'Placed'), ('accepted', 'Accepted'), ('in_progress', 'In progress'), ('completed', 'Completed'), ('closed', 'Closed'), ('declined', 'Declined'), ('expired', 'Expired'), ('cancel_requested', 'Cancellation asked for'), ('amending', 'Change proposed'), ('cancelled', 'Cancelled')], default='placed', max_length=20),
        ),
        migrations.AlterField(
            model_name='order',
            name='fulfilment',
            field=models.CharField(choices=[('none', 'Nothing sent'), ('partly_dispatched', 'Partly sent'), ('dispatched', 'Sent'), ('partly_delivered', 'Partly delivered'), ('delivered', 'Delivered'), ('partly_returned', 'Partly returned'), ('returned', 'Returned')], default='none', max_length=20),
        ),
        migrations.AlterField(
            model_name='orderentry',
            name='step',
            field=models.CharField(choices=[('placed', 'Order placed'), ('accepted', 'Order accepted'), ('declined', 'Order declined'), ('expired', 'Not accepted in time'), ('cancelled', 'Order cancelled'), ('lines_cancelled', 'Taken off the order'), ('cancel_requested', 'Cancellation asked for'), ('cancel_agreed', 'Cancellation agreed to'), ('cancel_refused', 'Cancellation refused: the order goes on'), ('cancel_withdrawn', 'No longer to be cancelled: the order goes on'), ('amendment_proposed', 'Change proposed'), ('amendment_accepted', 'Change agreed to'), ('amendment_declined', 'Change declined: the order goes on as it was'), ('amendment_withdrawn', 'Proposed change withdrawn'), ('dispatched', 'Goods sent'), ('tracked', 'News of a parcel'), ('delivered', 'Goods delivered'), ('completed', 'Everything delivered'), ('return_requested', 'Return asked for'), ('return_approved', 'Return approved'), ('return_rejected', 'Return rejected'), ('return_withdrawn', 'Return withdrawn'), ('return_sent', 'Return on its way'), ('return_received', 'Return received'), ('return_inspected', 'Return inspected'), ('return_resolved', 'Return resolved'), ('closed', 'Order closed')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('commercial__in', ['placed', 'accepted', 'in_progress', 'completed', 'closed', 'declined', 'expired', 'cancel_requested', 'amending', 'cancelled'])), name='order_commercial'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('fulfilment__in', ['none', 'partly_dispatched', 'dispatched', 'partly_delivered', 'delivered', 'partly_returned', 'returned'])), name='order_fulfilment'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('reduced_net_minor__range', (0, models.F('net_minor'))), ('reduced_tax_minor__range', (0, models.F('tax_minor')))), name='no_more_taken_off_than_ordered'),
        ),
        migrations.AddConstraint(
            model_name='orderentry',
            constraint=models.CheckConstraint(condition=models.Q(('step__in', ['placed', 'accepted', 'declined', 'expired', 'cancelled', 'lines_cancelled', 'cancel_requested', 'cancel_agreed', 'cancel_refused', 'cancel_withdrawn', 'amendment_proposed', 'amendment_accepted', 'amendment_declined', 'amendment_withdrawn', 'dispatched', 'tracked', 'delivered', 'completed', 'return_requested', 'return_approved', 'return_rejected', 'return_withdrawn', 'return_sent', 'return_received', 'return_inspected', 'return_resolved', 'closed'])), name='order_entry_step'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('delivered__gte', models.F('returned')), ('refunded__gte', 0), ('returned__gte', models.F('refunded')), ('cancelled__gte', 0), ('dispatched__gte', models.F('delivered')), ('quantity__gte', django.db.models.expressions.CombinedExpression(models.F('dispatched'), '+', models.F('cancelled')))), name='order_line_counts'),
        ),
        migrations.AddField(
            model_name='amendment',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='orders.order'),
        ),
        migrations.AddField(
            model_name='amendment',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company'),
        ),
        migrations.AddField(
            model_name='amendmentline',
            name='amendment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.amendment'),
        ),
        migrations.AddField(
            model_name='amendmentline',
            name='line',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='amendmentline',
            name='sku',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sku'),
        ),
        migrations.AddConstraint(
            model_name='amendment',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('order',), name='one_open_amendment'),
        ),
        migrations.AddConstraint(
            model_name='amendment',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['cancellation', 'change'])), name='amendment_kind'),
        ),
        migrations.AddConstraint(
            model_name='amendment',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'accepted', 'declined', 'withdrawn'])), name='amendment_state'),
        ),
        migrations.AddConstraint(
            model_name='amendmentline',
            constraint=models.UniqueConstraint(fields=('amendment', 'sku', 'line'), name='amendment_line_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='amendmentline',
            constraint=models.CheckConstraint(condition=models.Q(('after__range', (0, 10000000)), ('before__gte', 0), models.Q(('before', models.F('after')), _negated=True)), name='amendment_line_changes'),
        ),
    ]
