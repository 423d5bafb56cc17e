from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('search', '0007_stock_in_their_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='searchentry',
            name='also_named',
            field=models.TextField(db_default='', default=''),
        ),
    ]
