import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_second_steps_sealed'),
        ('catalog', '0013_cost_prices'),
        ('negotiation', '0009_floors'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AnswerRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('min_quantity', models.BigIntegerField(default=1, verbose_name='from')),
                ('max_quantity', models.BigIntegerField(verbose_name='to')),
                ('percent_off', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='percent off')),
                ('valid_days', models.PositiveSmallIntegerField(default=7, verbose_name='valid for days')),
                ('net_days', models.PositiveSmallIntegerField(default=30, verbose_name='payment within days')),
                ('lead_time_days', models.PositiveSmallIntegerField(null=True, verbose_name='lead time in days')),
                ('holds_stock', models.BooleanField(default=False, verbose_name='hold the stock')),
                ('per_day', models.PositiveSmallIntegerField(default=50, verbose_name='answers a day at most')),
                ('is_on', models.BooleanField(default=True)),
                ('category', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.category')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answer_rules', to='accounts.company')),
                ('set_up_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sku', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.sku')),
            ],
        ),
        migrations.CreateModel(
            name='AnswerRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('answered', 'Answered'), ('no_rule', 'No rule covers all of its lines'), ('person', 'A person was faster'), ('cap', 'Enough for one day'), ('floor', 'Below your lowest price'), ('no_price', 'Something has no price for this buyer'), ('nobody', 'Whoever set the rule up may not any more'), ('refused', 'It could not be offered')], max_length=10)),
                ('why', models.CharField(blank=True, max_length=300)),
                ('revision', models.PositiveIntegerField(null=True)),
                ('ran_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.company')),
                ('room', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='negotiation.room')),
                ('rule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runs', to='negotiation.answerrule')),
            ],
        ),
        migrations.CreateModel(
            name='CannedReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=60, verbose_name='title')),
                ('text', models.CharField(max_length=2000, verbose_name='text')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.company')),
            ],
            options={
                'verbose_name_plural': 'canned replies',
                'ordering': ['company', 'title'],
            },
        ),
        migrations.CreateModel(
            name='OfferTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=60, verbose_name='title')),
                ('percent_off', models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name='percent off')),
                ('freight_minor', models.BigIntegerField(default=0, verbose_name='freight')),
                ('incoterm', models.CharField(blank=True, choices=[('EXW', 'EXW: collected at the works'), ('FCA', 'FCA: handed to the carrier'), ('CPT', 'CPT: carriage paid'), ('CIP', 'CIP: carriage and insurance paid'), ('DAP', 'DAP: delivered, duties unpaid'), ('DDP', 'DDP: delivered, duties paid'), ('FOB', 'FOB: on board the ship'), ('CIF', 'CIF: to the port, insured')], max_length=3)),
                ('net_days', models.PositiveSmallIntegerField(default=30, verbose_name='payment within days')),
                ('lead_time_days', models.PositiveSmallIntegerField(null=True, verbose_name='lead time in days')),
                ('valid_days', models.PositiveSmallIntegerField(default=14, verbose_name='valid for days')),
                ('holds_stock', models.BooleanField(default=False, verbose_name='hold the stock')),
                ('note', models.CharField(blank=True, max_length=1000, verbose_name='what to say with it')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.company')),
            ],
            options={
                'ordering': ['company', 'title'],
            },
        ),
        migrations.AddConstraint(
            model_name='answerrule',
            constraint=models.UniqueConstraint(fields=('company', 'name'), name='one_answer_rule_a_name'),
        ),
        migrations.AddConstraint(
            model_name='answerrule',
            constraint=models.CheckConstraint(condition=models.Q(('sku', None), ('category', None), _connector='OR'), name='answer_rule_of_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='answerrule',
            constraint=models.CheckConstraint(condition=models.Q(('max_quantity__gte', models.F('min_quantity')), ('max_quantity__lte', 10000000), ('min_quantity__gte', 1)), name='answer_rule_band'),
        ),
        migrations.AddConstraint(
            model_name='answerrule',
            constraint=models.CheckConstraint(condition=models.Q(('percent_off__gte', 0), ('percent_off__lt', 100)), name='answer_rule_percent'),
        ),
        migrations.AddIndex(
            model_name='answerrun',
            index=models.Index(fields=['company', '-ran_at'], name='answer_run_of_company'),
        ),
        migrations.AddIndex(
            model_name='answerrun',
            index=models.Index(condition=models.Q(('outcome', 'answered')), fields=['rule', '-ran_at'], name='answer_run_of_rule'),
        ),
        migrations.AddConstraint(
            model_name='answerrun',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['answered', 'no_rule', 'person', 'cap', 'floor', 'no_price', 'nobody', 'refused'])), name='answer_run_outcome'),
        ),
        migrations.AddConstraint(
            model_name='cannedreply',
            constraint=models.UniqueConstraint(fields=('company', 'title'), name='one_canned_reply_a_title'),
        ),
        migrations.AddConstraint(
            model_name='offertemplate',
            constraint=models.UniqueConstraint(fields=('company', 'title'), name='one_offer_template_a_title'),
        ),
        migrations.AddConstraint(
            model_name='offertemplate',
            constraint=models.CheckConstraint(condition=models.Q(('freight_minor__gte', 0)), name='offer_template_freight'),
        ),
        migrations.AddConstraint(
            model_name='offertemplate',
            constraint=models.CheckConstraint(condition=models.Q(('incoterm__in', ['', 'EXW', 'FCA', 'CPT', 'CIP', 'DAP', 'DDP', 'FOB', 'CIF'])), name='offer_template_incoterm'),
        ),
        migrations.AddConstraint(
            model_name='offertemplate',
            constraint=models.CheckConstraint(condition=models.Q(('percent_off', None), models.Q(('percent_off__gte', 0), ('percent_off__lt', 100)), _connector='OR'), name='offer_template_percent'),
        ),
        SecureRows("answerrule", RowSecurity()),
        SecureRows("answerrun", RowSecurity()),
        SecureRows("cannedreply", RowSecurity()),
        SecureRows("offertemplate", RowSecurity()),
    ]
