"""Proves, all the time, that every stock counter is the sum of its moves, of its holds and of its lots, and shows
where not."""

from dataclasses import dataclass

from django.db import connection

LEVEL, LINE = "level", "line"


@dataclass(frozen=True, slots=True)
class Drift:
    """A level one of whose counters is not what its moves, or its holds, add up to; or a transfer's line that says
    another number than what left, or came in. All in units of sale."""

    pk: int
    counter: str
    says: int
    adds_up_to: int
    thing: str = LEVEL


def drift(limit: int = 100) -> list[Drift]:
    """What drifted, at most `limit`. One statement, so counters and moves are of one moment."""
    with connection.cursor() as cursor:
        cursor.execute(_DRIFT, [limit])
        return [Drift(*row) for row in cursor.fetchall()]


_DRIFT = """
WITH moved AS (
    SELECT level_id, sum(quantity)::bigint AS on_hand FROM inventory_stockmove GROUP BY level_id
), held AS (
    SELECT level_id, coalesce(sum(quantity) FILTER (WHERE expires_at IS NULL), 0)::bigint AS allocated,
        coalesce(sum(quantity) FILTER (WHERE expires_at IS NOT NULL), 0)::bigint AS reserved,
        sum(packed)::bigint AS packed
    FROM inventory_hold GROUP BY level_id
), expected AS (
    SELECT level_id, sum(quantity - received)::bigint AS incoming
    FROM inventory_incoming WHERE status = 'expected' GROUP BY level_id
), kept AS (
    SELECT own.level_id, sum(own.on_hand)::bigint AS on_hand,
        coalesce(sum(own.on_hand) FILTER (WHERE lot.expired_at IS NOT NULL), 0)::bigint AS expired
    FROM inventory_lotlevel own JOIN inventory_lot lot ON lot.id = own.lot_id GROUP BY own.level_id
), of_lot AS (
    SELECT moved.lot_id, move.level_id, sum(moved.quantity)::bigint AS on_hand
    FROM inventory_lotmove moved JOIN inventory_stockmove move ON move.id = moved.move_id
    GROUP BY moved.lot_id, move.level_id
), carried AS (
    SELECT transfer_line_id, -coalesce(sum(quantity) FILTER (WHERE quantity < 0), 0)::bigint AS sent,
        coalesce(sum(quantity) FILTER (WHERE quantity > 0), 0)::bigint AS received
    FROM inventory_stockmove WHERE transfer_line_id IS NOT NULL GROUP BY transfer_line_id
)
SELECT line.id, one.counter, one.says, one.adds_up_to, 'line'
FROM inventory_transferline line LEFT JOIN carried ON carried.transfer_line_id = line.id
CROSS JOIN LATERAL (VALUES
    ('sent', coalesce(line.sent, 0), coalesce(carried.sent, 0)),
    ('received', coalesce(line.received, 0), coalesce(carried.received, 0))) AS one (counter, says, adds_up_to)
WHERE one.says <> one.adds_up_to
UNION ALL
SELECT own.level_id, 'lot ' || lot.number, own.on_hand, coalesce(of_lot.on_hand, 0), 'level'
FROM inventory_lotlevel own JOIN inventory_lot lot ON lot.id = own.lot_id
LEFT JOIN of_lot ON of_lot.lot_id = own.lot_id AND of_lot.level_id = own.level_id
WHERE own.on_hand <> coalesce(of_lot.on_hand, 0)
UNION ALL
SELECT level.id, one.counter, one.says, one.adds_up_to, 'level'
FROM inventory_stocklevel level JOIN inventory_stockitem item ON item.sku_id = level.item_id
LEFT JOIN kept ON kept.level_id = level.id
LEFT JOIN moved ON moved.level_id = level.id LEFT JOIN held ON held.level_id = level.id
LEFT JOIN expected ON expected.level_id = level.id
CROSS JOIN LATERAL (VALUES
    ('on_hand', level.on_hand, coalesce(moved.on_hand, 0)),
    ('allocated', level.allocated, coalesce(held.allocated, 0)),
    ('reserved', level.reserved, coalesce(held.reserved, 0)),
    ('packed', level.packed, coalesce(held.packed, 0)),
    ('lots', CASE WHEN item.by_lots THEN level.on_hand ELSE 0 END, coalesce(kept.on_hand, 0)),
    ('expired', level.expired, coalesce(kept.expired, 0)),
    ('incoming', level.incoming, coalesce(expected.incoming, 0))) AS one (counter, says, adds_up_to)
WHERE one.says <> one.adds_up_to ORDER BY 1, 2 LIMIT %s
"""
