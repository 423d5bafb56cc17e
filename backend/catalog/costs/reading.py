"""A list of cost prices as it is pasted or saved: a code and an amount on each line. Pure rules."""

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _

from backend.catalog.pricing.reading import read_price
from backend.core.errors import Refused
from backend.core.money import UnitPrice
from backend.core.tables.sniffing import SWAPPED, Rows, has_decimal_commas

MAX_LINES = 20_000
REMOVED = "-"
"""Instead of an amount: what was known is forgotten."""

Costs = Mapping[str, UnitPrice | None]
"""By code, in capital letters; None: none any more."""


def read_costs(rows: Rows, currency: str) -> Costs:
    """Raises Refused for a line that says no code or no amount, with its number; of a code that stands there twice the
    last line counts. A first line without an amount is a row of titles."""
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if any(row)]
    if len(numbered) > MAX_LINES:
        raise Refused(_("A list has at most %(max)d lines.") % {"max": MAX_LINES}, field="text")
    has_commas = has_decimal_commas(rows, "")
    return {row[0].upper(): _cost(number, row, currency, has_commas) for number, row in _below_titles(numbered)}


def _below_titles(rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, Sequence[str]]]:
    for position, (number, row) in enumerate(rows):
        said = row[1] if len(row) > 1 else ""
        is_title = position == 0 and said != "" and not any(sign.isdigit() for sign in said) and said != REMOVED
        if not is_title:
            yield number, row


def _cost(number: int, row: Sequence[str], currency: str, has_commas: bool) -> UnitPrice | None:
    code, said = row[0], row[1] if len(row) > 1 else ""
    if code and said == REMOVED:
        return None
    try:
        cost = read_price(said.translate(SWAPPED) if has_commas else said, currency)
    except Refused:
        cost = None
    if not code or cost is None or not cost.minor:
        raise Refused(
            _("Line %(number)d: “%(text)s” is not a code and what one costs, such as 85123A, 1.95.")
            % {"number": number, "text": ", ".join(row)[:40]},
            field="text",
        )
    return cost
