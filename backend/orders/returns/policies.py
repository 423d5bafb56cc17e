"""May this actor do that to a return? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.orders.models import Order


def can_send_back(actor: Actor, order: Order) -> bool:
    """Ask for a return, withdraw it, or say that it is on its way: whoever orders for the buyer."""
    return acts_for(actor, order.buyer_id, Permission.ORDERS_PLACE)


def can_decide_return(actor: Actor, order: Order) -> bool:
    """Approve it, reject it, and settle it once it was inspected: whoever answers for the seller."""
    return acts_for(actor, order.seller_id, Permission.ORDERS_ANSWER)


def can_inspect_return(actor: Actor, order: Order) -> bool:
    """Take it in and look at it: whoever packs at the seller's."""
    return acts_for(actor, order.seller_id, Permission.ORDERS_DISPATCH)
