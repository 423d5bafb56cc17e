"""What a warehouse has for an order is packed there, and leaves it in parcels with tracking numbers."""

from collections.abc import Sequence

from backend.accounts.actor import Actor
from backend.core.row_security import acting_for
from backend.inventory.holds.queries import Allocated, allocated
from backend.inventory.models import Warehouse
from backend.logistics.actions import dispatch_whole
from backend.logistics.models import Shipment
from backend.logistics.packing.actions import dispatch_packed, pack_goods
from backend.logistics.states import ShipmentStatus
from backend.logistics.steps import Consignment
from backend.market.models import Act
from backend.market.simulator.chance import between, fate, one_of
from backend.market.simulator.then import Then, then
from backend.orders.models import Order
from backend.orders.states import Commercial

CARRIERS = ("Pennine Parcels", "Meridian Freight", "Kestrel Express", "Fairway Logistics")
LINES_A_PARCEL = 12
AGAIN_LEAST, AGAIN_MOST = 30, 200
LEAST, MOST = 20, 150


def pack(order: Order, seller: Actor) -> Then | None:
    """Packs what the first warehouse has, and sends it; then the next one's, then the carrier's turn has come.

    What is paid in advance waits for the money."""
    if order.commercial not in (Commercial.ACCEPTED, Commercial.IN_PROGRESS):
        return None
    if order.awaits_payment:
        return then(Act.PACK, fate(order), AGAIN_LEAST, AGAIN_MOST)
    if order.only_whole:
        return _pack_whole(order, seller)
    parts = [part for part in allocated(order.subject) if part.there]
    is_sent = _send_packed(order, seller)
    if parts and not is_sent:
        _pack(order, [part for part in parts if part.warehouse_id == parts[0].warehouse_id], seller)
    if parts:
        return then(Act.PACK, f"{fate(order)}/{order.last_seq}", AGAIN_LEAST, AGAIN_MOST)
    return then(Act.CARRY, fate(order), LEAST, MOST)


def _pack_whole(order: Order, seller: Actor) -> Then:
    """What is wanted only whole waits until all of it lies there."""
    parts = allocated(order.subject)
    if any(part.there < part.quantity for part in parts):
        return then(Act.PACK, fate(order), AGAIN_LEAST, AGAIN_MOST)
    if parts:
        nth = _nth_shipment(order, seller)
        houses = {part.warehouse_id: _by_carrier(order, f"{nth}/{part.warehouse_id}", 1) for part in parts}
        dispatch_whole(order, houses, key=f"market:{order.number}-{nth}", actor=seller)
    return then(Act.CARRY, fate(order), LEAST, MOST)


def _pack(order: Order, parts: Sequence[Allocated], seller: Actor) -> None:
    """So many lines to a parcel."""
    with acting_for(seller.company_id):
        warehouse = Warehouse.objects.of_company(seller.company_id).get(pk=parts[0].warehouse_id)
    nth = _nth_shipment(order, seller)
    for first in range(0, len(parts), LINES_A_PARCEL):
        lines = {part.line: part.there for part in parts[first : first + LINES_A_PARCEL]}
        pack_goods(order, warehouse, lines, key=f"market:{order.number}-{nth}/{first}", actor=seller)


def _send_packed(order: Order, seller: Actor) -> bool:
    """What stands packed leaves; whether anything did."""
    with acting_for(seller.company_id):
        packed = Shipment.objects.of_order(order.pk).filter(status=ShipmentStatus.PACKED)
        boxes = {each.pk: (each.nth, each.parcels.count()) for each in packed}
    if boxes:
        how = {pk: _by_carrier(order, str(nth), many) for pk, (nth, many) in boxes.items()}
        dispatch_packed(order, how, actor=seller)
    return bool(boxes)


def _nth_shipment(order: Order, seller: Actor) -> int:
    with acting_for(seller.company_id):
        return order.shipments.count() + 1


def _by_carrier(order: Order, which: str, boxes: int) -> Consignment:
    numbers = [f"EP{between(f'{order.number}/{which}/{box}', 10**8, 10**9 - 1)}" for box in range(1, boxes + 1)]
    return Consignment(one_of(fate(order), CARRIERS), numbers)
