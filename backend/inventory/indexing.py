"""What lists of what is in stock show, told to the search index in bulk; a single change tells it in settling.py."""

from django.db import connection

from backend.catalog.search.models import SearchEntry
from backend.inventory.models import Availability

_WHY = "one index serves every seller's catalogue"
_INDEX = """
INSERT INTO search_searchentry AS entry (sku_id, is_visible, is_popular, in_stock)
SELECT sku_id, false, false, state <> 'out' FROM inventory_availability ORDER BY sku_id
ON CONFLICT (sku_id) DO UPDATE SET in_stock = excluded.in_stock WHERE entry.in_stock <> excluded.in_stock
"""


def index_stock() -> None:
    """Tells the index of every SKU whether it is in stock. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEX)


def tell_if_new() -> None:
    """Tells an index that has nothing in stock, where something is. Two queries where there is nothing to do."""
    known = SearchEntry.objects.across_companies(why=_WHY).filter(in_stock=True)
    shown = Availability.objects.across_companies(why=_WHY).exclude(state="out")
    if not known.exists() and shown.exists():
        index_stock()
