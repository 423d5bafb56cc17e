"""Goods leave, travel and arrive. Each change is one transaction, safe to send twice, and ends by recording it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.transaction import atomic
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backend.accounts.actor import Actor
from backend.core import clock
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.quantity import whole_number
from backend.core.row_security import for_actor
from backend.core.written import Written, fetch
from backend.events import once
from backend.events.kinds import Kind
from backend.inventory.holds.allocating import Short
from backend.inventory.holds.steps import LockedStock, lock_stock, settle_stock, ship_stock
from backend.inventory.lots.choosing import first_of
from backend.inventory.models import Warehouse
from backend.logistics import policies
from backend.logistics.models import Parcel, Shipment, ShipmentLot, TrackingEvent
from backend.logistics.states import RANK, TERMINAL, ShipmentStatus, Tracking
from backend.orders.models import Order, OrderLine
from backend.orders.states import ALL_THERE, GOING_ON, Commercial, Fulfilment, Step
from backend.orders.steps import Told, contents_of, fulfilment_of, lock_order, move, tell

MAX_PARCELS = 200
MAX_CARRIER, MAX_NUMBER, MAX_PLACE = 40, 60, 80
MAX_NAMED = 5
AHEAD = timedelta(minutes=10)
"""So far may somebody's clock be before ours."""

_LINES = Written(
    """
    SELECT {line} FROM orders_orderline line WHERE order_id = %(order)s AND id = ANY(%(lines)s::bigint[])
    ORDER BY position
    """,
    line=OrderLine,
)
_OPEN = Written(
    """
    WITH made AS (
        INSERT INTO logistics_shipment (order_id, warehouse_id, nth, status, carrier, version)
        SELECT %(order)s, %(warehouse)s, count(*) + 1, %(status)s, %(carrier)s, 1
        FROM logistics_shipment WHERE order_id = %(order)s RETURNING *
    ) SELECT {made} FROM made
    """,
    made=Shipment,
)
# Sums that a statement reads are of before it: what it adds is added to them.
_SEND = """
WITH sent AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(quantities)s::bigint[]) AS sent (line_id, quantity)
), counted AS (
    UPDATE orders_orderline line SET dispatched = line.dispatched + sent.quantity
    FROM sent WHERE line.id = sent.line_id
), packed AS (
    INSERT INTO logistics_shipmentline (shipment_id, line_id, quantity)
    SELECT %(shipment)s, line_id, quantity FROM sent
), labelled AS (
    INSERT INTO logistics_parcel (shipment_id, nth, tracking_number, tracking)
    SELECT %(shipment)s, nth, number, %(tracking)s
    FROM unnest(%(numbers)s::text[]) WITH ORDINALITY AS label (number, nth)
)
SELECT sum(quantity - cancelled), sum(dispatched) + (SELECT sum(quantity) FROM sent), sum(delivered), sum(returned)
FROM orders_orderline WHERE order_id = %(order)s
"""
_ARRIVE = Written(
    """
    WITH arrived AS (
        UPDATE logistics_shipment
        SET status = %(delivered)s, delivered_at = statement_timestamp(), version = version + 1
        WHERE id = %(shipment)s AND status = %(dispatched)s RETURNING *
    ), counted AS (
        UPDATE orders_orderline line SET delivered = line.delivered + shipped.quantity
        FROM logistics_shipmentline shipped JOIN arrived ON arrived.id = shipped.shipment_id
        WHERE shipped.line_id = line.id RETURNING shipped.quantity
    ), unpacked AS (
        UPDATE logistics_parcel parcel SET tracking = %(unpacked)s
        FROM arrived WHERE parcel.shipment_id = arrived.id AND parcel.tracking <> ALL(%(ended)s::text[])
    ), summed AS (
        SELECT sum(quantity - cancelled) AS due, sum(dispatched) AS sent,
            sum(delivered) + (SELECT sum(quantity) FROM counted) AS there, sum(returned) AS returned
        FROM orders_orderline WHERE order_id = %(order)s
    ) SELECT {arrived}, due, sent, there, returned FROM arrived CROSS JOIN summed
    """,
    arrived=Shipment,
)
_ARRIVES = {
    "dispatched": ShipmentStatus.DISPATCHED,
    "delivered": ShipmentStatus.DELIVERED,
    "unpacked": Tracking.DELIVERED,
    "ended": sorted(TERMINAL),
}


@dataclass(frozen=True, slots=True)
class Consignment:
    """Who carries it, and the tracking number of each parcel; an empty one where there is none."""

    carrier: str = ""
    tracking_numbers: Sequence[str] = ("",)


