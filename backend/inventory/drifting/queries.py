"""Counters that drifted, as an operator sees them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.core.written import fetch
from backend.inventory.drifting.models import Drifted

LABELS: Mapping[str, Promise] = {
    "on_hand": _("On hand"),
    "allocated": _("Allocated"),
    "reserved": _("Reserved"),
    "lots": _("In lots"),
    "expired": _("Past its day"),
    "incoming": _("Incoming"),
    "sent": _("Sent"),
    "received": _("Received"),
}


@dataclass(frozen=True, slots=True)
class DriftView:
    """One counter: whose, of what, where, and by how much it is wrong. In units of sale."""

    counter: str
    says: int
    adds_up_to: int
    since: datetime
    sku: str
    warehouse: str
    seller: str

    @property
    def label(self) -> Promise | str:
        return LABELS.get(self.counter, self.counter)

    @property
    def by(self) -> int:
        return self.says - self.adds_up_to


def drifts() -> Sequence[DriftView]:
    """What has drifted and is not mended, the longest first; for operators alone. One query."""
    return [DriftView(*row) for row in fetch(_DRIFTS, {})]


def count_drifts() -> int:
    """One query."""
    return Drifted.objects.count()


_DRIFTS = """
SELECT own.counter, own.says, own.adds_up_to, own.since, sku.code, warehouse.name, company.name
FROM inventory_drifted own
LEFT JOIN inventory_stocklevel level ON own.thing = 'level' AND level.id = own.row_id
LEFT JOIN inventory_transferline line ON own.thing = 'line' AND line.id = own.row_id
LEFT JOIN inventory_transfer transfer ON transfer.id = line.transfer_id
JOIN catalog_sku sku ON sku.id = coalesce(level.item_id, line.sku_id)
JOIN inventory_warehouse warehouse ON warehouse.id = coalesce(level.warehouse_id, transfer.source_id)
JOIN accounts_company company ON company.id = warehouse.company_id
ORDER BY own.since, own.id
"""
