from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [
        migrations.AddField("Numbering", "last_term", models.BigIntegerField(default=0, db_default=0)),
        migrations.AddField("Numbering", "shards", models.IntegerField(default=1, db_default=1)),
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField()),
                ("subject", models.TextField()),
                ("topic", models.TextField(blank=True)),
                ("what", models.TextField()),
                ("problem", models.TextField()),
                ("times", models.IntegerField(default=1)),
                ("at", models.DateTimeField(db_default=Now())),
                ("seen_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["topic", "what"], condition=models.Q(seen_at=None), name="one_unseen_dead_letter"
                    )
                ],
            },
        ),
    ]
