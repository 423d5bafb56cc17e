"""On which days a standing order is due. Pure rules."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from backend.orders.standing.states import Every

MOST = {Every.DAYS: 365, Every.WEEKS: 52, Every.MONTHS: 24}


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every so many days, weeks or months from a first day on. Of a month that is too short, its last day."""

    first: date
    every: Every
    n: int = 1

    def days(self) -> Iterator[date]:
        """All of them, without end."""
        return (self._nth(k) for k in count())

    def next_after(self, day: date) -> date:
        """The first one that is later."""
        return next(due for due in self._from(day) if due > day)

    def due_until(self, next_on: date, today: date) -> list[date]:
        """Those from one that is known to be due up to today."""
        due = []
        while next_on <= today:
            due.append(next_on)
            next_on = self.next_after(next_on)
        return due

    def _from(self, day: date) -> Iterator[date]:
        """From shortly before a day on: nobody counts through years."""
        unit = {Every.DAYS: 1, Every.WEEKS: 7, Every.MONTHS: 31}[self.every] * self.n
        return (self._nth(k) for k in count(max(0, (day - self.first).days // unit - 1)))

    def _nth(self, k: int) -> date:
        if self.every == Every.MONTHS:
            return _months_later(self.first, k * self.n)
        return self.first + timedelta(days=k * self.n * (7 if self.every == Every.WEEKS else 1))


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
