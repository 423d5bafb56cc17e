"""Any list as a file: its columns are declared once, its rows are streamed, and no cell of it is ever a formula."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from tempfile import NamedTemporaryFile
from typing import IO, Generic, TypeVar

import xlsxwriter
from django.utils.functional import Promise

R = TypeVar("R")
Value = str | bool | int | Decimal | datetime | None
"""A truth is a yes or a no, as imports read it."""
ROWS_A_BLOCK = 500
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST_SHEET_ROWS = 1_048_575
"""A sheet of XLSX has no more, below its header."""


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column of a list: what it is called, and what it says of a row."""

    title: str | Promise
    value: Callable[[R], Value]


def guarded(text: str) -> str:
    """A text that a spreadsheet would take for a formula, so that it stays a text (OWASP, "CSV Injection")."""
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


def unguarded(text: str) -> str:
    """The text itself, out of a file that was exported."""
    return text[1:] if text.startswith("'") and guarded(text[1:]) == text else text


def csv_blocks(columns: Sequence[Column[R]], rows: Iterable[R]) -> Iterator[bytes]:
    """UTF-8 with its mark, which spreadsheets need to see, some rows at a time."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([str(column.title) for column in columns])
    yield b"\xef\xbb\xbf"
    for count, row in enumerate(rows, 1):
        writer.writerow([_text(column.value(row)) for column in columns])
        if count % ROWS_A_BLOCK == 0:
            yield _taken(written)
    yield _taken(written)


def xlsx_file(columns: Sequence[Column[R]], rows: Iterable[R], name: str) -> IO[bytes]:
    """A workbook with one sheet, in a file that is gone when it is closed; memory for one row at a time."""
    file = NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115 - whoever sends it closes it
    workbook = xlsxwriter.Workbook(
        file.name,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True},
    )
    sheet = workbook.add_worksheet(name[:31])
    bold, moment = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(columns):
        sheet.write_string(0, index, str(column.title), bold)
    for number, row in zip(range(1, MOST_SHEET_ROWS + 1), rows, strict=False):
        for index, column in enumerate(columns):
            _write(sheet, number, index, column.value(row), moment)
    workbook.close()
    return file


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: Value, moment: object) -> None:
    if isinstance(value, bool):
        sheet.write_string(row, column, _text(value))
    elif isinstance(value, int | Decimal):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value, moment)
    elif value:
        sheet.write_string(row, column, value)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return guarded(value) if isinstance(value, str) else "" if value is None else str(value)


def _taken(written: io.StringIO) -> bytes:
    block = written.getvalue().encode()
    written.seek(0)
    written.truncate()
    return block
