"""What moved of a SKU, and how its stock came to be what it is. Each function says how many queries it costs, and its
test says that number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from backend.catalog.queries import EXPORTED_AT_ONCE, Page, page_of
from backend.core.written import fetch
from backend.inventory.models import MoveKind, StockItem

MOVES_SIZE = 50
HISTORY_SIZE = 200


@dataclass(frozen=True, slots=True)
class MoveView:
    """One line of a SKU's movements: fragment inventory/_movement.html, topic `stock_moves:<sku>`."""

    sku_id: int
    seq: int
    """Counts the moves of its SKU from 1 on, without a gap."""
    moved_at: datetime
    kind: str
    reason: str
    reference: str
    by: str
    warehouse: str
    quantity: int
    on_hand_after: int

    @property
    def kind_label(self) -> str:
        return str(MoveKind(self.kind).label)


@dataclass(frozen=True, slots=True)
class MovesPage:
    page: Page
    moves: Sequence[MoveView] = field(default_factory=tuple)

    @property
    def last_seq(self) -> int:
        """The newest move that this page shows: the version of its log."""
        return max((move.seq for move in self.moves), default=0)


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """From this moment on so many units lay there."""

    at: datetime
    on_hand: int


@dataclass(frozen=True, slots=True)
class HistoryView:
    """A SKU's stock over time, oldest first: fragment inventory/_history.html, topic `stock_history:<sku>`."""

    sku_id: int
    version: int
    points: Sequence[HistoryPoint]


def stock_history(sku_id: int) -> HistoryView:
    """How many units lay in all warehouses together after each of the last moves. One query.

    It counts back from what lies there now, which is read in the same statement. Its version is the last move's seq.
    """
    newest = fetch(_HISTORY, {"sku": sku_id, "size": HISTORY_SIZE})
    points, on_hand = [], newest[0][2] if newest else 0
    for moved_at, quantity, _now, _seq in newest:
        points.append(HistoryPoint(moved_at, on_hand))
        on_hand -= quantity
    return HistoryView(sku_id, newest[0][3] if newest else 0, tuple(points[::-1]))


def moves(sku_id: int, *, number: int = 1) -> MovesPage:
    """A page of a SKU's moves, the newest first; the last one, if there are not so many. One query.

    A seq counts without a gap, so the last one is how many there are.
    """
    rows = fetch(_NEWEST_MOVES, {"sku": sku_id, "number": number, "size": MOVES_SIZE})
    page = page_of(number, MOVES_SIZE, rows[0][-1] if rows else 0)
    return MovesPage(page, [MoveView(*row[:-1]) for row in rows])


def last_move(sku_id: int) -> int:
    """The seq of a SKU's last move; 0 where there is none. One query."""
    return StockItem.objects.of_sku(sku_id).values_list("last_seq", flat=True).first() or 0


def moves_between(sku_id: int, first: int, last: int) -> Sequence[MoveView]:
    """A SKU's moves from seq `first` to `last`, in order. One query."""
    return [MoveView(*row[:-1]) for row in fetch(_MOVES_BETWEEN, {"sku": sku_id, "first": first, "last": last})]


def every_move(sku_id: int) -> Iterator[MoveView]:
    """All of a SKU's moves as of now, the newest first. A query, and one for each EXPORTED_AT_ONCE."""
    for last in range(last_move(sku_id), 0, -EXPORTED_AT_ONCE):
        yield from reversed(moves_between(sku_id, last - EXPORTED_AT_ONCE + 1, last))


_MOVES = """
SELECT move.item_id, move.seq, move.moved_at, move.kind, move.reason, move.reference,
    coalesce(nullif(person.name, ''), person.email, ''), house.name, move.quantity, move.on_hand_after, item.last_seq
FROM inventory_stockmove AS move JOIN inventory_stockitem AS item ON item.sku_id = move.item_id
JOIN inventory_stocklevel AS level ON level.id = move.level_id
JOIN inventory_warehouse AS house ON house.id = level.warehouse_id
LEFT JOIN accounts_user AS person ON person.id = move.actor_id
WHERE move.item_id = %(sku)s
"""
_MOVES_BETWEEN = f"{_MOVES} AND move.seq BETWEEN %(first)s AND %(last)s ORDER BY move.seq"
_NEWEST_MOVES = f"""
{_MOVES} ORDER BY move.seq DESC LIMIT %(size)s OFFSET (
    SELECT least(%(number)s - 1, greatest(last_seq - 1, 0) / %(size)s) * %(size)s
    FROM inventory_stockitem WHERE sku_id = %(sku)s)
"""  # noqa: S608  # of constants
_HISTORY = """
SELECT moved_at, quantity, (SELECT sum(on_hand)::bigint FROM inventory_stocklevel WHERE item_id = %(sku)s), seq
FROM inventory_stockmove WHERE item_id = %(sku)s ORDER BY seq DESC LIMIT %(size)s
"""
