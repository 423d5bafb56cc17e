"""Holds end when they have lapsed. The SKUs are locked, and callers hold the transaction."""

from collections.abc import Collection

from django.db import connection

from backend.core.written import as_array


def end_lapsed(sku_ids: Collection[int]) -> None:
    """Ends what has lapsed of these SKUs. One statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT holds_ended(%s, '{}')", [as_array(sku_ids)])
