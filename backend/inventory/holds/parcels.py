"""What lies in parcels is taken by nothing but them. Callers hold the lock of the SKU."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backend.core.errors import Refused
from backend.inventory.holds.models import Hold
from backend.inventory.models import Lot, LotLevel, MoveKind, StockItem, StockLevel

NAMED = 5
"""So many shipments does a refusal name."""


def require_loose(item: StockItem, level: StockLevel, units: int, kind: MoveKind) -> None:
    """Raises Refused, with the shipments that they are packed for, where fewer than that are in no parcel."""
    if not level.packed or units <= level.loose:
        return
    said = {"loose": level.loose, "packed": level.packed, "code": item.sku.code, "shipments": packed_for(level)}
    if kind == MoveKind.COUNT:
        words = _("%(packed)d of %(code)s are in parcels, packed as %(shipments)s: fewer can’t lie there. If some are"
                  " gone, unpack those first, then count again.")  # fmt: skip
    else:
        words = _("Only %(loose)d of %(code)s are in no parcel: %(packed)d are packed as %(shipments)s. Unpack them"
                  " first.")  # fmt: skip
    raise Refused(words % said, field="quantity", detail={"loose": level.loose, "packed": level.packed})


def require_loose_of(lot: Lot, own: LotLevel, level: StockLevel, units: int) -> None:
    """The same of a lot: which of the shipments have some of it says its own page."""
    if own.packed and units > own.loose:
        raise Refused(
            _("Only %(loose)d of lot %(lot)s are in no parcel: %(packed)d of it are packed. Unpack them first; packed"
              " there are %(shipments)s.")
            % {"loose": own.loose, "lot": lot, "packed": own.packed, "shipments": packed_for(level)},
            field="quantity",
            detail={"loose": own.loose, "packed": own.packed},
        )  # fmt: skip


def packed_for(level: StockLevel) -> str:
    """The numbers of the first shipments that have some of it in parcels, in the order of promise, and how many more
    have. One query."""
    packed = Hold.objects.scoped(level=level, packed__gt=0).exclude(packed_as="").order_by("pk")
    numbers = list(dict.fromkeys(packed.values_list("packed_as", flat=True)))
    more = len(numbers) - NAMED
    named = ", ".join(numbers[:NAMED])
    return named + (ngettext(" and %(n)d more", " and %(n)d more", more) % {"n": more} if more > 0 else "")
