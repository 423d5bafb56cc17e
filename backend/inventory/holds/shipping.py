"""What is promised leaves its warehouse. Callers hold the transaction, and have locked the stock."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from backend.accounts.actor import Actor
from backend.inventory.holds.allocating import Short
from backend.inventory.holds.steps import LockedStock
from backend.inventory.lots.steps import Parts, take_first_expired, write_lots
from backend.inventory.models import Lot, MoveKind, StockMove

# What is good and in no parcel: what lies there, less what has expired, less what is packed of what has not.
_GOOD_AND_LOOSE = """
level.on_hand - level.expired - level.packed + coalesce((
    SELECT sum(own.packed) FROM inventory_lotlevel own JOIN inventory_lot lot ON lot.id = own.lot_id
    WHERE own.level_id = level.id AND lot.expired_at IS NOT NULL), 0)::bigint
"""
_HELD = f"""
SELECT hold.line, CASE WHEN %s THEN hold.packed ELSE hold.quantity - hold.packed END,
    {_GOOD_AND_LOOSE} + CASE WHEN %s THEN hold.packed ELSE 0 END
FROM inventory_hold hold JOIN inventory_stocklevel level ON level.id = hold.level_id
WHERE hold.subject = %s AND hold.expires_at IS NULL AND level.warehouse_id = %s
"""  # noqa: S608  # of constants
"""What is in parcels, whoever's it is, lies there for nobody else."""
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
    UPDATE inventory_hold hold SET quantity = hit.held - hit.quantity,
        packed = hold.packed - CASE WHEN %s THEN hit.quantity ELSE 0 END
    FROM hit WHERE hold.id = hit.id AND hit.quantity < hit.held
), summed AS (SELECT level_id, sum(quantity)::bigint AS quantity FROM hit GROUP BY level_id)
UPDATE inventory_stocklevel level SET version = version + 1,
    on_hand = on_hand - summed.quantity, allocated = allocated - summed.quantity,
    packed = packed - CASE WHEN %s THEN summed.quantity ELSE 0 END
FROM summed WHERE level.id = summed.level_id RETURNING level.item_id, level.id, summed.quantity, level.on_hand
"""


def ship_stock(
    stock: LockedStock, subject: str, warehouse_id: int, lines: Mapping[int, int], *, reference: str, actor: Actor
) -> None:
    """What was allocated to these lines (line -> units), and is in no parcel, leaves the warehouse, under a reference
    of its own.

    Raises Short with what each line could get from there: not more than was allocated, nor than lies there. Three
    statements.
    """
    require_there(subject, warehouse_id, lines)
    moves = _leave(stock, subject, warehouse_id, lines, reference, actor, packed=False)
    _note_lots(stock, take_first_expired(moves, actor=actor) if moves else {})


def ship_packed_stock(
    stock: LockedStock,
    subject: str,
    warehouse_id: int,
    lines: Mapping[int, int],
    lots: Mapping[int, Sequence[tuple[Lot, int]]],
    *,
    reference: str,
    actor: Actor,
) -> None:
    """The same of what is in parcels: of just those lots (by SKU) that were packed. What was packed before its SKU was
    kept by lots is of those that expire first."""
    require_there(subject, warehouse_id, lines, packed=True)
    moves = _leave(stock, subject, warehouse_id, lines, reference, actor, packed=True)
    named: dict[StockMove, Parts] = {
        move: [(lot, -units) for lot, units in lots[move.item_id]] for move in moves if move.item_id in lots
    }
    unnamed = [move for move in moves if move not in named]
    if named:
        write_lots(named, actor=actor)
    _note_lots(stock, {**named, **(take_first_expired(unnamed, actor=actor) if unnamed else {})})


def require_there(subject: str, warehouse_id: int, lines: Mapping[int, int], *, packed: bool = False) -> None:
    """Raises Short where less than that could leave the warehouse, or be packed there, with how much. One query."""
    rows = _rows(_HELD, [packed, packed, subject, warehouse_id])
    there = {line: max(min(allocated, there), 0) for line, allocated, there in rows}
    short = {line: there.get(line, 0) for line, wanted in lines.items() if wanted > there.get(line, 0)}
    if short:
        raise Short(short)


def _leave(
    stock: LockedStock,
    subject: str,
    warehouse_id: int,
    lines: Mapping[int, int],
    reference: str,
    actor: Actor,
    *,
    packed: bool,
) -> Sequence[StockMove]:
    """Answers the moves of what is kept by lots."""
    moves = []
    values = [list(lines), list(lines.values()), subject, warehouse_id, packed, packed]
    for item_id, level_id, quantity, on_hand in _rows(_SHIP, values):
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
        moves.append(move)
    StockMove.objects.bulk_create(moves)
    return [move for move in moves if stock.items[move.item_id].by_lots]


def _note_lots(stock: LockedStock, gone: Mapping[StockMove, Parts]) -> None:
    for move, parts in gone.items():
        stock.lots.setdefault(move.item_id, []).extend((lot, -units) for lot, units in parts)


def _rows(statement: str, values: list[Any]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[int, ...]] = cursor.fetchall()
        return rows
