from django.db import migrations, models
from django.db.models import Q

# Whether a SKU is in stock stands in these indexes, and is not looked up for each entry that a list leaves out or counts.
# What it costs: a SKU that comes or goes is written into all of its indexes anew, about half a millisecond.
INDEXES = {
    "search_category": (
        ["category_id", "-popularity", "sku"],
        ("company_id", "currency", "price_minor", "in_stock"),
    ),
    "search_currency_price": (["currency", "price_minor", "sku"], ("company_id", "in_stock")),
    "search_company_price": (
        ["company_id", "price_minor", "sku"],
        ("category_id", "currency", "popularity", "in_stock"),
    ),
    "search_category_price": (["category_id", "currency", "price_minor", "sku"], ("company_id", "in_stock")),
}


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0006_unsold"),
    ]

    operations = [
        operation
        for name, (fields, included) in INDEXES.items()
        for operation in (
            migrations.RemoveIndex(model_name="searchentry", name=name),
            migrations.AddIndex(
                model_name="searchentry",
                index=models.Index(fields=fields, include=included, name=name, condition=Q(is_visible=True)),
            ),
        )
    ]
