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

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.locking import lock
from backend.events.kinds import Kind
from backend.inventory.holds.allocating import Demand, Part, Shelf, Short, allocate
from backend.inventory.holds.ending import end_lapsed
from backend.inventory.holds.limits import Tally, lasts
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.queries import held_skus
from backend.inventory.holds.wishes import Wish
from backend.inventory.incoming.queries import promisable
from backend.inventory.lots.steps import expire_lots, take_first_expired
from backend.inventory.models import Lot, MoveKind, StockItem, StockMove
from backend.inventory.steps import tell_stock

_SHELVES = """
SELECT level.id, level.item_id, level.warehouse_id, warehouse.country,
    greatest(own.free, 0), greatest(level.backorder_limit + least(own.free + level.incoming, 0), 0), level.incoming
FROM inventory_stocklevel level JOIN inventory_warehouse warehouse ON warehouse.id = level.warehouse_id
CROSS JOIN LATERAL (SELECT on_hand - expired - allocated - reserved - safety AS free) own
WHERE level.item_id = ANY(%s) AND warehouse.closed_at IS NULL ORDER BY level.id
"""
_HOLD = """
WITH part AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::interval[])
        AS part (level_id, line, quantity, holder_id, kind, subject, lasts)
), summed AS (
    SELECT level_id, coalesce(sum(quantity) FILTER (WHERE lasts IS NULL), 0) AS allocated,
        coalesce(sum(quantity) FILTER (WHERE lasts IS NOT NULL), 0) AS reserved
    FROM part GROUP BY level_id
), changed AS (
    UPDATE inventory_stocklevel level SET version = version + 1,
        allocated = level.allocated + summed.allocated, reserved = level.reserved + summed.reserved
    FROM summed WHERE level.id = summed.level_id
)
INSERT INTO inventory_hold (level_id, holder_id, kind, subject, line, quantity, expires_at)
SELECT level_id, holder_id, kind, subject, line, quantity, statement_timestamp() + lasts FROM part
ON CONFLICT (subject, line, level_id) DO UPDATE SET quantity = inventory_hold.quantity + excluded.quantity
"""
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


Answer = Sequence[Part] | Callable[[], Exception]
"""What was promised, or whatever makes the reason why not, in the language of whoever asks for it."""


@dataclass(slots=True)
class LockedStock:
    """SKUs whose stock nobody else changes until this transaction ends, and what their shelves can still promise."""

    items: Mapping[int, StockItem]
    shelves: Mapping[int, Sequence[Shelf]]
    """By SKU."""
    ended: int = 0
    """Levels of which something lapsed, or was given back, when they were locked."""
    moves: dict[int, list[StockMove]] = field(default_factory=dict)
    lots: dict[int, list[tuple[Lot, int]]] = field(default_factory=dict)
    """What left of which lot, by SKU."""

    def shelves_for(self, demands: Iterable[Demand]) -> list[Shelf]:
        return [shelf for sku in {each.sku_id: None for each in demands} for shelf in self.shelves.get(sku, ())]


def lock_stock(sku_ids: Iterable[int], *, freeing: str | Collection[str] = (), what: str = "") -> LockedStock:
    """Locks the SKUs in primary-key order, ends their lapsed holds, and reads their shelves. Three statements.

    Lots that are past their day are left out. What was never stocked is not there. All that the subjects `freeing` hold
    is given back first: to be promised anew, before anybody else can, or for good; of whatever SKUs, which are locked,
    too (one statement more). `what` names them for whoever has to wait. Raises Busy.
    """
    subjects = [freeing] if isinstance(freeing, str) else list(freeing)
    pks = sorted({*sku_ids, *(held_skus(subjects) if subjects else ())})
    items = {item.pk: item for item in lock(StockItem.objects.of_skus(pks), what=what or _("the stock"))}
    ended = end_lapsed(pks, freeing=subjects)
    expire_lots(items.values())
    return LockedStock(items, _shelves(pks), ended)


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
    """Promises one wish. Raises Short, or Refused for what its LIMITS refuse, and promises nothing."""
    (answer,) = hold_all(stock, [Wish(demands, kind, holder_id, subject, country, expires_in)])
    if callable(answer):
        raise answer()
    return answer


def hold_all(stock: LockedStock, wishes: Sequence[Wish]) -> Sequence[Answer]:
    """Promises what can be, each wish all or none, in their order. One statement; two, where any of it has an end.

    What a line holds on a shelf already becomes more.
    """
    tally = Tally(wishes)
    answers = [_answer(stock, tally, wish) for wish in wishes]
    rows = [
        (part.level_id, part.line, part.quantity, wish.holder_id, wish.kind, wish.subject, lasts(wish))
        for wish, answer in zip(wishes, answers, strict=True)
        if not callable(answer)
        for part in answer
    ]
    if rows:
        _run(_HOLD, [list(column) for column in zip(*rows, strict=True)])
    return answers


def _answer(stock: LockedStock, tally: Tally, wish: Wish) -> Answer:
    shelves = stock.shelves_for(wish.demands)
    if no := tally.no_to(wish, shelves):
        return no
    try:
        parts = allocate(wish.demands, shelves, wish.country)
    except Short as short:
        return partial(Short, short.left)
    tally.add(wish)
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
    _note_lots(stock, actor)


def _note_lots(stock: LockedStock, actor: Actor) -> None:
    """Of what is kept by lots, those that expire first have left."""
    moves = [move for pk, moves in stock.moves.items() if stock.items[pk].by_lots for move in moves]
    for move, parts in take_first_expired(moves, actor=actor).items() if moves else ():
        stock.lots.setdefault(move.item_id, []).extend((lot, -units) for lot, units in parts)


def settle_stock(stock: LockedStock, kind: Kind, *, actor: Actor) -> None:
    """Tells everybody what became of the locked stock. Once, after all that was promised."""
    tell_stock(kind, list(stock.items.values()), actor=actor, moves=stock.moves)


def _shelves(pks: list[int]) -> Mapping[int, Sequence[Shelf]]:
    """One statement; two more where any of it is expected."""
    found: dict[int, list[Shelf]] = defaultdict(list)
    rows = _numbers(_SHELVES, [pks])
    coming = promisable(pks) if any(row[-1] for row in rows) else {}
    for *row, _incoming in rows:
        shelf = Shelf(*row)  # type: ignore[arg-type]  # one column is a country
        shelf.coming = coming.get(shelf.level_id, ())
        found[shelf.sku_id].append(shelf)
    return found


def _numbers(statement: str, values: list[Any]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[int, ...]] = cursor.fetchall()
        return rows


def _run(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
