"""What is promised of the stock, written in sets: the number of statements is the same for one line and a thousand.

Lock the SKUs once, promise or release, then settle once:

    stock = lock_stock(sku_ids)
    parts = hold_stock(stock, demands, …)
    settle_stock(stock, Kind.…, actor=actor)

What one subject holds becomes another's (an approval's an order's, a quote's an order's) by `lock_stock(…,
freeing=subject)`: it is given back and promised anew before anybody else can have it, and what has lapsed meanwhile is
had again, if it is there.

Callers hold the transaction. A hold that has lapsed is gone for whoever locks, whether or not it was swept.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.locking import lock
from backend.events.kinds import Kind
from backend.inventory.holds.allocating import Demand, Part, Shelf, Short, allocate
from backend.inventory.holds.ending import end_lapsed
from backend.inventory.holds.limits import LIMITS, require_within
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.queries import held_skus
from backend.inventory.models import MoveKind, StockItem, StockMove
from backend.inventory.steps import tell_stock

_SHELVES = """
SELECT level.id, level.item_id, level.warehouse_id, warehouse.country,
    greatest(own.free, 0), greatest(level.backorder_limit + least(own.free, 0), 0)
FROM inventory_stocklevel level JOIN inventory_warehouse warehouse ON warehouse.id = level.warehouse_id
CROSS JOIN LATERAL (SELECT on_hand - allocated - reserved - safety AS free) own
WHERE level.item_id = ANY(%s) AND warehouse.closed_at IS NULL ORDER BY level.id
"""
_HOLD = """
WITH part AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS part (level_id, line, quantity)
), summed AS (
    SELECT level_id, sum(quantity) AS quantity FROM part GROUP BY level_id
), changed AS (
    UPDATE inventory_stocklevel level SET version = version + 1,
        allocated = allocated + CASE WHEN %s::interval IS NULL THEN summed.quantity ELSE 0 END,
        reserved = reserved + CASE WHEN %s::interval IS NULL THEN 0 ELSE summed.quantity END
    FROM summed WHERE level.id = summed.level_id
)
INSERT INTO inventory_hold (level_id, holder_id, kind, subject, line, quantity, expires_at)
SELECT level_id, %s, %s, %s, line, quantity, statement_timestamp() + %s::interval FROM part
"""
_HELD = """
SELECT hold.line, sum(hold.quantity)::bigint, min(level.on_hand)::bigint
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


@dataclass(slots=True)
class LockedStock:
    """SKUs whose stock nobody else changes until this transaction ends, and what their shelves can still promise."""

    items: Mapping[int, StockItem]
    shelves: Sequence[Shelf]
    moves: dict[int, list[StockMove]] = field(default_factory=dict)


def lock_stock(sku_ids: Collection[int], *, freeing: str = "", what: str = "") -> LockedStock:
    """Locks the SKUs in primary-key order, ends their lapsed holds, and reads their shelves. Four statements.

    What was never stocked is not there. All that the subject `freeing` holds is given back first: to be promised
    anew, before anybody else can, or for good; of whatever SKUs, which are locked, too (one statement more). `what`
    names them for whoever has to wait. Raises Busy.
    """
    pks = sorted({*sku_ids, *(held_skus(freeing) if freeing else ())})
    items = {item.pk: item for item in lock(StockItem.objects.of_skus(pks), what=what or _("the stock"))}
    end_lapsed(pks, freeing=freeing)
    return LockedStock(items, _shelves(pks))


def hold_stock(
    stock: LockedStock,
    demands: Sequence[Demand],
    *,
    kind: HoldKind,
    holder_id: int,
    subject: str,
    country: str = "",
    expires_in: timedelta | None = None,
) -> Sequence[Part]:
    """Promises all of it to a subject, or raises Short, or what LIMITS refuse, and promises nothing.

    `expires_in` from now, by the database's clock; None: as long as its kind may, and what is ordered for ever.
    `country` is where it goes to. One statement for what is ordered, two for what has an end.
    """
    if kind != HoldKind.ORDER:
        expires_in = LIMITS[kind].longest if expires_in is None else expires_in
        require_within(kind, expires_in, demands, stock.shelves, who=holder_id, subject=subject)
    parts = allocate(demands, stock.shelves, country)
    columns = [list(column) for column in zip(*((p.level_id, p.line, p.quantity) for p in parts), strict=True)]
    _run(_HOLD, [*columns, expires_in, expires_in, holder_id, kind, subject, expires_in])
    return parts


def ship_stock(
    stock: LockedStock, subject: str, warehouse_id: int, lines: Mapping[int, int], *, reference: str, actor: Actor
) -> None:
    """What was allocated to these lines (line -> units) leaves the warehouse, under a reference of its own.

    Raises Short with what each line could get from there: not more than was allocated, nor than lies there. Three
    statements.
    """
    held = {line: min(allocated, there) for line, allocated, there in _numbers(_HELD, [subject, warehouse_id])}
    short = {line: held.get(line, 0) for line, wanted in lines.items() if wanted > held.get(line, 0)}
    if short:
        raise Short(short)
    for item_id, level_id, quantity, on_hand in _numbers(
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
        stock.moves.setdefault(item_id, []).append(move)
    StockMove.objects.bulk_create(move for moves in stock.moves.values() for move in moves)


def settle_stock(stock: LockedStock, kind: Kind, *, actor: Actor) -> None:
    """Tells everybody what became of the locked stock. Once, after all that was promised."""
    tell_stock(kind, list(stock.items.values()), actor=actor, moves=stock.moves)


def _shelves(pks: list[int]) -> Sequence[Shelf]:
    with connection.cursor() as cursor:
        cursor.execute(_SHELVES, [pks])
        return [Shelf(*row) for row in cursor.fetchall()]


def _numbers(statement: str, values: list[Any]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[int, ...]] = cursor.fetchall()
        return rows


def _run(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