@atomic(durable=True)
@for_actor
def dispatch_goods(
    order: Order,
    warehouse: Warehouse,
    quantities: Mapping[int, int],
    consignment: Consignment,
    *,
    key: str,
    actor: Actor,
) -> Shipment:
    """So many units of these order lines (by their pk) leave the warehouse for the buyer: all of them or none.

    Raises NotAllowed without orders.dispatch; Refused for an order that isn't accepted, or that is paid in advance and
    not paid; for more than is allocated to the line there, for nothing at all, for a part of an order that
    is wanted only whole, or for more than MAX_PARCELS parcels.
    """
    require(policies.can_dispatch(actor, order))
    _require_parcels(consignment)
    lines = {pk: whole_number(quantity) for pk, quantity in quantities.items() if quantity}
    request = {"order": order.pk, "warehouse": warehouse.pk, "lines": sorted(lines.items()), "how": str(consignment)}
    claim = once.claim(order.seller_id, key, action="dispatch_goods", request=request)
    if claim.is_repeat:
        return Shipment.objects.of_order(order.pk).get(pk=claim.result_pk)
    now = lock_order(order)
    sent = _require_sendable(now, lines)
    shipment, fulfilment = _ship(now, warehouse, sent, lines, consignment, actor)
    told = Told(Step.DISPATCHED, consignment.carrier, {"shipment": shipment.pk, **contents_of(sent, lines)})
    begins = Commercial.IN_PROGRESS if now.commercial == Commercial.ACCEPTED else None
    move(now, [told], to=begins, fulfilment=fulfilment, actor=actor)
    claim.resulted_in(shipment.pk)
    return shipment


def _require_sendable(order: Order, lines: Mapping[int, int]) -> Sequence[OrderLine]:
    if order.commercial not in GOING_ON:
        raise Refused(_("Only an order that is accepted can be sent; this one is: %(now)s.")
                      % {"now": Commercial(order.commercial).label})  # fmt: skip
    if order.awaits_payment:
        raise Refused(_("This order is paid in advance: its goods can be sent once the money has come."))
    if not lines:
        raise Refused(_("Say how much of which line is in the shipment."), field="quantity")
    sent = [line for (line,) in _LINES.fetch({"order": order.pk, "lines": list(lines)})]
    if len(sent) < len(lines):
        raise Refused(_("One of these lines is not of this order."))
    if order.only_whole:
        _require_whole(order, lines)
    return sent


def _require_whole(order: Order, lines: Mapping[int, int]) -> None:
    """Nothing that is still to be sent stays behind; what was cancelled doesn't count."""
    rest = [line for line in order.lines.order_by("position") if line.open_quantity]
    if any(lines.get(line.pk, 0) < line.open_quantity for line in rest):
        named = ", ".join(f"{line.open_quantity} × {line.code}" for line in rest[:MAX_NAMED])
        further = len(rest) - MAX_NAMED
        more = ngettext(" and %(n)d line more", " and %(n)d lines more", further) % {"n": further}
        raise Refused(
            _("The buyer wants this order only whole. Send all that is open of it at once: %(lines)s.")
            % {"lines": named + (more if further > 0 else "")},
            field="quantity",
            detail={"open": {line.pk: line.open_quantity for line in rest}},
        )


def _ship(
    order: Order,
    warehouse: Warehouse,
    sent: Sequence[OrderLine],
    lines: Mapping[int, int],
    consignment: Consignment,
    actor: Actor,
) -> tuple[Shipment, Fulfilment]:
    """What has left, and what has become of the order's goods with it."""
    shipment = _open_shipment(order, warehouse, consignment.carrier)
    stock = lock_stock([line.sku_id for line in sent], what=order.number)
    try:
        ship_stock(stock, order.subject, warehouse.pk, lines, reference=shipment.number, actor=actor)
    except Short as short:
        raise _too_little(sent, short, warehouse) from None
    numbers = [number.strip() for number in consignment.tracking_numbers or [""]]
    packed = {"lines": list(lines), "quantities": list(lines.values()), "numbers": numbers}
    (sums,) = fetch(_SEND, {"order": order.pk, "shipment": shipment.pk, "tracking": Tracking.PENDING, **packed})
    _note_lots(shipment, stock)
    settle_stock(stock, Kind.INVENTORY_STOCK_SOLD, actor=actor)
    return shipment, fulfilment_of(*map(int, sums))


def _open_shipment(order: Order, warehouse: Warehouse, carrier: str) -> Shipment:
    asked = {"order": order.pk, "warehouse": warehouse.pk, "status": ShipmentStatus.DISPATCHED, "carrier": carrier}
    ((made,),) = _OPEN.fetch(asked)
    shipment: Shipment = made
    shipment.order, shipment.warehouse = order, warehouse
    return shipment


def _note_lots(shipment: Shipment, stock: LockedStock) -> None:
    """Which lots went with which line; lines of one SKU share them in their order. No query where none has any."""
    if not stock.lots:
        return
    left = {sku: dict(lots) for sku, lots in stock.lots.items()}
    noted = []
    for each in shipment.lines.select_related("line"):
        there = left.get(each.line.sku_id, {})
        for lot, units in list(first_of(each.quantity, there.items())):
            there[lot] -= units
            noted.append(ShipmentLot(shipment_line=each, lot=lot, quantity=units))
    ShipmentLot.objects.bulk_create(noted)


