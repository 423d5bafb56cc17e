"""A list of cost prices as it is pasted or saved: a code and an amount on each line. Pure rules."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _

from backend.catalog.pricing.reading import read_price
from backend.core.errors import Refused
from backend.core.money import UnitPrice
from backend.core.tables.sniffing import has_decimal_commas

MAX_LINES, MAX_BYTES = 20_000, 2_000_000
REMOVED = "-"
"""Instead of an amount: what was known is forgotten."""

Costs = Mapping[str, UnitPrice | None]
"""By code, in capital letters; None: none any more."""


def text_of(data: bytes) -> str:
    """A file as text. Raises Refused for one that is too large, or none that can be read as text."""
    if len(data) > MAX_BYTES:
        raise Refused(_("The file has more than %(max)d MB.") % {"max": MAX_BYTES // 1_000_000}, field="file")
    if b"\x00" in data:
        raise Refused(_("This is no text. Save the list as CSV and send that."), field="file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read_costs(text: str, currency: str) -> Costs:
    """Raises Refused for a line that says no code or no amount, with its number; of a code that stands there twice the
    last line counts. A first line without an amount is a row of titles."""
    rows = _rows(text)
    if len(rows) > MAX_LINES:
        raise Refused(_("A list has at most %(max)d lines.") % {"max": MAX_LINES}, field="text")
    has_commas = has_decimal_commas([row for _number, row in rows], "")
    return {row[0].strip().upper(): _cost(number, row, currency, has_commas) for number, row in _below_titles(rows)}


def _rows(text: str) -> Sequence[tuple[int, list[str]]]:
    text = text.removeprefix("\ufeff").replace("\x00", "")
    delimiter = next((sign for sign in "\t;" if sign in text), ",")
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    return [(number, row) for number, row in enumerate(lines, start=1) if any(cell.strip() for cell in row)]


def _below_titles(rows: Sequence[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for position, (number, row) in enumerate(rows):
        said = row[1] if len(row) > 1 else ""
        is_title = position == 0 and said.strip() != "" and not any(sign.isdigit() for sign in said) and said != REMOVED
        if not is_title:
            yield number, row


def _cost(number: int, row: Sequence[str], currency: str, has_commas: bool) -> UnitPrice | None:
    code, said = row[0].strip(), row[1].strip() if len(row) > 1 else ""
    if code and said == REMOVED:
        return None
    try:
        cost = read_price(said.replace(".", "").replace(",", ".") if has_commas else said, currency)
    except Refused:
        cost = None
    if not code or cost is None or not cost.minor:
        raise Refused(
            _("Line %(number)d: “%(text)s” is not a code and what one costs, such as 85123A, 1.95.")
            % {"number": number, "text": ", ".join(row)[:40]},
            field="text",
        )
    return cost
