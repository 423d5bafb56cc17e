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

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.along import run
from backend.core.locking import locking
from backend.core.written import as_array, as_texts
from backend.events.kinds import Kind
from backend.inventory.disclosure import Disclosed
from backend.inventory.holds.allocating import Demand, Part, Shelf, Short, allocate
from backend.inventory.holds.limits import Tally, lasts
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.wishes import Wish
from backend.inventory.incoming.queries import promisable
from backend.inventory.models import Lot, StockItem, StockMove
from backend.inventory.settling import Standing
from backend.inventory.steps import tell_stock

_ITEM = ("sku_id", "disclosure", "version", "last_seq", "low_at", "is_low", "by_lots")
_LOCK = "SELECT * FROM stock_locked(%s, %s)"
_HOLD = "SELECT stock_held(%s, %s, %s, %s, %s, %s, %s)"
_MS = timedelta(milliseconds=1)

Answer = Sequence[Part] | Callable[[], Exception]
"""What was promised, or whatever makes the reason why not, in the language of whoever asks for it."""


@dataclass(slots=True)
class LockedStock:
    """SKUs whose stock nobody else changes until this transaction ends, and what their shelves can still promise."""

    items: dict[int, StockItem] = field(default_factory=dict)
    shelves: dict[int, list[Shelf]] = field(default_factory=dict)
    """By SKU."""
    standings: dict[int, Standing] = field(default_factory=dict)
    """As they were locked."""
    ended: int = 0
    """Levels of which something lapsed, or was given back, when they were locked."""
    moves: dict[int, list[StockMove]] = field(default_factory=dict)
    lots: dict[int, list[tuple[Lot, int]]] = field(default_factory=dict)
    """What left of which lot, by SKU."""
    is_known: bool = True
    """Nothing has changed the shelves since but what was promised of them."""

    def note(self, move: StockMove) -> None:
        """Goods came or went."""
        self.moves.setdefault(move.item_id, []).append(move)
        self.is_known = False

    def shelves_for(self, demands: Iterable[Demand]) -> list[Shelf]:
        return [shelf for sku in {each.sku_id: None for each in demands} for shelf in self.shelves.get(sku, ())]


def lock_stock(sku_ids: Iterable[int], *, freeing: str | Collection[str] = (), what: str = "") -> LockedStock:
    """Locks the SKUs in primary-key order, ends their lapsed holds, and reads their shelves. One statement, and one
    more where any of it is expected.

    Lots that are past their day are left out. What was never stocked is not there. All that the subjects `freeing` hold
    is given back first: to be promised anew, before anybody else can, or for good; of whatever SKUs, which are locked,
    too. `what` names them for whoever has to wait. Raises Busy.
    """
    subjects = [freeing] if isinstance(freeing, str) else freeing
    stock = LockedStock()
    with locking(what or _("the stock")):
        rows = _rows(_LOCK, as_array(sku_ids), as_texts(subjects))
    for row in rows:
        _add(stock, row)
    if expecting := [pk for pk, standing in stock.standings.items() if standing.incoming]:
        coming = promisable(expecting)
        for shelf in (shelf for pk in expecting for shelf in stock.shelves[pk]):
            shelf.coming = coming.get(shelf.level_id, ())
    return stock


def _rows(statement: str, *values: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _add(stock: LockedStock, row: tuple[Any, ...]) -> None:
    """A level of a SKU; None where it lies nowhere."""
    pk, (level_id, *shelf, incoming), (low_at, company_id, version, *shown), ended = (
        row[0],
        row[7:13],
        row[13:22],
        row[22],
    )
    if pk not in stock.items:
        stock.items[pk] = StockItem.from_db(DEFAULT_DB_ALIAS, _ITEM, row[:7])
        stock.shelves[pk] = []
        stock.standings[pk] = Standing(0, low_at, company_id, 0, version, Disclosed(*shown))
        stock.ended = ended
    if level_id:
        stock.shelves[pk].append(Shelf(level_id, pk, *shelf))
        stock.standings[pk].incoming += incoming


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
    granted = [
        (wish, part) for wish, answer in zip(wishes, answers, strict=True) if not callable(answer) for part in answer
    ]
    if granted:
        _write(granted)
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


def _write(granted: Sequence[tuple[Wish, Part]]) -> None:
    run(
        _HOLD,
        [
            as_array(part.level_id for _wish, part in granted),
            as_array(part.line for _wish, part in granted),
            as_array(part.quantity for _wish, part in granted),
            as_array(wish.holder_id for wish, _part in granted),
            as_texts(wish.kind for wish, _part in granted),
            as_texts(wish.subject for wish, _part in granted),
            as_array(_lasting(wish) for wish, _part in granted),
        ],
    )


def _lasting(wish: Wish) -> int | None:
    """In milliseconds."""
    longest = lasts(wish)
    return None if longest is None else longest // _MS


def settle_stock(stock: LockedStock, kind: Kind, *, actor: Actor) -> None:
    """Tells everybody what became of the locked stock. Once, after all that was promised."""
    for pk, standing in stock.standings.items():
        standing.available = sum(shelf.free for shelf in stock.shelves[pk])
    standings = stock.standings if stock.is_known else None
    tell_stock(kind, list(stock.items.values()), actor=actor, moves=stock.moves, standings=standings)
