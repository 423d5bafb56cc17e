"""A table of codes and quantities, however it was copied, typed or saved: rows, columns, lines. Pure rules."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from backend.core.errors import Refused
from backend.core.tables.pasted import table_of
from backend.core.tables.sniffing import Rows, has_decimal_commas, normal
from backend.core.units import UNIT_WORDS
from backend.orders.quick.amounts import Amount, read_amount, written

HEADER_WITHIN = 10
MOST_CODE, MOST_QUANTITY = 80, 40
CODE_AND_AMOUNT = re.compile(r"(?P<code>\S+)\s+(?P<amount>[x×]?\s?\d[\d.,]*(?:\s?[^\W\d]+\.?)?)")
TITLES: Mapping[str, Sequence[str]] = {
    "code": ("sku", "sku code", "stock code", "stockcode", "item code", "item no", "item number", "article no",
             "article number", "artikelnummer", "art nr", "product code", "code", "reference", "ref", "référence",
             "réf", "codice", "código", "الرمز", "رمز الصنف", "gtin", "ean", "ean13", "barcode", "upc", "item",
             "article", "artikel", "product"),
    "quantity": ("quantity", "qty", "qty ordered", "order qty", "order quantity", "menge", "anzahl", "stückzahl",
                 "quantité", "qté", "cantidad", "quantità", "quantidade", "الكمية", "pieces", "stück", "units",
                 "count", "amount"),
    "unit": ("unit", "uom", "unit of measure", "einheit", "unité", "unidad", "unità", "packed by", "الوحدة"),
}  # fmt: skip
"""What columns are called, the plainest first."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what, counted from 0, None: none does; and how many rows stand above the first line."""

    code: int
    quantity: int | None = None
    unit: int | None = None
    header: int = 0
    decimal_comma: bool = False

    @classmethod
    def read(cls, kept: Mapping[str, object]) -> Self:
        """As it was kept."""
        return cls(**kept)  # type: ignore[arg-type]  # our own asdict()


@dataclass(slots=True)
class Pasted:
    """A line of a table, or several of the same code summed; `rows` count as the spreadsheet counts them, from 1."""

    code: str
    quantity: str
    rows: list[int] = field(default_factory=list)


# --- Rows ------------------------------------------------------------------------------------------------------------
def rows_of(text: str) -> Rows:
    """The cells of a text; where no row has two, each is taken apart."""
    return taken_apart(table_of(text))


def taken_apart(rows: Rows) -> Rows:
    return rows if any(len(row) > 1 for row in rows) else [_apart(row) for row in rows]


def _apart(row: Sequence[str]) -> Sequence[str]:
    """`85123A 12` and `85123A x 3 cases`, as letters have it."""
    found = CODE_AND_AMOUNT.fullmatch(row[0]) if row else None
    return [found["code"], found["amount"]] if found else row


# --- Columns ---------------------------------------------------------------------------------------------------------
def guess_columns(rows: Rows, known: Collection[str] = ()) -> Columns:
    """What the columns hold: by their titles where there are some, by what stands in them where there are none.

    `known` are codes, in capital letters, that the buyer could order.
    """
    said, header = _said(rows)
    body = [row for row in rows[header:] if any(row)]
    code = said.get("code", _code_column(body, known, taken=set(said.values())))
    quantity = said.get("quantity", _quantity_column(body, code, taken=set(said.values())))
    unit = said.get("unit", _unit_column(body, taken={code, quantity, *said.values()}))
    if not header and quantity is not None and _is_title(body, quantity):
        header = next(index for index, row in enumerate(rows) if any(row)) + 1
    return Columns(code, quantity, unit, header, has_decimal_commas(body, ""))


def _said(rows: Rows) -> tuple[dict[str, int], int]:
    """The columns that a row of titles names, and how many rows it ends. Of two that could be meant, the plainer."""
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        titles = [normal(cell) for cell in row]
        said = _understood(titles)
        if "code" in said or "quantity" in said:
            return said, index + 1
    return {}, 0


