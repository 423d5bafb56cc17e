"""Many SKUs of a seller's at once: by their codes, of a category, of a brand. Pure rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.catalog.transfer.exporting import unguarded
from backend.catalog.transfer.guessing import SAID
from backend.core.errors import Refused
from backend.core.tables.sniffing import Rows, normal

MOST_CODES = 100_000


class How(TextChoices):
    """What becomes of an assortment."""

    ADD = "add", gettext_lazy("Add them")
    TAKE_OUT = "take_out", gettext_lazy("Take them out")
    REPLACE = "replace", gettext_lazy("Let nothing else be in it")


@dataclass(frozen=True, slots=True)
class Line:
    """A code, and where it stood, as a spreadsheet counts rows."""

    row: int
    code: str


@dataclass(frozen=True, slots=True)
class Goods:
    """The SKUs of these codes, and all of a category; with a brand those of the category that are of that brand, and
    without a category all of the brand."""

    lines: Sequence[Line] = ()
    category_id: int | None = None
    brand: str = ""

    @property
    def names_a_kind(self) -> bool:
        return self.category_id is not None or bool(self.brand)


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of an assortment: how many SKUs came in, went out, stand as they stood; and which codes are none of
    the seller's."""

    added: int
    gone: int
    same: int
    unknown: Sequence[Line] = ()


def lines_of(rows: Rows) -> Sequence[Line]:
    """The codes of a table: its column of that name, else its first; a single row is a row of codes. Raises Refused for
    more than MOST_CODES."""
    lines = list(_lines([[cell] for cell in rows[0]] if len(rows) == 1 else rows))
    if len(lines) > MOST_CODES:
        raise Refused(
            _("These are %(n)d rows, and at most %(max)d are taken at once. Send them in parts.")
            % {"n": len(lines), "max": MOST_CODES}
        )
    return lines


def _lines(rows: Rows) -> Iterator[Line]:
    titles = [SAID.get(normal(cell)) for cell in rows[0]] if rows else []
    column = titles.index("code") if "code" in titles else 0
    for number, row in enumerate(rows, start=1):
        code = unguarded(row[column]) if column < len(row) else ""
        if code and not (number == 1 and "code" in titles):
            yield Line(number, code)
