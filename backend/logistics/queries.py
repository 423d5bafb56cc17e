"""One function per screenful. Each says how many queries it costs, and its test says that number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.logistics.models import Parcel, Shipment
from backend.logistics.states import ShipmentStatus, Tracking


@dataclass(frozen=True, slots=True)
class ParcelView:
    nth: int
    tracking_number: str
    tracking: Tracking


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """What left a warehouse in one go, as both sides read it."""

    pk: int
    nth: int
    status: ShipmentStatus
    carrier: str
    dispatched_at: datetime
    delivered_at: datetime | None
    contents: Sequence[tuple[str, int]]
    """(code, units), by the order's lines."""
    parcels: Sequence[ParcelView]


def shipments(order_id: int) -> Sequence[ShipmentView]:
    """What was sent of an order, the latest first. Three queries."""
    of_order = Shipment.objects.of_order(order_id).prefetch_related("lines__line", "parcels")
    return [_shipment(each) for each in of_order.order_by("-nth")]


def _shipment(each: Shipment) -> ShipmentView:
    return ShipmentView(
        pk=each.pk,
        nth=each.nth,
        status=ShipmentStatus(each.status),
        carrier=each.carrier,
        dispatched_at=each.dispatched_at,
        delivered_at=each.delivered_at,
        contents=[(line.line.code, line.quantity) for line in each.lines.all()],
        parcels=[_parcel(parcel) for parcel in each.parcels.all()],
    )


def _parcel(parcel: Parcel) -> ParcelView:
    return ParcelView(parcel.nth, parcel.tracking_number, Tracking(parcel.tracking))
