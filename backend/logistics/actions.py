"""Goods leave, travel and arrive. Each change is one transaction, safe to send twice, and ends by recording it."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core import clock
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.quantity import whole_number
from backend.core.row_security import for_actor
from backend.core.written import Written
from backend.events import once
from backend.inventory.holds.queries import allocated
from backend.inventory.holds.steps import lock_stock
from backend.inventory.models import Warehouse
from backend.logistics import policies
from backend.logistics.models import Parcel, Shipment, TrackingEvent
from backend.logistics.states import NOT_SENT, RANK, TERMINAL, ShipmentStatus, Tracking
from backend.logistics.steps import Consignment, go_out, require_parcels, require_sendable, sent_of, ship
from backend.orders.models import Order
from backend.orders.states import ALL_THERE, Commercial, Fulfilment, Step
from backend.orders.steps import Told, fulfilment_of, lock_order, move, tell

MAX_PLACE = 80
AHEAD = timedelta(minutes=10)
"""So far may somebody's clock be before ours."""

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
    not paid; for more than is allocated to the line there, for nothing at all, for a part of an order that is wanted
    only whole, or for too many parcels.
    """
    require(policies.can_dispatch(actor, order))
    require_parcels(consignment)
    lines = {pk: whole_number(quantity) for pk, quantity in quantities.items() if quantity}
    request = {"order": order.pk, "warehouse": warehouse.pk, "lines": sorted(lines.items()), "how": str(consignment)}
    claim = once.claim(order.seller_id, key, action="dispatch_goods", request=request)
    if claim.is_repeat:
        return Shipment.objects.of_order(order.pk).get(pk=claim.result_pk)
    now = lock_order(order)
    sent = require_sendable(now, lines)
    shipment, fulfilment = ship(now, warehouse, sent, lines, consignment, actor)
    go_out(now, [sent_of(shipment, sent, lines)], fulfilment, actor)
    claim.resulted_in(shipment.pk)
    return shipment


@atomic(durable=True)
@for_actor
def dispatch_whole(order: Order, consignments: Mapping[int, Consignment], *, key: str, actor: Actor) -> Order:
    """All that is open of an order leaves at once, a shipment from every warehouse that holds some of it, or nothing.

    `consignments` say by warehouse (its pk) who carries it. Raises what dispatch_goods does, and Conflict where the
    goods lie in other warehouses than were named.
    """
    require(policies.can_dispatch(actor, order))
    for consignment in consignments.values():
        require_parcels(consignment)
    named = sorted((pk, str(consignment)) for pk, consignment in consignments.items())
    claim = once.claim(order.seller_id, key, action="dispatch_whole", request={"order": order.pk, "from": named})
    if claim.is_repeat:
        return order
    now = lock_order(order)
    parts = _by_warehouse(now, consignments)
    sent = require_sendable(now, _together(parts))
    # Of all warehouses at once, in the order of their keys.
    lock_stock([line.sku_id for line in sent], what=now.number)
    told, fulfilment = [], Fulfilment(now.fulfilment)
    for house in now.seller.warehouses.filter(pk__in=parts).order_by("pk"):
        here = [line for line in sent if line.pk in parts[house.pk]]
        shipment, fulfilment = ship(now, house, here, parts[house.pk], consignments[house.pk], actor)
        told.append(sent_of(shipment, here, parts[house.pk]))
    go_out(now, told, fulfilment, actor)
    return now


def _by_warehouse(order: Order, consignments: Mapping[int, Consignment]) -> Mapping[int, Mapping[int, int]]:
    """What each warehouse holds for a locked order: units by line."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for part in allocated(order.subject):
        found[part.warehouse_id][part.line] = part.quantity
    if found and found.keys() != consignments.keys():
        raise Conflict(_("The goods of this order lie in other warehouses by now: look at it again."))
    return found


def _together(parts: Mapping[int, Mapping[int, int]]) -> Mapping[int, int]:
    found: dict[int, int] = defaultdict(int)
    for lines in parts.values():
        for line, quantity in lines.items():
            found[line] += quantity
    return found


@atomic(durable=True)
@for_actor
def confirm_delivery(shipment: Shipment, *, actor: Actor) -> Shipment:
    """All of the shipment has arrived. Confirmed again it changes nothing.

    With the last one the order is completed. Raises NotAllowed for whoever is neither the buyer nor the sender, and
    Refused for one that has not left.
    """
    order = shipment.order
    require(policies.can_confirm_delivery(actor, order))
    now = lock_order(order)
    return _arrive(now, shipment, actor) or _left(shipment)


def _arrive(order: Order, shipment: Shipment, actor: Actor) -> Shipment | None:
    """None where it has not left, or has arrived before."""
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
    has. Raises NotAllowed without orders.dispatch, Refused for one that has not left, for more than
    MAX_PLACE characters, or for a moment that is still to come.
    """
    order = parcel.shipment.order
    require(policies.can_dispatch(actor, order))
    _require_sayable(place, at)
    now = lock_order(order)
    parcel.shipment = _left(parcel.shipment)
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


def _left(shipment: Shipment) -> Shipment:
    """As it is now that its order is locked: whoever asked may have seen it before it left."""
    now: Shipment = Shipment.objects.this(shipment).get()
    if now.status in NOT_SENT:
        raise Refused(_("This shipment has not left yet."))
    return now


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
