"""One function per screenful. Each says how many queries it costs, and its test says that number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch

from backend.logistics.models import Parcel, ParcelLine, Shipment, ShipmentLine, ShipmentLot, TrackingEvent
from backend.logistics.states import CONFIRM_AFTER, ShipmentStatus, Tracking

LINES = Prefetch("lines", ShipmentLine.objects.scoped().select_related("line"))
LOTS = Prefetch("lines__lots", ShipmentLot.objects.scoped().select_related("lot"))
PACKED = Prefetch("parcels__contents", ParcelLine.objects.scoped().select_related("line", "lot"))
CONTENTS = Prefetch("contents", ParcelLine.objects.scoped().select_related("line", "lot"))


@dataclass(frozen=True, slots=True)
class WordView:
    """What was said of a parcel's way."""

    status: Tracking
    at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class PackedPart:
    """So many units, and of which lot, that were packed into a parcel."""

    pk: int
    code: str
    units: int
    lot: str
    """Empty: it is not kept by lots."""
    is_expired: bool


@dataclass(frozen=True, slots=True)
class ParcelView:
    pk: int
    number: str
    tracking_number: str
    tracking: Tracking
    contents: Sequence[PackedPart] = ()
    """What was packed into it; nothing, where it was sent in one act."""
    said: Sequence[WordView] = ()
    """Of its way, the latest first."""


@dataclass(frozen=True, slots=True)
class LotSent:
    """So many units of a lot that are in a shipment."""

    code: str
    number: str
    best_before: date | None
    units: int


@dataclass(frozen=True, slots=True)
class Received:
    """An order that got so much of a lot, or for which it is packed."""

    order_id: int
    number: str
    buyer: str
    nth: int
    """Of its shipment."""
    dispatched_at: datetime | None
    """None: it is packed, and has not left."""
    units: int


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """What leaves a warehouse in one go, as both sides read it."""

    pk: int
    nth: int
    status: ShipmentStatus
    carrier: str
    warehouse: str
    packed_at: datetime | None
    dispatched_at: datetime | None
    delivered_at: datetime | None
    lines: Sequence[tuple[int, str, int]]
    """(pk of the order's line, code, units), by the order's lines."""
    parcels: Sequence[ParcelView]
    faults: Sequence[tuple[str, int, int]] = ()
    """(code, missing, damaged), as its buyer found them."""
    receipt_note: str = ""
    confirms_at: datetime | None = None
    """Then its receipt is confirmed by itself, if nobody says a word before."""
    lots: Sequence[LotSent] = ()
    """Of what is kept by lots."""

    @property
    def is_spoilt(self) -> bool:
        """It has not left, and can't: something in it is past its day."""
        packed = (part for parcel in self.parcels for part in parcel.contents)
        return self.status == ShipmentStatus.PACKED and any(part.is_expired for part in packed)


def shipments(order_id: int) -> Sequence[ShipmentView]:
    """What was sent of an order, or is packed, the latest first. Five queries; one more where anything was said of a
    parcel's way."""
    of_order = Shipment.objects.of_order(order_id).exclude(status=ShipmentStatus.UNPACKED)
    sent = of_order.select_related("warehouse").prefetch_related(LINES).prefetch_related(LOTS)
    found = list(sent.prefetch_related("parcels").prefetch_related(PACKED).order_by("-nth"))
    said = _said([parcel for each in found for parcel in each.parcels.all()])
    return [_shipment(each, said) for each in found]


def _said(parcels: Iterable[Parcel]) -> Mapping[int, Sequence[WordView]]:
    """Of those that have moved. One query; of none, none."""
    moved = [parcel.pk for parcel in parcels if parcel.tracking != Tracking.PENDING]
    found: dict[int, list[WordView]] = defaultdict(list)
    if moved:
        for each in TrackingEvent.objects.scoped(parcel__in=moved).order_by("-at", "-pk"):
            found[each.parcel_id].append(WordView(Tracking(each.status), each.at, each.place))
    return found


def _shipment(each: Shipment, said: Mapping[int, Sequence[WordView]]) -> ShipmentView:
    return ShipmentView(
        pk=each.pk,
        nth=each.nth,
        status=ShipmentStatus(each.status),
        carrier=each.carrier,
        warehouse=each.warehouse.name,
        packed_at=each.packed_at,
        dispatched_at=each.dispatched_at,
        delivered_at=each.delivered_at,
        lines=[(line.line_id, line.line.code, line.quantity) for line in each.lines.all()],
        faults=[_fault(line) for line in each.lines.all() if line.missing or line.damaged],
        receipt_note=each.receipt_note,
        confirms_at=_confirms_at(each),
        parcels=[_parcel(each, parcel, said.get(parcel.pk, ())) for parcel in each.parcels.all()],
        lots=[_lot(line, sent) for line in each.lines.all() for sent in line.lots.all()],
    )


def _fault(line: ShipmentLine) -> tuple[str, int, int]:
    return line.line.code, line.missing, line.damaged


def _confirms_at(each: Shipment) -> datetime | None:
    waits = each.status == ShipmentStatus.DELIVERED and each.delivered_at
    return waits + CONFIRM_AFTER if waits else None


def _lot(line: ShipmentLine, sent: ShipmentLot) -> LotSent:
    return LotSent(line.line.code, sent.lot.number, sent.lot.best_before, sent.quantity)


def orders_with_lot(seller_id: int, lot_id: int) -> Sequence[Received]:
    """Which orders got something of a lot, the latest first. One query."""
    sent = ShipmentLot.objects.of_company(seller_id).filter(lot=lot_id)
    sent = sent.exclude(shipment_line__shipment__status=ShipmentStatus.UNPACKED)
    rows = sent.select_related("shipment_line__shipment__order__buyer").order_by("-pk")
    return [_received(each, each.shipment_line.shipment) for each in rows]


def _received(each: ShipmentLot, shipment: Shipment) -> Received:
    order = shipment.order
    return Received(order.pk, order.number, order.buyer.name, shipment.nth, shipment.dispatched_at, each.quantity)


def parcel_of(parcel: Parcel) -> ParcelView:
    """One that was read with its shipment and its CONTENTS, without what was said of its way."""
    return _parcel(parcel.shipment, parcel, ())


def _parcel(shipment: Shipment, parcel: Parcel, said: Sequence[WordView]) -> ParcelView:
    number = f"{shipment.nth}-{parcel.nth}"
    packed = [_part(each) for each in parcel.contents.all()]
    return ParcelView(parcel.pk, number, parcel.tracking_number, Tracking(parcel.tracking), packed, said)


def _part(each: ParcelLine) -> PackedPart:
    lot, is_expired = (each.lot.number, each.lot.expired_at is not None) if each.lot else ("", False)
    return PackedPart(each.pk, each.line.code, each.quantity, lot, is_expired)
