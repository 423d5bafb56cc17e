"""Proves, all the time, that every stock counter is the sum of its moves, and shows where it is not."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Drift:
    """A level whose counter is not what its moves add up to. Both in units of sale."""

    level_id: int
    on_hand: int
    moved: int


def drift(limit: int = 100) -> list[Drift]:
    """The levels that drifted, at most `limit`. One statement, so counters and moves are of one moment."""
    with connection.cursor() as cursor:
        cursor.execute(_DRIFT, [limit])
        return [Drift(*row) for row in cursor.fetchall()]


_DRIFT = """
SELECT level.id, level.on_hand, coalesce(sum(move.quantity), 0)::bigint
FROM inventory_stocklevel AS level LEFT JOIN inventory_stockmove AS move ON move.level_id = level.id
GROUP BY level.id HAVING level.on_hand <> coalesce(sum(move.quantity), 0) ORDER BY level.id LIMIT %s
"""
