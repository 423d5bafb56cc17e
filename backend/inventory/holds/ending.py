"""Holds end: given back, or lapsed. The SKUs are locked, and callers hold the transaction."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

# Whatever ends: {which} says which holds.
_END = """
WITH ended AS (
    DELETE FROM inventory_hold WHERE {which} RETURNING level_id, expires_at, quantity
), summed AS (
    SELECT level_id, coalesce(sum(quantity) FILTER (WHERE expires_at IS NULL), 0) AS allocated,
        coalesce(sum(quantity) FILTER (WHERE expires_at IS NOT NULL), 0) AS reserved
    FROM ended GROUP BY level_id
)
UPDATE inventory_stocklevel level SET version = version + 1,
    allocated = level.allocated - summed.allocated, reserved = level.reserved - summed.reserved
FROM summed WHERE level.id = summed.level_id RETURNING level.item_id
"""
_LAPSED = (
    "expires_at <= statement_timestamp() AND level_id IN (SELECT id FROM inventory_stocklevel WHERE item_id = ANY(%s))"
)


def end_lapsed(sku_ids: Collection[int], *, freeing: Collection[str] = ()) -> int:
    """Ends what has lapsed of these SKUs and what the subjects `freeing` hold; of how many levels. One statement."""
    return _end(f"subject = ANY(%s) OR ({_LAPSED})", list(freeing), list(sku_ids))


def release_holds(subject: str, lines: Iterable[int] | None = None) -> None:
    """Gives back what a subject holds, or only what these lines of it do. One statement; nothing held: no change."""
    if lines is None:
        _end("subject = %s", subject)
    else:
        _end("subject = %s AND line = ANY(%s)", subject, list(lines))


def _end(which: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_END.format(which=which), values)
        return int(cursor.rowcount)
