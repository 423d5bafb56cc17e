"""Goods are packed before they leave, parcel by parcel, and leave as they are packed. Each change is one transaction,
safe to send twice, and ends by recording it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Conflict
from backend.core.guards import require
from backend.core.quantity import whole_number
from backend.core.row_security import for_actor
from backend.events import once
from backend.events.kinds import Kind
from backend.inventory.holds.allocating import Short
from backend.inventory.holds.packing import pack_stock, tell_packed
from backend.inventory.holds.steps import lock_stock, settle_stock
from backend.inventory.models import Warehouse
from backend.logistics import policies
from backend.logistics.models import Shipment
from backend.logistics.packing.steps import Contents, add_parcel, being_packed, contents, leave
from backend.logistics.states import SHIPMENT, ShipmentStatus
from backend.logistics.steps import (
    Consignment,
    go_out,
    require_packable,
    require_parcels,
    require_sendable,
    sent_of,
    too_little,
)
from backend.orders.models import Order
from backend.orders.states import Fulfilment, Step
from backend.orders.steps import contents_of, lock_order, roll_up, tell


@atomic(durable=True)
@for_actor
def pack_goods(
    order: Order, warehouse: Warehouse, quantities: Mapping[int, int], *, key: str, actor: Actor
) -> Shipment:
    """So many units of these order lines (by their pk) are put into one parcel more of what is packed there for it.

    They stay allocated until they leave; what expires first is packed first. Raises NotAllowed without orders.dispatch;
    Refused for an order that isn't accepted, or is paid in advance and not paid; for more than is allocated to the line
    there, lies there and is loose; for nothing at all, and for too many parcels.
    """
    require(policies.can_dispatch(actor, order))
    lines = {pk: whole_number(quantity) for pk, quantity in quantities.items() if quantity}
    request = {"order": order.pk, "warehouse": warehouse.pk, "lines": sorted(lines.items())}
    claim = once.claim(order.seller_id, key, action="pack_goods", request=request)
    if claim.is_repeat:
        return Shipment.objects.of_order(order.pk).get(pk=claim.result_pk)
    now = lock_order(order)
    packed = require_packable(now, lines)
    stock = lock_stock([line.sku_id for line in packed], what=now.number)
    shipment = being_packed(now, warehouse)
    try:
        parts = pack_stock(stock, now.subject, warehouse.pk, lines, reference=shipment.number)
    except Short as short:
        raise too_little(packed, short, warehouse) from None
    add_parcel(shipment, parts)
    tell_packed(stock, actor=actor)
    roll_up(now)
    tell(now, Step.PACKED, actor=actor, data={"shipment": shipment.pk, **contents_of(packed, lines)})
    claim.resulted_in(shipment.pk)
    return shipment


@atomic(durable=True)
@for_actor
def dispatch_packed(order: Order, consignments: Mapping[int, Consignment], *, actor: Actor) -> Order:
    """These packed shipments (by their pk) leave together, each as it is carried; sent before, they stay as they are.

    Raises NotAllowed without orders.dispatch; Conflict where one of them was unpacked meanwhile, or is not there;
    Refused as dispatch_goods does, for more tracking numbers than parcels, and where what was packed is past its day.
    """
    require(policies.can_dispatch(actor, order))
    for consignment in consignments.values():
        require_parcels(consignment)
    now = lock_order(order)
    named = _named(now, consignments)
    if all(each.dispatched_at for each in named):
        return now
    parts = contents(named)
    sent = require_sendable(now, _together(parts.values()))
    stock = lock_stock([line.sku_id for line in sent], what=now.number)
    told, fulfilment = [], Fulfilment(now.fulfilment)
    for shipment in named:
        fulfilment = leave(stock, shipment, parts[shipment], consignments[shipment.pk], actor)
        SHIPMENT.move(shipment, to=ShipmentStatus.DISPATCHED, dispatched_at=Now(), version=F("version") + 1)
        told.append(sent_of(shipment, list(parts[shipment].lines), parts[shipment].units))
    settle_stock(stock, Kind.INVENTORY_STOCK_SOLD, actor=actor)
    go_out(now, told, fulfilment, actor)
    return now


def _named(order: Order, pks: Collection[int]) -> Sequence[Shipment]:
    found = Shipment.objects.of_order(order.pk).filter(pk__in=pks).select_related("warehouse")
    named = list(found.order_by("pk"))
    is_one = len({each.status == ShipmentStatus.PACKED for each in named}) == 1
    if len(named) < len(pks) or not is_one or any(each.status == ShipmentStatus.UNPACKED for each in named):
        raise Conflict(_("What is packed of this order has changed since you looked: look at it again."))
    for each in named:
        each.order = order
    return named


def _together(parts: Collection[Contents]) -> Mapping[int, int]:
    found = Counter[int]()
    for each in parts:
        found.update(each.units)
    return found
