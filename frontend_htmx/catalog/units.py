"""The units of sale as words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from backend.core.quantity import Unit

NAMES: Mapping[Unit, Promise] = {
    Unit.EACH: _("piece"),
    Unit.INNER: _("inner pack"),
    Unit.CASE: _("case"),
    Unit.PALLET: _("pallet"),
}


def counted(units: int, unit_of_sale: str, shown: str) -> str:
    """So many of them, in the reader's language: "80 pieces". `shown` is the number as it is written."""
    words = {
        Unit.EACH: ngettext("%(n)s piece", "%(n)s pieces", units),
        Unit.INNER: ngettext("%(n)s inner pack", "%(n)s inner packs", units),
        Unit.CASE: ngettext("%(n)s case", "%(n)s cases", units),
        Unit.PALLET: ngettext("%(n)s pallet", "%(n)s pallets", units),
    }
    return words[Unit(unit_of_sale)] % {"n": shown}


def unit_name(unit_of_sale: str) -> str:
    """What one of them is called in the reader's language."""
    return str(NAMES[Unit(unit_of_sale)])
