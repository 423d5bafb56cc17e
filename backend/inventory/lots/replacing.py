"""What was promised out of lots that are past their day is promised anew. Pure: it reads no database.

1. What lies free elsewhere goes to whoever was promised theirs first.
2. What its own shelf will never have, being more than it expects and may owe, comes out of what others expect, then of
   what they may owe; of whoever was promised theirs last.

What is left after that stays on its shelf, and is owed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from backend.inventory.holds.allocating import Demand, Part, Shelf, allocate_some
from backend.inventory.incoming.dates import owed_by


@dataclass(frozen=True, slots=True)
class Promise:
    """So many units of a shelf that a line of a subject holds."""

    hold_id: int
    level_id: int
    sku_id: int
    subject: str
    line: int
    quantity: int


Replacement = tuple[Promise, Part]
"""So many units of a promise go over to another shelf."""


def lost_of(promises: Sequence[Promise], there: int, expired: int) -> Sequence[Promise]:
    """What of a shelf's promises, in the order in which they were made, would lie there if nothing had expired."""
    queue = [(each, each.quantity) for each in promises]
    now, before = owed_by(queue, max(there, 0), ()), owed_by(queue, max(there + expired, 0), ())
    lost = [replace(each, quantity=now[each].quantity - before[each].quantity) for each in promises]
    return [each for each in lost if each.quantity]


def replacements(lost: Sequence[Promise], shelves: Sequence[Shelf], beyond: Mapping[int, int]) -> Sequence[Replacement]:
    """Where what is lost is promised anew; `beyond` says by level how much of it its own shelf will never have."""
    found = list(_placed(lost, [replace(each, backorder=0, coming=()) for each in shelves]))
    gone, stranded = Counter[int](), Counter(beyond)
    for promise, part in found:
        gone[promise.hold_id] += part.quantity
        stranded[promise.level_id] -= part.quantity
    left = [replace(each, quantity=each.quantity - gone[each.hold_id]) for each in lost]
    return [*found, *_placed(_last_of(left, stranded), [replace(each, free=0) for each in shelves])]


def _placed(promises: Sequence[Promise], shelves: Sequence[Shelf]) -> Iterator[Replacement]:
    for each in promises:
        for part in allocate_some(Demand(each.hold_id, each.sku_id, each.quantity), shelves):
            yield each, part


def _last_of(promises: Sequence[Promise], stranded: Mapping[int, int]) -> Sequence[Promise]:
    """As much of each shelf's promises as is stranded there, from the last one on."""
    found, still = [], Counter(stranded)
    for each in reversed(promises):
        units = max(min(each.quantity, still[each.level_id]), 0)
        still[each.level_id] -= units
        found.append(replace(each, quantity=units))
    return [each for each in found if each.quantity]
