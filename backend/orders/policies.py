"""May this actor do that to an order? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.orders.models import Order


def can_place_orders(actor: Actor) -> bool:
    """Somebody who buys for their company; no token does."""
    return actor.user_id is not None and actor.may(Permission.ORDERS_PLACE)


def can_answer_order(actor: Actor, order: Order) -> bool:
    """Accept it, decline it, or answer a wish to cancel."""
    return acts_for(actor, order.seller_id, Permission.ORDERS_ANSWER)


def can_cancel_order(actor: Actor, order: Order) -> bool:
    """Before it is accepted the buyer cancels; afterwards they ask for it."""
    return acts_for(actor, order.buyer_id, Permission.ORDERS_PLACE)


def can_cancel_lines(actor: Actor, order: Order) -> bool:
    """The buyer of what is not accepted, the seller of what he can't deliver."""
    return can_cancel_order(actor, order) or can_answer_order(actor, order)


def can_see_orders(actor: Actor) -> bool:
    """Of the own company, on either side."""
    return actor.company_id is not None and actor.may(Permission.ORDERS_VIEW)
