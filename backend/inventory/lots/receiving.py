"""Of which lots goods are that come in, as somebody typed it. The SKUs are locked."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from backend.core.errors import Refused
from backend.core.quantity import whole_number
from backend.inventory.lots.models import Today
from backend.inventory.lots.steps import lot_of
from backend.inventory.models import Lot, StockItem
from backend.inventory.steps import Line


def received_parts(items: Mapping[int, StockItem], lines: Sequence[Line]) -> Mapping[tuple[int, Lot | None], int]:
    """Units by SKU and lot. Raises Refused where a lot is missing, or is named of what has none."""
    found: dict[tuple[int, Lot | None], int] = {}
    for line in sorted(lines, key=lambda line: (line.sku.pk, line.lot)):
        key = (line.sku.pk, _lot(items[line.sku.pk], line))
        found[key] = whole_number(found.get(key, 0) + line.quantity)
    return found


def known_lot(item: StockItem, number: str) -> Lot:
    """Raises Refused for one that there is not."""
    lot = item.lots.filter(number=number.strip()).first()
    if lot is None:
        raise Refused(
            _("%(code)s has no lot %(lot)s.") % {"code": item.sku.code, "lot": number.strip()[:40]}, field="lot"
        )
    return lot


def _fresh(lot: Lot) -> Lot:
    """Raises Refused for one that is past its day by the database's clock."""
    if Lot.objects.this(lot).filter(best_before__lt=Today()).exists():
        raise Refused(
            _("Lot %(lot)s was best before %(day)s: it can’t be sold any more.") % {"lot": lot, "day": lot.best_before},
            field="best_before",
        )
    return lot


def _lot(item: StockItem, line: Line) -> Lot | None:
    if item.by_lots:
        return _fresh(lot_of(item, line.lot, line.best_before))
    if line.lot.strip() or line.best_before:
        raise Refused(
            _("%(code)s is not kept by lots: leave its lot empty, or begin with lots on its page.")
            % {"code": line.sku.code},
            field="lot",
        )
    return None
