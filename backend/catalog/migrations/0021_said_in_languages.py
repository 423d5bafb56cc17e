from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0020_unsold_looked_up'),
    ]

    operations = [
        migrations.AddField(
            model_name='product',
            name='language',
            field=models.CharField(db_default='en', default='en', max_length=10, verbose_name='language'),
        ),
        migrations.AddField(
            model_name='product',
            name='translations',
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name='variant',
            name='translations',
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name='category',
            name='translations',
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name='attributedefinition',
            name='translations',
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name='import',
            name='language',
            field=models.CharField(db_default='en', default='en', max_length=10),
        ),
    ]
