"""The rows of a price list's table as lines, and what is wrong with those that are none. Pure rules."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backend.catalog.lists.sheets.fields import FIELD_OF
from backend.catalog.lists.sheets.models import ListSheet
from backend.catalog.pricing.contradictions import Entry, check_entry
from backend.catalog.pricing.reading import read_percent, read_price
from backend.catalog.pricing.terms import ListTerms, Step
from backend.catalog.transfer.attributes import NO, YES
from backend.catalog.transfer.exporting import unguarded
from backend.catalog.transfer.problems import WHAT
from backend.core.errors import Refused
from backend.core.quantity import UNIT_WORDS, is_grouped, parse_quantity, whole_number
from backend.core.tables.sniffing import SWAPPED
from backend.core.tables.workbook import DATE

TAKES_OUT = "-"
"""Instead of a price: the line leaves the list."""
SPACES = re.compile(r"(?<=\d)[ '’](?=\d{3})")
FAILED = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)")
SHORTENED = re.compile(r"\d([.,]\d+)?[Ee]\+\d+")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell, and what would be accepted; `code` is the SKU of the row. Rows count from 1."""

    row: int
    column: str
    cell: str
    what: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row that can be read; `step` is None where it takes its line out, `may_be_dearer` where it does not say."""

    row: int
    code: str
    quantity: int
    step: Step | None
    may_be_dearer: bool | None = None
    unit: str = ""


def read_lines(sheet: ListSheet, terms: ListTerms) -> tuple[Sequence[Line], Sequence[Problem]]:
    """What the rows say, in order; a row with anything wrong in it is no line."""
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, cells in enumerate(sheet.rows[sheet.header_row :], sheet.header_row + 1):
        if any(cells):
            row = _Row(sheet, terms, number)
            lines.extend(row.line(cells))
            problems.extend(row.problems)
    return lines, problems


def problem_at(sheet: ListSheet, row: int, name: str, what: str) -> Problem:
    """What is wrong with the cell of a row that holds this field."""
    column = sheet.mapping.get(name, sheet.mapping["code"])
    title = sheet.titles[column] or _("Column %(number)d") % {"number": column + 1}
    cells = sheet.rows[row - 1]
    code = _cell(cells, sheet.mapping["code"]).upper()
    return Problem(row, title, _cell(cells, column).removeprefix(DATE), what, code)


def told(name: str, what: str) -> str:
    """What is wrong with a cell of this field, and what would be accepted."""
    return f"{what} {FIELD_OF[name].accepted}"


def _cell(cells: Sequence[str], column: int) -> str:
    return unguarded(cells[column]) if column < len(cells) else ""


class _Row:
    def __init__(self, sheet: ListSheet, terms: ListTerms, number: int) -> None:
        self.sheet, self.terms, self.number = sheet, terms, number
        self.problems: list[Problem] = []

    def line(self, cells: Sequence[str]) -> Iterator[Line]:
        """The line, if there is nothing wrong."""
        said = {name: self._read(name, _cell(cells, column)) for name, column in self.sheet.mapping.items()}
        if not self.problems:
            try:
                yield _line(self.number, said, self.terms)
            except Refused as no:
                self._wrong("price" if "price" in self.sheet.mapping else "percent", no.message)

    def _read(self, name: str, cell: str) -> Any:
        try:
            _require_sound(name, cell)
            return _READ[name](cell, self)
        except Refused as no:
            self._wrong(name, no.message)
            return None

    def _wrong(self, name: str, what: str) -> None:
        self.problems.append(problem_at(self.sheet, self.number, name, what))

    def plain(self, cell: str) -> str:
        """A number with a point before its decimals and commas between its thousands."""
        return SPACES.sub("", cell).translate(SWAPPED) if self.sheet.decimal_comma else SPACES.sub("", cell)


def _line(number: int, said: Mapping[str, Any], terms: ListTerms) -> Line:
    code, quantity, dearer = said["code"], said.get("quantity", 1), said.get("may_be_dearer")
    price, percent = said.get("price"), said.get("percent")
    unit = said.get("unit") or ""
    if price == TAKES_OUT:
        return Line(number, code, quantity, None, dearer, unit)
    if isinstance(price, Decimal) and percent is None:
        price, percent = None, price
    step = Step(quantity, price, percent, bool(dearer))
    check_entry(terms, Entry(code, step))
    return Line(number, code, quantity, step, dearer, unit)


# --- Cells -----------------------------------------------------------------------------------------------------------
def _require_sound(name: str, cell: str) -> None:
    why = ""
    if cell.startswith(DATE):
        why = "date"
    elif FAILED.fullmatch(cell):
        why = "formula"
    elif "\ufffd" in cell:
        why = "unreadable"
    elif name == "code" and SHORTENED.fullmatch(cell):
        why = "exponent"
    if why:
        raise _no(why, name)


def _no(why: str, name: str) -> Refused:
    return Refused(told(name, str(WHAT[why])))


def _code(cell: str, _row: _Row) -> str:
    if not cell:
        raise Refused(told("code", _("The row names no SKU.")))
    return cell.upper()


def _quantity(cell: str, row: _Row) -> int:
    plain = row.plain(cell)
    if not is_grouped(plain):
        raise _no("not_whole", "quantity")
    return whole_number(parse_quantity(plain, unit=_("piece"))) if plain else 1


def _price(cell: str, row: _Row) -> object:
    """A price, a percentage, TAKES_OUT, or None where nothing stands there."""
    if cell in ("", TAKES_OUT):
        return cell or None
    plain = row.plain(cell)
    return read_percent(plain) if plain.endswith("%") else read_price(plain, row.terms.currency)


def _percent(cell: str, row: _Row) -> Decimal | None:
    """A workbook holds 10 % as 0.1, and so may a file: what could be either is asked about."""
    if not cell:
        return None
    percent = read_percent(row.plain(cell))
    if 0 < abs(percent) < 1 and not cell.endswith("%"):
        raise Refused(
            _("“%(text)s” may be %(more)s %% as the spreadsheet keeps it. Write %(more)s%% or %(less)s%%.")
            % {"text": cell, "more": f"{(percent * 100).normalize():f}", "less": f"{percent.normalize():f}"}
        )
    return percent


def _yes_no(cell: str, _row: _Row) -> bool | None:
    word = cell.lower()
    if word not in (*YES, *NO, ""):
        raise _no("not_yes_no", "may_be_dearer")
    return word in YES if word else None


def _unit(cell: str, _row: _Row) -> str:
    word = cell.lower().rstrip(".")
    if word and word not in UNIT_WORDS:
        raise _no("not_unit", "unit")
    return UNIT_WORDS[word].value if word else ""


def _currency(cell: str, row: _Row) -> None:
    if cell and cell.upper() != row.terms.currency:
        raise Refused(
            _("“%(text)s” is in %(other)s, and prices here are in %(currency)s.")
            % {"text": cell[:30], "other": cell[:30], "currency": row.terms.currency}
        )


_READ: Mapping[str, Callable[[str, _Row], object]] = {
    "code": _code,
    "quantity": _quantity,
    "price": _price,
    "percent": _percent,
    "may_be_dearer": _yes_no,
    "unit": _unit,
    "currency": _currency,
}