def _understood(titles: Sequence[str]) -> dict[str, int]:
    found = {name: next((word for word in words if word in titles), "") for name, words in TITLES.items()}
    return {name: titles.index(word) for name, word in found.items() if word}


def _code_column(body: Rows, known: Collection[str], taken: Collection[int]) -> int:
    """Where most codes that we know stand; else the first that could hold codes and does not just count the rows."""
    free = [column for column in range(_width(body)) if column not in taken]
    scores = {column: sum(cell.upper() in known for cell in _cells(body, column)) for column in free}
    best = max(free, key=lambda column: (scores[column], -column), default=0)
    if scores.get(best):
        return best
    return next((column for column in free if _holds_codes(_cells(body, column))), free[0] if free else 0)


def _holds_codes(cells: Sequence[str]) -> bool:
    codes = sum(bool(cell) and " " not in cell for cell in cells)
    counts = [str(number) for number in range(1, len(cells) + 1)]
    return codes * 2 > len(cells) and (cells != counts or len(cells) == 1)


def _quantity_column(body: Rows, code: int, taken: Collection[int]) -> int | None:
    """Where most cells are quantities; of equal ones that which follows the codes."""
    scores = {
        column: sum(_is_amount(cell) for cell in _cells(body, column))
        for column in range(_width(body))
        if column != code and column not in taken
    }
    best = max(scores, key=lambda column: (scores[column], column > code, -column), default=None)
    return best if best is not None and scores[best] else None


def _unit_column(body: Rows, taken: Collection[int | None]) -> int | None:
    for column in range(_width(body)):
        cells = [cell for cell in _cells(body, column) if cell]
        units = sum(cell.lower().rstrip(".") in UNIT_WORDS for cell in cells)
        if column not in taken and cells and units * 2 > len(cells):
            return column
    return None


def _is_title(body: Rows, quantity: int) -> bool:
    """The first row is one of titles that nobody knows if no number stands where all others have one."""
    cells = _cells(body, quantity)
    return len(cells) > 1 and bool(cells[0]) and not re.search(r"\d", cells[0]) and all(map(_is_amount, cells[1:]))


def _is_amount(cell: str) -> bool:
    """Seven digits are many pieces, eight are a GTIN."""
    try:
        amount = read_amount(cell) if re.search(r"\d", cell) else None
    except Refused:
        return False
    return amount is not None and 0 < amount.number < 10**7


def _width(rows: Rows) -> int:
    return max(map(len, rows), default=0)


def _cells(rows: Rows, column: int) -> list[str]:
    return [_cell(row, column) for row in rows]


def _cell(row: Sequence[str], column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""


# --- Lines -----------------------------------------------------------------------------------------------------------
def lines_of(rows: Rows, columns: Columns) -> Sequence[Pasted]:
    """A line for each row that says anything, in order; rows of the same code and unit are summed into the first."""
    lines: list[Pasted] = []
    summed: dict[tuple[str, object], tuple[Pasted, int]] = {}
    for number, row in enumerate(rows[columns.header :], columns.header + 1):
        code, quantity = _cell(row, columns.code)[:MOST_CODE], _quantity(row, columns)
        if not code and not quantity:
            continue
        amount = _amount(quantity, columns)
        first, total = summed.get((code.upper(), amount and amount.unit), (None, 0))
        if first is None or amount is None:
            line = Pasted(code, (written(amount) if amount else quantity)[:MOST_QUANTITY], [number])
            lines.append(line)
        else:
            line, amount = first, Amount(total + amount.number, amount.unit)
            line.quantity = written(amount)
            line.rows.append(number)
        if amount and code:
            summed[code.upper(), amount.unit] = (line, amount.number)
    return lines


def _quantity(row: Sequence[str], columns: Columns) -> str:
    quantity, unit = _cell(row, columns.quantity), _cell(row, columns.unit)
    return f"{quantity} {unit}".strip() if quantity and quantity[-1].isdigit() else quantity


def _amount(quantity: str, columns: Columns) -> Amount | None:
    try:
        return read_amount(quantity, decimal_comma=columns.decimal_comma) if quantity else None
    except Refused:
        return None
