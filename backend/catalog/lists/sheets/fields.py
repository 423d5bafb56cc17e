"""What a column of a price list's table may hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.catalog.transfer.fields import BY_NAME, Field, Kind
from backend.catalog.transfer.guessing import said_by
from backend.core.quantity import MAX_QUANTITY


@dataclass(frozen=True, slots=True)
class LineField(Field):
    """One thing that a row may say of a line; `accepted` is what a cell of it may be."""

    accepted: str | Promise = ""


def _field(
    name: str, label: str | Promise, kind: Kind, accepted: str | Promise, synonyms: tuple[str, ...] = (), most: int = 0
) -> LineField:
    return LineField(name, label, kind, most, synonyms, accepted=accepted)


def _as_of_products(name: str, accepted: str | Promise) -> LineField:
    of = BY_NAME[name]
    return _field(name, of.label, of.kind, accepted, of.synonyms, of.most)


LINE_FIELDS: Sequence[LineField] = (
    _as_of_products("code", _("One of your SKUs, in a column that the spreadsheet formats as text.")),
    _field("quantity", _("From"), Kind.WHOLE, _("A whole number such as 12."), (
        "from quantity", "quantity", "qty", "from qty", "min qty", "min quantity", "minimum quantity", "moq", "break",
        "quantity break", "tier", "ab", "ab menge", "menge", "staffel", "quantité", "à partir de", "cantidad", "desde",
        "quantità", "da"), MAX_QUANTITY),
    _field("price", _("Price or percent off"), Kind.PRICE, _("A price such as 2.95, or a percentage such as 10%."), (
        "price", "new price", "net price", "price of one", *BY_NAME["price"].synonyms)),
    _field("percent", _("Percent off"), Kind.PERCENT, _("A percentage such as 10%."), (
        "percent", "discount", "discount percent", "off", "rabatt", "remise", "descuento", "sconto")),
    _field("may_be_dearer", _("May be dearer"), Kind.YES_NO, _("Yes or no.")),
    _as_of_products("unit", _("The unit that the SKU is sold by.")),
    _as_of_products("currency", _("The list’s currency.")),
)  # fmt: skip
FIELD_OF: Mapping[str, LineField] = {field.name: field for field in LINE_FIELDS}
SAID: Mapping[str, str] = said_by(LINE_FIELDS)
BY_PLACE: Mapping[int, Sequence[str]] = {2: ("code", "price"), 3: ("code", "quantity", "price")}
"""What the columns of a table without titles hold, by how many there are."""
