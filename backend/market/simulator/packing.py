"""What a warehouse has for an order leaves it, in parcels with tracking numbers."""

from collections.abc import Sequence

from backend.accounts.actor import Actor
from backend.core.row_security import acting_for
from backend.inventory.holds.queries import Allocated, allocated
from backend.inventory.models import Warehouse
from backend.logistics.actions import dispatch_goods, dispatch_whole
from backend.logistics.steps import Consignment
from backend.market.models import Act
from backend.market.simulator.chance import between, one_of
from backend.market.simulator.then import Then, then
from backend.orders.models import Order
from backend.orders.states import Commercial

CARRIERS = ("Pennine Parcels", "Meridian Freight", "Kestrel Express", "Fairway Logistics")
LINES_A_PARCEL = 12
AGAIN_LEAST, AGAIN_MOST = 30, 200
LEAST, MOST = 20, 150


def pack(order: Order, seller: Actor) -> Then | None:
    """Sends what the first warehouse has; then the next one's, then the carrier's turn has come.

    What is paid in advance waits for the money."""
    if order.commercial not in (Commercial.ACCEPTED, Commercial.IN_PROGRESS):
        return None
    if order.awaits_payment:
        return then(Act.PACK, order.number, AGAIN_LEAST, AGAIN_MOST)
    if order.only_whole:
        return _pack_whole(order, seller)
    parts = [part for part in allocated(order.subject) if part.there]
    if parts:
        _send(order, [part for part in parts if part.warehouse_id == parts[0].warehouse_id], seller)
    if len({part.warehouse_id for part in parts}) > 1:
        return then(Act.PACK, order.number, AGAIN_LEAST, AGAIN_MOST)
    return then(Act.CARRY, order.number, LEAST, MOST)


def _pack_whole(order: Order, seller: Actor) -> Then:
    """What is wanted only whole waits until all of it lies there."""
    parts = allocated(order.subject)
    if any(part.there < part.quantity for part in parts):
        return then(Act.PACK, order.number, AGAIN_LEAST, AGAIN_MOST)
    if parts:
        nth = _nth_shipment(order, seller)
        houses = {part.warehouse_id: _by_carrier(order, f"{nth}/{part.warehouse_id}", 1) for part in parts}
        dispatch_whole(order, houses, key=f"market:{order.number}-{nth}", actor=seller)
    return then(Act.CARRY, order.number, LEAST, MOST)


def _send(order: Order, parts: Sequence[Allocated], seller: Actor) -> None:
    nth = _nth_shipment(order, seller)
    with acting_for(seller.company_id):
        warehouse = Warehouse.objects.of_company(seller.company_id).get(pk=parts[0].warehouse_id)
    dispatch_goods(
        order,
        warehouse,
        {part.line: part.there for part in parts},
        _by_carrier(order, str(nth), 1 + len(parts) // LINES_A_PARCEL),
        key=f"market:{order.number}-{nth}",
        actor=seller,
    )


def _nth_shipment(order: Order, seller: Actor) -> int:
    with acting_for(seller.company_id):
        return order.shipments.count() + 1


def _by_carrier(order: Order, which: str, boxes: int) -> Consignment:
    numbers = [f"EP{between(f'{order.number}/{which}/{box}', 10**8, 10**9 - 1)}" for box in range(1, boxes + 1)]
    return Consignment(one_of(order.number, CARRIERS), numbers)
