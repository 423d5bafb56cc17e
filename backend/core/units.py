"""The units in which goods are sold, and what they are called."""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class Unit(StrEnum):
    """The units a SKU may be sold in, smallest first (GS1's trade item levels)."""

    EACH = "each"
    INNER = "inner"
    CASE = "case"
    PALLET = "pallet"


UNIT_WORDS: Mapping[str, Unit] = {
    **{unit.value: unit for unit in Unit},
    "piece": Unit.EACH, "pieces": Unit.EACH, "pc": Unit.EACH, "pcs": Unit.EACH, "ea": Unit.EACH, "unit": Unit.EACH,
    "units": Unit.EACH, "stück": Unit.EACH, "stk": Unit.EACH, "pièces": Unit.EACH, "قطعة": Unit.EACH,
    "inners": Unit.INNER, "inner pack": Unit.INNER, "inner packs": Unit.INNER, "pack": Unit.INNER, "packs": Unit.INNER,
    "cases": Unit.CASE, "cs": Unit.CASE, "box": Unit.CASE, "boxes": Unit.CASE, "carton": Unit.CASE,
    "cartons": Unit.CASE, "ctn": Unit.CASE, "ctns": Unit.CASE, "karton": Unit.CASE, "kartons": Unit.CASE,
    "caisse": Unit.CASE, "caisses": Unit.CASE, "caja": Unit.CASE, "cajas": Unit.CASE, "كرتونة": Unit.CASE,
    "pallets": Unit.PALLET, "palette": Unit.PALLET, "paletten": Unit.PALLET, "palettes": Unit.PALLET,
}  # fmt: skip
"""What people and their files call the units, in small letters."""

NAMES: Mapping[Unit, Promise] = {
    Unit.EACH: _("piece"),
    Unit.INNER: _("inner pack"),
    Unit.CASE: _("case"),
    Unit.PALLET: _("pallet"),
}


def counted(units: int, unit_of_sale: str, shown: str = "") -> str:
    """So many of them, in the reader's language: "80 pieces". `shown` is how the number is written."""
    words = {
        Unit.EACH: ngettext("%(n)s piece", "%(n)s pieces", units),
        Unit.INNER: ngettext("%(n)s inner pack", "%(n)s inner packs", units),
        Unit.CASE: ngettext("%(n)s case", "%(n)s cases", units),
        Unit.PALLET: ngettext("%(n)s pallet", "%(n)s pallets", units),
    }
    return words[Unit(unit_of_sale)] % {"n": shown or units}


def unit_name(unit_of_sale: str) -> str:
    """What one of them is called in the reader's language."""
    return str(NAMES[Unit(unit_of_sale)])
