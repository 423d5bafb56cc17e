"""The stream as an endless play: at its end it starts again, with references of a new lap."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from backend.market.files import DATA, StreamLine, read_stream, stream_length


@dataclass(frozen=True, slots=True)
class Step:
    """One line of one lap. `number` counts from 0 over all laps; the reference is the same whenever it is replayed."""

    number: int
    lap: int
    reference: str
    line: StreamLine


def steps(start: int, folder: Path = DATA) -> Iterator[Step]:
    """The play of the stream in a folder from step `start` on, without end."""
    length = stream_length(folder)
    first_lap, skipped = divmod(start, length)
    number = start
    lap = first_lap + 1
    while True:
        for reference, line in islice(_lines(lap, folder), skipped, None):
            yield Step(number, lap, reference, line)
            number += 1
        lap, skipped = lap + 1, 0


def _lines(lap: int, folder: Path) -> Iterator[tuple[str, StreamLine]]:
    """Each line with its invoice's number and its place there: 536365/3, in later laps 536365/3 (2)."""
    invoice, nth = "", 0
    for line in read_stream(folder):
        nth = nth + 1 if line.invoice == invoice else 1
        invoice = line.invoice
        yield f"{invoice}/{nth}" + (f" ({lap})" if lap > 1 else ""), line