def _too_little(lines: Sequence[OrderLine], short: Short, warehouse: Warehouse) -> Refused:
    named = [line for line in lines if line.pk in short.left]
    words = _("Only %(left)d of %(code)s can leave %(warehouse)s for this order.")
    said = [words % {"left": short.left[each.pk], "code": each.code, "warehouse": warehouse.name} for each in named[:5]]
    return Refused(" ".join(said), field="quantity", detail={"left": dict(short.left)})


@atomic(durable=True)
@for_actor
def confirm_delivery(shipment: Shipment, *, actor: Actor) -> Shipment:
    """All of the shipment has arrived. Confirmed again it changes nothing.

    With the last one the order is completed. Raises NotAllowed for whoever is neither the buyer nor the sender.
    """
    order = shipment.order
    require(policies.can_confirm_delivery(actor, order))
    now = lock_order(order)
    return _arrive(now, shipment, actor) or Shipment.objects.this(shipment).get()


def _arrive(order: Order, shipment: Shipment, actor: Actor) -> Shipment | None:
    """None where it has arrived before."""
    found = _ARRIVE.fetch({"shipment": shipment.pk, "order": order.pk, **_ARRIVES})
    if not found:
        return None
    arrived: Shipment = found[0][0]
    fulfilment = fulfilment_of(*map(int, found[0][1:]))
    told = [Told(Step.DELIVERED, data={"shipment": shipment.pk})]
    is_last = fulfilment in ALL_THERE and order.commercial == Commercial.IN_PROGRESS
    if is_last:
        told.append(Told(Step.COMPLETED))
    move(order, told, to=Commercial.COMPLETED if is_last else None, fulfilment=fulfilment, actor=actor)
    return arrived


@atomic(durable=True)
@for_actor
def add_tracking(
    parcel: Parcel,
    status: Tracking,
    at: datetime,
    *,
    place: str = "",
    source: str = "hand",
    external_id: str = "",
    actor: Actor,
) -> Parcel:
    """What is known of a parcel's way from somebody's clock on. Events may come late and in any order, or twice: then
    they have the same `external_id` of their `source`.

    The parcel stands where the latest of them says; what has arrived stays so. Once all parcels of a shipment have, it
    has. Raises NotAllowed without orders.dispatch, Refused for a place of more than MAX_PLACE characters, or for a
    moment that is still to come.
    """
    order = parcel.shipment.order
    require(policies.can_dispatch(actor, order))
    _require_sayable(place, at)
    now = lock_order(order)
    made = TrackingEvent.objects.bulk_create(
        [TrackingEvent(parcel=parcel, status=status, at=at, place=place, source=source, external_id=external_id)],
        ignore_conflicts=bool(external_id),
    )
    before, parcel.tracking = parcel.tracking, _where(parcel)
    if made and parcel.tracking != before:
        Parcel.objects.this(parcel).update(tracking=parcel.tracking)
        data = {"parcel": parcel.pk, "nth": parcel.number, "tracking": parcel.tracking}
        tell(now, Step.TRACKED, actor=actor, note=place, data=data)
        _arrive_with(parcel, now, actor)
    return parcel


def _require_sayable(place: str, at: datetime) -> None:
    if len(place) > MAX_PLACE:
        raise Refused(_("%(n)d characters are too many here: at most %(max)d.") % {"n": len(place), "max": MAX_PLACE},
                      field="place")  # fmt: skip
    if at > clock.now() + AHEAD:
        raise Refused(_("This is still to come. Say when it was."), field="at")


def _arrive_with(parcel: Parcel, order: Order, actor: Actor) -> None:
    """The shipment has arrived with the last of its parcels."""
    if parcel.tracking == Tracking.DELIVERED and not parcel.shipment.parcels.exclude(tracking=parcel.tracking).exists():
        _arrive(order, parcel.shipment, actor)


def _where(parcel: Parcel) -> str:
    """The latest word by the sayer's clock; of one moment the one farther along; what ended stays ended."""
    said = sorted(parcel.events.values_list("at", "status"), key=lambda each: (each[0], RANK[each[1]]))
    ended = [status for _at, status in said if status in TERMINAL]
    return ended[-1] if ended else said[-1][1]


def _require_parcels(consignment: Consignment) -> None:
    numbers = consignment.tracking_numbers
    if len(numbers) > MAX_PARCELS:
        raise Refused(_("A shipment has at most %(max)d parcels.") % {"max": MAX_PARCELS}, field="tracking_numbers")
    if len(consignment.carrier) > MAX_CARRIER or any(len(number) > MAX_NUMBER for number in numbers):
        raise Refused(_("A carrier’s name has at most %(carrier)d characters, a tracking number %(number)d.")
                      % {"carrier": MAX_CARRIER, "number": MAX_NUMBER}, field="tracking_numbers")  # fmt: skip
