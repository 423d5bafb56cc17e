"""How many, as people and their spreadsheets write it: 36, 1,200, 1.200, x12, 3 cases. Pure rules."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.core.quantity import parse_quantity
from backend.core.units import UNIT_WORDS, Unit, unit_name

SPACES = dict.fromkeys(map(ord, " \u00a0\u202f\u2009'’\u066c"))
WRITTEN = re.compile(r"[x×]?\s*(?P<number>[-+−]?\d[\d.,\u00a0\u202f\u2009 '’\u066c]*)\s*(?P<word>[^\d\s=][^\d=]*)?")
BY_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+")
ENDS_IN_COMMA = re.compile(r"[-+]?\d+,\d{1,2}")


@dataclass(frozen=True, slots=True)
class Amount:
    """A whole number of a unit; None: of whatever unit the SKU is sold in."""

    number: int
    unit: Unit | None = None


def read_amount(text: str, *, decimal_comma: bool = False) -> Amount:
    """What was typed, or stands in a cell of a table that writes decimals with a comma or a point.

    Raises Refused naming what was typed: no number, a fraction, far too much, or a word that is no unit.
    """
    found = WRITTEN.fullmatch(text.strip())
    if not found:
        return Amount(parse_quantity(text, unit=unit_name(Unit.EACH)))
    unit = _unit(found["word"])
    plain = _plain(found["number"].translate(SPACES).replace("−", "-"), decimal_comma=decimal_comma)
    return Amount(parse_quantity(plain, unit=unit_name(unit or Unit.EACH)), unit)


def of_units_of_sale(amount: Amount, sku: Sku) -> int:
    """How many of its units of sale that is: 3 cases of 12 are 36 pieces. Raises Refused where it isn't packed so."""
    sold_by = Unit(sku.unit_of_sale)
    if amount.unit is None or amount.unit == sold_by:
        return amount.number
    if amount.unit not in (Unit.EACH, *(unit for unit, _eaches in sku.packing.levels)):
        raise Refused(_("It is not packed by the %(unit)s.") % {"unit": unit_name(amount.unit)}, field="quantity")
    return sku.packing.convert(amount.number, amount.unit, sold_by)


def written(amount: Amount) -> str:
    """As it may be typed again."""
    return f"{amount.number} {amount.unit}" if amount.unit else str(amount.number)


def _plain(number: str, *, decimal_comma: bool) -> str:
    """With a point before its decimals and nothing between its thousands. 36,00 is no three thousand six hundred."""
    if decimal_comma:
        whole = number.replace(".", "") if BY_THOUSANDS.fullmatch(number.partition(",")[0]) else number
        return whole.replace(",", ".")
    return number.replace(",", ".") if ENDS_IN_COMMA.fullmatch(number) else number.replace(",", "")


def _unit(word: str | None) -> Unit | None:
    said = (word or "").strip().rstrip(".").lower()
    if not said:
        return None
    if said not in UNIT_WORDS:
        raise Refused(
            _("“%(word)s” is no unit that goods come in. Write a number such as 36, or 3 cases.") % {"word": said[:20]},
            field="quantity",
        )
    return UNIT_WORDS[said]
