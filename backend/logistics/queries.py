"""One function per screenful. Each says how many queries it costs, and its test says that number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch

from backend.logistics.models import Parcel, Shipment, ShipmentLine, ShipmentLot
from backend.logistics.states import ShipmentStatus, Tracking

LOTS = Prefetch("lines__lots", ShipmentLot.objects.scoped().select_related("lot"))


@dataclass(frozen=True, slots=True)
class ParcelView:
    nth: int
    tracking_number: str
    tracking: Tracking


@dataclass(frozen=True, slots=True)
class LotSent:
    """So many units of a lot that are in a shipment."""

    code: str
    number: str
    best_before: date | None
    units: int


@dataclass(frozen=True, slots=True)
class Received:
    """An order that got so much of a lot."""

    order_id: int
    number: str
    buyer: str
    nth: int
    """Of its shipment."""
    dispatched_at: datetime
    units: int


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
    lots: Sequence[LotSent] = ()
    """Of what is kept by lots."""


def shipments(order_id: int) -> Sequence[ShipmentView]:
    """What was sent of an order, the latest first. Four queries."""
    of_order = Shipment.objects.of_order(order_id).prefetch_related("lines__line", "parcels", LOTS)
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
        lots=[_lot(line, sent) for line in each.lines.all() for sent in line.lots.all()],
    )


def _lot(line: ShipmentLine, sent: ShipmentLot) -> LotSent:
    return LotSent(line.line.code, sent.lot.number, sent.lot.best_before, sent.quantity)


def orders_with_lot(seller_id: int, lot_id: int) -> Sequence[Received]:
    """Which orders got something of a lot, the latest first. One query."""
    sent = ShipmentLot.objects.of_company(seller_id).filter(lot=lot_id)
    rows = sent.select_related("shipment_line__shipment__order__buyer").order_by("-pk")
    return [_received(each, each.shipment_line.shipment) for each in rows]


def _received(each: ShipmentLot, shipment: Shipment) -> Received:
    order = shipment.order
    return Received(order.pk, order.number, order.buyer.name, shipment.nth, shipment.dispatched_at, each.quantity)


def _parcel(parcel: Parcel) -> ParcelView:
    return ParcelView(parcel.nth, parcel.tracking_number, Tracking(parcel.tracking))
