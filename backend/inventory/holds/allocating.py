"""Which shelves give what is wanted. Pure: it reads no database.

1. One warehouse that has all of it: in the receiver's country before any other, then the seller's oldest.
2. Otherwise line by line: shelves in the receiver's country first, the fullest first, as few of them as it takes.
3. What is on no shelf comes out of expected deliveries, the earliest day first.
4. What is not expected either comes from the backorder limits, the widest first. It ships when goods come in.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from backend.inventory.incoming.dates import Coming


@dataclass(frozen=True, slots=True)
class Demand:
    """So many units of sale of a SKU, for a line of whoever asks."""

    line: int
    sku_id: int
    quantity: int


@dataclass(slots=True)
class Shelf:
    """What one warehouse can still promise of a SKU: `free` units that lie there, those that are `coming` by day, then
    `backorder` that nobody has announced yet."""

    level_id: int
    sku_id: int
    warehouse_id: int
    country: str
    free: int
    backorder: int = 0
    coming: Sequence[Coming] = ()

    @property
    def left(self) -> int:
        """All that can still be promised."""
        return self.free + self.backorder + sum(each.quantity for each in self.coming)

    def give(self, wanted: int) -> int:
        """Takes up to so many of what lies here."""
        given = min(wanted, self.free)
        self.free -= given
        return given

    def expect(self, wanted: int) -> tuple[int, date | None]:
        """Promises up to so many of what comes first, and says on which day; that day's alone."""
        first, *later = self.coming
        taken = min(wanted, first.quantity)
        rest = [Coming(first.due_on, first.quantity - taken)] if first.quantity > taken else []
        self.coming = [*rest, *later]
        return taken, first.due_on

    def owe(self, wanted: int) -> int:
        """Promises up to so many of what does not lie here yet."""
        owed = min(wanted, self.backorder)
        self.backorder -= owed
        return owed


@dataclass(frozen=True, slots=True)
class Part:
    """What one shelf gives to a line; `owed` of the quantity do not lie there yet. `due_on`: when the last of them
    will; None: nobody knows."""

    line: int
    level_id: int
    quantity: int
    owed: int = 0
    due_on: date | None = None


class Short(Exception):
    """Some lines can't be had in full. `left` is how much could be, by line; nothing was taken."""

    def __init__(self, left: Mapping[int, int]) -> None:
        super().__init__(f"short: {dict(left)}")
        self.left = left


def allocate(demands: Sequence[Demand], shelves: Iterable[Shelf], country: str = "") -> Sequence[Part]:
    """The parts that make up every demand, all or none; lowers what the shelves have left. Raises Short."""
    by_sku: dict[int, list[Shelf]] = defaultdict(list)
    for shelf in shelves:
        by_sku[shelf.sku_id].append(shelf)
    wanted = summed(demands)
    _require_enough(demands, wanted, by_sku)
    first = _with_all(wanted, by_sku, country)
    return [part for demand in demands for part in _parts(demand, _in_turn(by_sku[demand.sku_id], country, first))]


def allocate_some(demand: Demand, shelves: Iterable[Shelf]) -> Sequence[Part]:
    """As much of a demand as the shelves of its SKU have, from the fullest on; lowers what they have left."""
    return _parts(demand, _in_turn(shelves, "", None))


def summed(demands: Iterable[Demand]) -> dict[int, int]:
    """Two lines of one SKU stand before one shelf together."""
    wanted: dict[int, int] = defaultdict(int)
    for demand in demands:
        wanted[demand.sku_id] += demand.quantity
    return wanted


def _require_enough(
    demands: Iterable[Demand], wanted: Mapping[int, int], by_sku: Mapping[int, Sequence[Shelf]]
) -> None:
    left = {sku: sum(shelf.left for shelf in by_sku.get(sku, ())) for sku in wanted}
    short = {demand.line: left[demand.sku_id] for demand in demands if wanted[demand.sku_id] > left[demand.sku_id]}
    if short:
        raise Short(short)


def _with_all(wanted: Mapping[int, int], by_sku: Mapping[int, Sequence[Shelf]], country: str) -> int | None:
    """The warehouse that has everything, if there is one."""
    has: dict[int, list[Shelf]] = defaultdict(list)
    for sku, quantity in wanted.items():
        for shelf in by_sku[sku]:
            if shelf.free >= quantity:
                has[shelf.warehouse_id].append(shelf)
    complete = [shelves[0] for shelves in has.values() if len(shelves) == len(wanted)]
    best = min(complete, key=lambda shelf: (shelf.country != country, shelf.warehouse_id), default=None)
    return best.warehouse_id if best else None


def _in_turn(shelves: Iterable[Shelf], country: str, first: int | None) -> Sequence[Shelf]:
    return sorted(
        shelves, key=lambda each: (each.warehouse_id != first, each.country != country, -each.free, each.level_id)
    )


def _parts(demand: Demand, shelves: Sequence[Shelf]) -> list[Part]:
    left, given = demand.quantity, dict.fromkeys((s.level_id for s in shelves), 0)
    owed, days = dict(given), dict[int, list[date | None]]()
    for shelf in shelves:
        given[shelf.level_id] = shelf.give(left)
        left -= given[shelf.level_id]
    for shelf, taken, day in _promised(left, shelves):
        owed[shelf.level_id] += taken
        days.setdefault(shelf.level_id, []).append(day)
    return [
        Part(demand.line, pk, given[pk] + owed[pk], owed[pk], last_day(days.get(pk, ())))
        for pk in given
        if given[pk] + owed[pk]
    ]


def last_day(days: Iterable[date | None]) -> date | None:
    """When all of it is there; None where one of them is unknown."""
    known = list(days)
    return None if None in known else max((day for day in known if day), default=None)


def _promised(left: int, shelves: Sequence[Shelf]) -> Iterator[tuple[Shelf, int, date | None]]:
    """What does not lie there: out of what comes first, wherever that is; then out of what may be owed."""
    while left and (coming := [shelf for shelf in shelves if shelf.coming]):
        shelf = min(coming, key=lambda each: each.coming[0].due_on)
        taken, day = shelf.expect(left)
        left -= taken
        yield shelf, taken, day
    for shelf in sorted(shelves, key=lambda each: -each.backorder):
        if taken := shelf.owe(left):
            left -= taken
            yield shelf, taken, None
