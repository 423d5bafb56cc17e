"""A shop looks at what has come: most say that they have it, a few find something damaged, and some say nothing."""

from backend.accounts.actions import system_actor
from backend.accounts.actor import Actor
from backend.core.row_security import acting_for
from backend.logistics.models import Shipment
from backend.logistics.receipts.actions import ALL_WELL, Findings, confirm_receipt
from backend.logistics.states import ShipmentStatus
from backend.market.models import Act
from backend.market.simulator.chance import chance, fate
from backend.market.simulator.disputing import will_dispute
from backend.market.simulator.then import Then, then
from backend.orders.models import Order

# Of a hundred orders so many are left to the clock, and of so many something is damaged.
SILENT, DAMAGED = 30, 5
LEAST, MOST = 100, 900
NOTE = "One was broken when we opened the box."


def will_confirm(order: Order, seller: Actor) -> Then | None:
    """What a person has ordered they look at themselves."""
    is_shops = order.group.placed_by_id == seller.user_id
    if not is_shops or chance(f"{fate(order)}/silent", 100) < SILENT:
        return None
    return then(Act.CONFIRM, fate(order), LEAST, MOST)


def confirm(order: Order) -> Then | None:
    """All that was delivered of it; what is damaged may be disputed."""
    with acting_for(order.buyer_id):
        arrived = list(Shipment.objects.of_order(order.pk).filter(status=ShipmentStatus.DELIVERED))
    for shipment in arrived:
        shipment.order = order
        found, key = _findings(shipment), f"{shipment.number}/looked"
        confirm_receipt(shipment, found, key=key, actor=system_actor(order.buyer))
    return will_dispute(order) if _is_damaged(order) else None


def _is_damaged(order: Order) -> bool:
    return chance(f"{fate(order)}/damaged", 100) < DAMAGED


def _findings(shipment: Shipment) -> Findings:
    if not _is_damaged(shipment.order):
        return ALL_WELL
    with acting_for(shipment.order.buyer_id):
        line = shipment.lines.order_by("pk")[0]
    return Findings(damaged={line.line_id: 1}, note=NOTE)
