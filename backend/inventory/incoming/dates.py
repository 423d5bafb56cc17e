"""What of the goods that are expected is still to be had, and when what is owed will be there. Pure."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Coming:
    """So many units on a day."""

    due_on: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Owed:
    """So many units of a promise do not lie there. `due_on`: when the last of them will; None: nobody knows."""

    quantity: int
    due_on: date | None


def left_after(coming: Iterable[Coming], owed: int, today: date) -> Sequence[Coming]:
    """What can still be promised, by day: what is owed already comes out of the first deliveries, and what is overdue
    is promised to nobody any more."""
    found = []
    for each in sorted(coming, key=lambda one: one.due_on):
        taken = min(owed, each.quantity)
        owed -= taken
        if each.quantity > taken and each.due_on >= today:
            found.append(Coming(each.due_on, each.quantity - taken))
    return found


def first_day(coming: Iterable[Coming]) -> Coming | None:
    """All that comes on the next day on which anything does."""
    listed = list(coming)
    first = min((each.due_on for each in listed), default=None)
    return Coming(first, sum(each.quantity for each in listed if each.due_on == first)) if first else None


def owed_by(promises: Iterable[tuple[K, int]], there: int, coming: Iterable[Coming]) -> Mapping[K, Owed]:
    """Who waits for what on one shelf: the first that was promised has what lies there, the next what comes first."""
    queue = sorted(coming, key=lambda one: one.due_on)
    found = {}
    for key, quantity in promises:
        owed = quantity - min(quantity, there)
        there -= quantity - owed
        found[key] = Owed(owed, _take(queue, owed))
    return found


def _take(queue: list[Coming], owed: int) -> date | None:
    """Takes it out of the queue; the day of the last part, or None where the queue ends before."""
    last = None
    while owed and queue:
        first = queue.pop(0)
        taken = min(owed, first.quantity)
        owed, last = owed - taken, first.due_on
        if first.quantity > taken:
            queue.insert(0, Coming(first.due_on, first.quantity - taken))
    return last if not owed else None
