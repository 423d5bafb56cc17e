"""The stream as an endless play: at its end it starts again, with references of a new lap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from backend.market.files import DATA, StreamLine, read_stream, stream_length


@dataclass(frozen=True, slots=True)
class Invoice:
    """All lines of an invoice in one lap: an order, or what is brought back of earlier ones. The reference is the same
    whenever it is replayed: 536365, in later laps 536365 (2)."""

    lap: int
    reference: str
    lines: Sequence[StreamLine]

    @property
    def retailer(self) -> int:
        return self.lines[0].retailer

    @property
    def is_return(self) -> bool:
        return self.lines[0].is_return


@dataclass(frozen=True, slots=True)
class Step:
    """One line of one lap. `number` counts from 0 over all laps, `nth` from 1 within the invoice."""

    number: int
    invoice: Invoice
    nth: int

    @property
    def is_last(self) -> bool:
        """The invoice is complete."""
        return self.nth == len(self.invoice.lines)


def steps(start: int, folder: Path = DATA) -> Iterator[Step]:
    """The play of the stream in a folder from step `start` on, without end."""
    first_lap, skipped = divmod(start, stream_length(folder))
    number = start - skipped
    lap = first_lap + 1
    while True:
        for invoice in invoices(lap, folder):
            for nth in range(1, len(invoice.lines) + 1):
                if number >= start:
                    yield Step(number, invoice, nth)
                number += 1
        lap += 1


def invoices(lap: int = 1, folder: Path = DATA) -> Iterator[Invoice]:
    """One lap's, in the order of their time."""
    for number, lines in groupby(read_stream(folder), key=lambda line: line.invoice):
        yield Invoice(lap, number + (f" ({lap})" if lap > 1 else ""), list(lines))
