import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('negotiation', '0004_notices_secured'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Award',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.BigIntegerField()),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='entry',
            name='room_entry_word',
        ),
        migrations.AddField(
            model_name='revision',
            name='may_split',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='entry',
            name='word',
            field=models.CharField(choices=[('message', 'Message'), ('asked', 'Asked for an offer'), ('joined', 'Takes part in the enquiry'), ('offered', 'Offer'), ('sealed', 'A sealed offer was handed in'), ('part', 'The buyer takes a part of the offer'), ('unsealed', 'The offer is opened'), ('prolonged', 'The buyer takes offers for longer'), ('declined', 'Negotiation declined'), ('withdrawn', 'Offer withdrawn'), ('taken_back', 'The buyer has taken the enquiry back'), ('not_chosen', 'Thank you for your offer. This time the buyer has decided otherwise'), ('expired', 'The offer’s time is over'), ('ordered', 'Agreed: the order is placed')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('word__in', ['message', 'asked', 'joined', 'offered', 'sealed', 'part', 'unsealed', 'prolonged', 'declined', 'withdrawn', 'taken_back', 'not_chosen', 'expired', 'ordered'])), name='room_entry_word'),
        ),
        migrations.AddField(
            model_name='award',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='negotiation.enquiryline'),
        ),
        migrations.AddField(
            model_name='award',
            name='room',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='negotiation.room'),
        ),
        migrations.AddConstraint(
            model_name='award',
            constraint=models.UniqueConstraint(fields=('room', 'line'), name='one_award_a_line_and_seller'),
        ),
        migrations.AddConstraint(
            model_name='award',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__range', (1, 10000000))), name='award_quantity'),
        ),
    ]
