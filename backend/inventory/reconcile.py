"""Proves, all the time, that every stock counter is the sum of its moves and of its holds, and shows where not."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Drift:
    """A level one of whose counters is not what its moves, or its holds, add up to. All in units of sale."""

    level_id: int
    counter: str
    says: int
    adds_up_to: int


def drift(limit: int = 100) -> list[Drift]:
    """The levels that drifted, at most `limit`. One statement, so counters and moves are of one moment."""
    with connection.cursor() as cursor:
        cursor.execute(_DRIFT, [limit])
        return [Drift(*row) for row in cursor.fetchall()]


_DRIFT = """
WITH moved AS (
    SELECT level_id, sum(quantity)::bigint AS on_hand FROM inventory_stockmove GROUP BY level_id
), held AS (
    SELECT level_id, coalesce(sum(quantity) FILTER (WHERE expires_at IS NULL), 0)::bigint AS allocated,
        coalesce(sum(quantity) FILTER (WHERE expires_at IS NOT NULL), 0)::bigint AS reserved
    FROM inventory_hold GROUP BY level_id
)
SELECT level.id, one.counter, one.says, one.adds_up_to
FROM inventory_stocklevel level
LEFT JOIN moved ON moved.level_id = level.id LEFT JOIN held ON held.level_id = level.id
CROSS JOIN LATERAL (VALUES
    ('on_hand', level.on_hand, coalesce(moved.on_hand, 0)),
    ('allocated', level.allocated, coalesce(held.allocated, 0)),
    ('reserved', level.reserved, coalesce(held.reserved, 0))) AS one (counter, says, adds_up_to)
WHERE one.says <> one.adds_up_to ORDER BY level.id, one.counter LIMIT %s
"""
