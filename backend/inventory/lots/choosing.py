"""Which lots a move takes or brings. Pure: it reads no database."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def first_of(wanted: int, there: Iterable[tuple[T, int]]) -> Iterator[tuple[T, int]]:
    """So many units out of what is there, in that order: what expires first stands first."""
    for each, units in there:
        taken = min(wanted, units)
        wanted -= taken
        if taken > 0:
            yield each, taken
