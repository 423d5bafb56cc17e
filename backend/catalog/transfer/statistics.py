"""What the database believes of the catalogue's tables, kept true while an import or the demo market multiplies them.

A market's tables were looked at when they were nearly empty; a minute passes before the server does so again by itself.
Until then any index of an "empty" table is as good as another to the planner, and each row of a chunk would be looked
for among all rows before it: a hundred thousand rows took ten minutes so, and a page of the catalogue cost PostgreSQL
half as much again.
"""

from django.db import connection
from psycopg import sql

from backend.catalog.models import Product, Sku, TierPrice, Variant

TABLES = tuple(model._meta.db_table for model in (Product, Variant, Sku, TierPrice))


def is_due(chunks: int) -> bool:
    """Before the first chunk, and whenever as many again were written."""
    return chunks & (chunks - 1) == 0


def refresh() -> None:
    """Has the server look at the tables now. It reads a sample: half a second each at most, whatever their size."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE (SKIP_LOCKED) {}").format(sql.SQL(", ").join(map(sql.Identifier, TABLES))))
