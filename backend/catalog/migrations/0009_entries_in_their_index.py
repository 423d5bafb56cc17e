from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0008_media_by_content"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="pricelistentry", name="one_entry_a_tier"),
        migrations.AddConstraint(
            model_name="pricelistentry",
            constraint=models.UniqueConstraint(
                fields=("price_list", "sku", "min_quantity"),
                include=("unit_price_minor", "percent", "may_be_dearer"),
                name="one_entry_a_tier",
            ),
        ),
    ]
