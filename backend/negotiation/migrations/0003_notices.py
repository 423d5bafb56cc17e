import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_second_steps_sealed'),
        ('negotiation', '0002_rows_secured'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120)),
                ('note', models.CharField(blank=True, max_length=2000)),
                ('country', models.CharField(max_length=2)),
                ('incoterm', models.CharField(blank=True, max_length=3)),
                ('wanted_on', models.DateField(null=True)),
                ('board', models.CharField(choices=[('private', 'Private: you see each offer at once, sellers learn nothing of each other'), ('open', 'Open: sellers see their rank and the best price of each line, never whose it is'), ('sealed', 'Sealed: nobody sees a price before the closing time, you neither')], max_length=8)),
                ('lines', models.JSONField(default=list)),
                ('categories', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('words', models.TextField(blank=True)),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('closes_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Pass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('passed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name_plural': 'passes',
            },
        ),
        migrations.RemoveConstraint(
            model_name='enquiry',
            name='enquiry_status',
        ),
        migrations.RemoveConstraint(
            model_name='entry',
            name='room_entry_word',
        ),
        migrations.AddField(
            model_name='enquiry',
            name='audience',
            field=models.CharField(choices=[('named', 'Only the sellers of what is named'), ('verified', 'Also every verified seller who wants to take part')], default='named', max_length=8),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='board',
            field=models.CharField(choices=[('private', 'Private: you see each offer at once, sellers learn nothing of each other'), ('open', 'Open: sellers see their rank and the best price of each line, never whose it is'), ('sealed', 'Sealed: nobody sees a price before the closing time, you neither')], default='private', max_length=8),
        ),
        migrations.AddField(
            model_name='enquiryline',
            name='breaks',
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name='enquiry',
            name='status',
            field=models.CharField(choices=[('open', 'Open'), ('closed', 'Closed'), ('awarded', 'Awarded'), ('no_award', 'Ended without an award'), ('cancelled', 'Taken back')], default='open', max_length=12),
        ),
        migrations.AlterField(
            model_name='entry',
            name='word',
            field=models.CharField(choices=[('message', 'Message'), ('asked', 'Asked for an offer'), ('joined', 'Takes part in the enquiry'), ('offered', 'Offer'), ('sealed', 'A sealed offer was handed in'), ('unsealed', 'The offer is opened'), ('prolonged', 'The buyer takes offers for longer'), ('declined', 'Negotiation declined'), ('withdrawn', 'Offer withdrawn'), ('taken_back', 'The buyer has taken the enquiry back'), ('not_chosen', 'Thank you for your offer. This time the buyer has decided otherwise'), ('expired', 'The offer’s time is over'), ('ordered', 'Agreed: the order is placed')], max_length=12),
        ),
        migrations.AddIndex(
            model_name='enquiry',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['closes_at'], name='enquiry_closes'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'closed', 'awarded', 'no_award', 'cancelled'])), name='enquiry_status'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('audience__in', ['named', 'verified'])), name='enquiry_audience'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('board__in', ['private', 'open', 'sealed'])), name='enquiry_board'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('word__in', ['message', 'asked', 'joined', 'offered', 'sealed', 'unsealed', 'prolonged', 'declined', 'withdrawn', 'taken_back', 'not_chosen', 'expired', 'ordered'])), name='room_entry_word'),
        ),
        migrations.AddField(
            model_name='notice',
            name='enquiry',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='notice', to='negotiation.enquiry'),
        ),
        migrations.AddField(
            model_name='pass',
            name='company',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.company'),
        ),
        migrations.AddField(
            model_name='pass',
            name='notice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='passes', to='negotiation.notice'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['closes_at'], name='notice_closes'),
        ),
        migrations.AddConstraint(
            model_name='pass',
            constraint=models.UniqueConstraint(fields=('company', 'notice'), name='one_pass_a_seller'),
        ),
    ]
