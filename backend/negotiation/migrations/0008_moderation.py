import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_second_steps_sealed'),
        ('negotiation', '0007_attachments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Block',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('fraud', 'It tries to cheat us'), ('abuse', 'It insults or threatens'), ('around', 'It leads the trade away from the market'), ('spam', 'It is advertising that nobody asked for'), ('other', 'Something else')], max_length=8)),
                ('words', models.CharField(blank=True, max_length=1000)),
                ('status', models.CharField(choices=[('open', 'Open'), ('dismissed', 'Dismissed'), ('hidden', 'Message hidden'), ('suspended', 'Negotiation suspended')], default='open', max_length=10)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_why', models.CharField(blank=True, max_length=1000)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='entry',
            name='room_entry_word',
        ),
        migrations.AddField(
            model_name='entry',
            name='hidden_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='room',
            name='suspended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='entry',
            name='word',
            field=models.CharField(choices=[('message', 'Message'), ('asked', 'Asked for an offer'), ('joined', 'Takes part in the enquiry'), ('offered', 'Offer'), ('sealed', 'A sealed offer was handed in'), ('part', 'The buyer takes a part of the offer'), ('unsealed', 'The offer is opened'), ('prolonged', 'The buyer takes offers for longer'), ('declined', 'Negotiation declined'), ('withdrawn', 'Offer withdrawn'), ('taken_back', 'The buyer has taken the enquiry back'), ('not_chosen', 'Thank you for your offer. This time the buyer has decided otherwise'), ('expired', 'The offer’s time is over'), ('ordered', 'Agreed: the order is placed'), ('suspended', 'The market’s operators have suspended this negotiation'), ('resumed', 'The market’s operators let this negotiation go on')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('word__in', ['message', 'asked', 'joined', 'offered', 'sealed', 'part', 'unsealed', 'prolonged', 'declined', 'withdrawn', 'taken_back', 'not_chosen', 'expired', 'ordered', 'suspended', 'resumed'])), name='room_entry_word'),
        ),
        migrations.AddField(
            model_name='block',
            name='blocked',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.company'),
        ),
        migrations.AddField(
            model_name='block',
            name='company',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to='accounts.company'),
        ),
        migrations.AddField(
            model_name='block',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='report',
            name='about',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company'),
        ),
        migrations.AddField(
            model_name='report',
            name='company',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.company'),
        ),
        migrations.AddField(
            model_name='report',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='report',
            name='entry',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='negotiation.entry'),
        ),
        migrations.AddField(
            model_name='report',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='report',
            name='room',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='negotiation.room'),
        ),
        migrations.AddConstraint(
            model_name='block',
            constraint=models.UniqueConstraint(fields=('company', 'blocked'), name='blocked_once'),
        ),
        migrations.AddConstraint(
            model_name='block',
            constraint=models.CheckConstraint(condition=models.Q(('company', models.F('blocked')), _negated=True), name='nobody_blocks_themselves'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['status', '-made_at'], name='report_status_at'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('company', 'room', 'entry'), name='reported_once_until_it_is_decided', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'dismissed', 'hidden', 'suspended'])), name='report_status'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['fraud', 'abuse', 'around', 'spam', 'other'])), name='report_reason'),
        ),
        SecureRows("report", RowSecurity()),
        SecureRows("block", RowSecurity()),
    ]
