"""What a column of a price list's table may hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.catalog.transfer.fields import BY_NAME
from backend.catalog.transfer.guessing import said_by


@dataclass(frozen=True, slots=True)
class LineField:
    """One thing that a row may say of a line; `accepted` is what a cell of it may be."""

    name: str
    label: str | Promise
    accepted: str | Promise
    synonyms: tuple[str, ...] = ()


LINE_FIELDS: Sequence[LineField] = (
    LineField("code", BY_NAME["code"].label, _("One of your SKUs, in a column that the spreadsheet formats as text."),
              BY_NAME["code"].synonyms),
    LineField("quantity", _("From"), _("A whole number such as 12."), (
        "from quantity", "quantity", "qty", "from qty", "min qty", "min quantity", "minimum quantity", "moq", "break",
        "quantity break", "tier", "ab", "ab menge", "menge", "staffel", "quantité", "à partir de", "cantidad", "desde",
        "quantità", "da")),
    LineField("price", _("Price or percent off"), _("A price such as 2.95, or a percentage such as 10%."), (
        "price", "new price", "net price", "price of one", *BY_NAME["price"].synonyms)),
    LineField("percent", _("Percent off"), _("A percentage such as 10%."), (
        "percent", "discount", "discount percent", "off", "rabatt", "remise", "descuento", "sconto")),
    LineField("may_be_dearer", _("May be dearer"), _("Yes or no.")),
    LineField("unit", BY_NAME["unit"].label, _("The unit that the SKU is sold by."), BY_NAME["unit"].synonyms),
    LineField("currency", BY_NAME["currency"].label, _("The list’s currency."), BY_NAME["currency"].synonyms),
)  # fmt: skip
FIELD_OF: Mapping[str, LineField] = {field.name: field for field in LINE_FIELDS}
SAID: Mapping[str, str] = said_by(LINE_FIELDS)
BY_PLACE: Mapping[int, Sequence[str]] = {2: ("code", "price"), 3: ("code", "quantity", "price")}
"""What the columns of a table without titles hold, by how many there are."""
