"""What is promised leaves its warehouse. Callers hold the transaction, and have locked the stock."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from backend.accounts.actor import Actor
from backend.inventory.holds.allocating import Short
from backend.inventory.holds.steps import LockedStock
from backend.inventory.lots.steps import take_first_expired
from backend.inventory.models import MoveKind, StockMove

_HELD = """
SELECT hold.line, sum(hold.quantity)::bigint, min(level.on_hand - level.expired)::bigint
FROM inventory_hold hold JOIN inventory_stocklevel level ON level.id = hold.level_id
WHERE hold.subject = %s AND hold.expires_at IS NULL AND level.warehouse_id = %s GROUP BY hold.line
"""
_SHIP = """
WITH wanted AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (line, quantity)
), hit AS (
    SELECT hold.id, hold.level_id, hold.quantity AS held, wanted.quantity
    FROM inventory_hold hold JOIN wanted USING (line) JOIN inventory_stocklevel level ON level.id = hold.level_id
    WHERE hold.subject = %s AND hold.expires_at IS NULL AND level.warehouse_id = %s
), gone AS (
    DELETE FROM inventory_hold hold USING hit WHERE hold.id = hit.id AND hit.quantity = hit.held
), less AS (
    UPDATE inventory_hold hold SET quantity = hit.held - hit.quantity
    FROM hit WHERE hold.id = hit.id AND hit.quantity < hit.held
), summed AS (SELECT level_id, sum(quantity)::bigint AS quantity FROM hit GROUP BY level_id)
UPDATE inventory_stocklevel level SET version = version + 1,
    on_hand = on_hand - summed.quantity, allocated = allocated - summed.quantity
FROM summed WHERE level.id = summed.level_id RETURNING level.item_id, level.id, summed.quantity, level.on_hand
"""


def ship_stock(
    stock: LockedStock, subject: str, warehouse_id: int, lines: Mapping[int, int], *, reference: str, actor: Actor
) -> None:
    """What was allocated to these lines (line -> units) leaves the warehouse, under a reference of its own.

    Raises Short with what each line could get from there: not more than was allocated, nor than lies there. Three
    statements.
    """
    held = {line: min(allocated, there) for line, allocated, there in _rows(_HELD, [subject, warehouse_id])}
    short = {line: held.get(line, 0) for line, wanted in lines.items() if wanted > held.get(line, 0)}
    if short:
        raise Short(short)
    for item_id, level_id, quantity, on_hand in _rows(
        _SHIP, [list(lines), list(lines.values()), subject, warehouse_id]
    ):
        item = stock.items[item_id]
        item.last_seq += 1
        move = StockMove(
            item=item,
            level_id=level_id,
            seq=item.last_seq,
            kind=MoveKind.SALE,
            quantity=-quantity,
            on_hand_after=on_hand,
            reference=reference,
            actor_id=actor.user_id,
        )
        stock.note(move)
    StockMove.objects.bulk_create(move for moves in stock.moves.values() for move in moves)
    _note_lots(stock, actor)


def _note_lots(stock: LockedStock, actor: Actor) -> None:
    """Of what is kept by lots, those that expire first have left."""
    moves = [move for pk, moves in stock.moves.items() if stock.items[pk].by_lots for move in moves]
    for move, parts in take_first_expired(moves, actor=actor).items() if moves else ():
        stock.lots.setdefault(move.item_id, []).extend((lot, -units) for lot, units in parts)


def _rows(statement: str, values: list[Any]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[int, ...]] = cursor.fetchall()
        return rows
