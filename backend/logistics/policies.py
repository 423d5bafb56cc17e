"""May this actor do that to a shipment? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.orders.models import Order


def can_dispatch(actor: Actor, order: Order) -> bool:
    """Whoever packs at the seller's."""
    return acts_for(actor, order.seller_id, Permission.ORDERS_DISPATCH)


def can_confirm_receipt(actor: Actor, order: Order) -> bool:
    """Only the buyer says that the goods are as they should be."""
    return acts_for(actor, order.buyer_id, Permission.ORDERS_PLACE)


def can_confirm_delivery(actor: Actor, order: Order) -> bool:
    """Whoever sees the goods arrive: the buyer, or the seller who hears it of the carrier."""
    return acts_for(actor, order.buyer_id, Permission.ORDERS_PLACE) or can_dispatch(actor, order)
