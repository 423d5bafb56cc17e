"""Giving back a part of what is promised. Callers hold the transaction."""

from collections.abc import Mapping

from django.db import connection

from backend.inventory.holds.steps import LockedStock

_LESSEN = """
WITH wanted AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (line, quantity)
), ranked AS (
    SELECT hold.id, hold.level_id, hold.quantity AS held, hold.quantity - hold.packed AS loose,
        wanted.quantity AS wanted, sum(hold.quantity - hold.packed) OVER (
            PARTITION BY hold.line ORDER BY level.on_hand - level.allocated, hold.id) AS up_to
    FROM inventory_hold hold JOIN wanted USING (line) JOIN inventory_stocklevel level ON level.id = hold.level_id
    WHERE hold.subject = %s AND hold.expires_at IS NULL AND hold.quantity > hold.packed
), given AS (
    SELECT id, level_id, held, least(loose, wanted - (up_to - loose))::bigint AS quantity
    FROM ranked WHERE up_to - loose < wanted
), gone AS (
    DELETE FROM inventory_hold hold USING given WHERE hold.id = given.id AND given.quantity = given.held
), less AS (
    UPDATE inventory_hold hold SET quantity = given.held - given.quantity
    FROM given WHERE hold.id = given.id AND given.quantity < given.held
), summed AS (SELECT level_id, sum(quantity)::bigint AS quantity FROM given GROUP BY level_id)
UPDATE inventory_stocklevel level SET version = version + 1, allocated = allocated - summed.quantity
FROM summed WHERE level.id = summed.level_id
"""


def lessen_holds(stock: LockedStock, subject: str, lines: Mapping[int, int]) -> None:
    """Gives back so many units (line -> units) of what is allocated to a subject: of the shelf that owes the most
    first, so that goods which lie there stay promised; what is packed stays so. One statement."""
    stock.is_known = False
    with connection.cursor() as cursor:
        cursor.execute(_LESSEN, [list(lines), list(lines.values()), subject])
