"""XLSX, read in a process of its own: a workbook may take no more memory or time than that process is given, and
cannot take the worker with it. Run as a program it writes rows in COPY's text format; imports nothing of Django.
"""

import json
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

MOST_UNPACKED_BYTES = 400 * 1024 * 1024
MOST_MEMORY_BYTES = 1024 * 1024 * 1024
"""A sheet is held whole: 300,000 rows of 20 cells, 350 MB unpacked, take 580 MB."""
MOST_CPU_S = 300
FIRST_ROWS = 40
BLOCK_BYTES = 256 * 1024
BLOCK_ROWS = 1000
DATE = "\x02"
"""Begins a cell that the workbook holds as a date: a text may say what a date may not."""

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})


OUT_OF_MEMORY = 3


class Unreadable(Exception):
    """The workbook is damaged or protected."""


class TooMuch(Unreadable):
    """The workbook takes more memory or time than it may have."""


# --- In the worker or the web server ---------------------------------------------------------------------------------
def unpacked_bytes(path: Path) -> int:
    """What the archive says that it unpacks to. Raises zipfile.BadZipFile."""
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def first_rows(path: Path, most: int = FIRST_ROWS) -> list[list[str]]:
    """The first rows of its first visible sheet. Raises Unreadable, TooMuch."""
    command = [*_COMMAND, str(path), "first", str(most)]
    done = subprocess.run(command, capture_output=True, check=False, preexec_fn=_bounded)
    _look_at(done.returncode)
    rows: list[list[str]] = json.loads(done.stdout)
    return rows


def copy_blocks(path: Path, width: int, skip: int) -> Iterator[bytes]:
    """All rows after the first `skip`, for COPY: number, how many cells, the cells. Raises Unreadable, TooMuch."""
    command = [*_COMMAND, str(path), "rows", str(width), str(skip)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=_bounded) as child:
        assert child.stdout is not None  # noqa: S101
        try:
            while block := child.stdout.read(BLOCK_BYTES):
                yield block
        finally:
            child.stdout.close()
    _look_at(child.returncode)


def _look_at(code: int) -> None:
    """Whoever has run out of memory or time aborts, or is ended by the kernel: less than 0."""
    if code < 0 or code == OUT_OF_MEMORY:
        raise TooMuch
    if code:
        raise Unreadable


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))


_COMMAND = (sys.executable, "-m", "backend.core.tables.workbook")


# --- What both text formats share ------------------------------------------------------------------------------------
def copy_line(number: int, cells: Sequence[str], width: int) -> str:
    """A row for COPY: cells beyond the width are counted, not kept."""
    kept = [cell.translate(_ESCAPES) for cell in cells[:width]]
    return "\t".join([str(number), str(len(cells)), *kept, *[""] * (width - len(kept))])


def in_blocks(lines: Iterable[str]) -> Iterator[bytes]:
    """Lines, many at a time."""
    remaining = iter(lines)
    while some := list(islice(remaining, BLOCK_ROWS)):
        yield ("\n".join(some) + "\n").encode("utf-8", "replace")


# --- In the process of its own ---------------------------------------------------------------------------------------
def main(path: str, what: str, most: str = "0", skip: str = "0") -> None:
    """Writes the first rows as JSON, or all of them for COPY, each with at most so many cells."""
    rows = read_rows(path)
    if what == "first":
        json.dump([cells for _, cells in islice(rows, int(most))], sys.stdout)
        return
    lines = (copy_line(number, cells, int(most)) for number, cells in rows if number > int(skip) and any(cells))
    for block in in_blocks(lines):
        sys.stdout.buffer.write(block)


def read_rows(path: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first visible sheet, numbered as the spreadsheet numbers them, as text."""
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    workbook = CalamineWorkbook.from_path(path)
    shown = [one.name for one in workbook.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    sheet = workbook.get_sheet_by_name((shown or workbook.sheet_names)[0])
    left = sheet.start[1] if sheet.start else 0
    merged = Merged(sheet.merged_cell_ranges or ())
    for number, row in enumerate(sheet.iter_rows()):
        yield number + 1, merged.filled(number, [""] * left + [text_of(cell) for cell in row])


class Merged:
    """Cells merged downwards hold, in each of their rows, what stands in the first."""

    def __init__(self, ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> None:
        self.last_row_of: dict[tuple[int, int], int] = {first: last[0] for first, last in ranges if last[0] > first[0]}
        self.starting: dict[int, list[int]] = {}
        for row, column in self.last_row_of:
            self.starting.setdefault(row, []).append(column)
        self.open: dict[int, tuple[int, str]] = {}

    def filled(self, row: int, cells: list[str]) -> list[str]:
        for column in self.starting.get(row, ()):
            self.open[column] = (self.last_row_of[row, column], cells[column] if column < len(cells) else "")
        for column, (last, text) in list(self.open.items()):
            if row > last:
                del self.open[column]
            elif column < len(cells):
                cells[column] = text
        return cells


def text_of(cell: object) -> str:
    """A cell as its sheet shows it, without a format: 85123.0 is 85123; a date is marked as one."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime | date | time):
        return DATE + cell.isoformat()
    if isinstance(cell, timedelta):
        return DATE + str(cell)
    return _number(float(str(cell)))


def _number(number: float) -> str:
    """Fifteen digits, which is what a spreadsheet keeps, and never an exponent."""
    shown = f"{number:.15g}"
    return f"{Decimal(shown):f}" if "e" in shown else shown


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
