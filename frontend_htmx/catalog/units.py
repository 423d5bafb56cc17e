"""The units of sale as words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.core.quantity import Unit

NAMES: Mapping[Unit, Promise] = {
    Unit.EACH: _("piece"),
    Unit.INNER: _("inner pack"),
    Unit.CASE: _("case"),
    Unit.PALLET: _("pallet"),
}


def unit_name(unit_of_sale: str) -> str:
    """What one of them is called in the reader's language."""
    return str(NAMES[Unit(unit_of_sale)])
