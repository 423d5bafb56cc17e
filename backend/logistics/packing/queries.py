"""The packing list: what lies in the box says so. It says how many queries it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backend.logistics.models import Parcel, ParcelLine, Shipment, ShipmentLine
from backend.logistics.states import ShipmentStatus
from backend.orders.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class PackedRow:
    """So many units of a line, and of which lot."""

    code: str
    name: str
    unit_of_sale: str
    units: int
    lot: str = ""
    best_before: date | None = None


@dataclass(frozen=True, slots=True)
class PackedParcel:
    number: str
    tracking_number: str
    rows: Sequence[PackedRow]


@dataclass(frozen=True, slots=True)
class PackingList:
    """Of one shipment. Where it was sent in one act, nobody said what is in which of its parcels: then `rows` say what
    is in all of them together."""

    number: str
    nth: int
    status: ShipmentStatus
    seller: str
    buyer: str
    po_number: str
    ship_to: Mapping[str, str]
    warehouse: str
    carrier: str
    at: datetime | None
    """When it left; as long as it has not, when it was begun to be packed."""
    parcels: Sequence[PackedParcel]
    rows: Sequence[PackedRow]


def packing_list(order: Order, shipment_id: int) -> PackingList | None:
    """Of a shipment of an order that was read with_parties(); None: it has no such one. Five queries at most."""
    found = Shipment.objects.of_order(order.pk).select_related("warehouse").filter(pk=shipment_id).first()
    if found is None:
        return None
    parcels = list(found.parcels.order_by("nth"))
    packed = (
        ParcelLine.objects.scoped(parcel__in=parcels).select_related("line", "lot").order_by("line__position", "pk")
    )
    rows = list(packed) if found.packed_at else []
    return PackingList(
        number=f"{order.number}-{found.nth}",
        nth=found.nth,
        status=ShipmentStatus(found.status),
        seller=order.seller.name,
        buyer=order.buyer.name,
        po_number=order.po_number,
        ship_to=order.ship_to,
        warehouse=found.warehouse.name,
        carrier=found.carrier,
        at=found.dispatched_at or found.packed_at,
        parcels=[_parcel(found, each, [row for row in rows if row.parcel_id == each.pk]) for each in parcels],
        rows=[] if rows else _together(found),
    )


def _parcel(shipment: Shipment, each: Parcel, rows: Sequence[ParcelLine]) -> PackedParcel:
    return PackedParcel(f"{shipment.nth}-{each.nth}", each.tracking_number, [_packed(row) for row in rows])


def _packed(row: ParcelLine) -> PackedRow:
    lot = (row.lot.number, row.lot.best_before) if row.lot else ("", None)
    return PackedRow(row.line.code, row.line.name, row.line.unit_of_sale, row.quantity, *lot)


def _together(shipment: Shipment) -> Sequence[PackedRow]:
    """Lot by lot, where the shipment says of which."""
    found: list[PackedRow] = []
    for each in shipment.lines.select_related("line").prefetch_related("lots__lot"):
        lots = [(part.quantity, part.lot.number, part.lot.best_before) for part in each.lots.all()]
        found += [_sent(each, *part) for part in lots or [(each.quantity, "", None)]]
    return found


def _sent(each: ShipmentLine, units: int, lot: str, best_before: date | None) -> PackedRow:
    line: OrderLine = each.line
    return PackedRow(line.code, line.name, line.unit_of_sale, units, lot, best_before)
