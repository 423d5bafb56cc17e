"""May this actor do that to an order's documents? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.orders.models import Order
from backend.orders.policies import can_answer_order


def can_send_document(actor: Actor, order: Order) -> bool:
    """Whoever orders for the buyer; whoever answers or packs for the seller."""
    packs = acts_for(actor, order.seller_id, Permission.ORDERS_DISPATCH)
    return acts_for(actor, order.buyer_id, Permission.ORDERS_PLACE) or can_answer_order(actor, order) or packs
