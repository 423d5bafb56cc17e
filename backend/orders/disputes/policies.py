"""May this actor do that to a dispute? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.orders.models import Order
from backend.orders.policies import can_answer_order


def can_dispute(actor: Actor, order: Order) -> bool:
    """Open a dispute, or withdraw it: whoever orders for the buyer."""
    return acts_for(actor, order.buyer_id, Permission.ORDERS_PLACE)


def can_speak_in_dispute(actor: Actor, order: Order) -> bool:
    """Say something about it, or ask the operators to decide: whoever orders for the one side or answers for the
    other."""
    return can_dispute(actor, order) or can_answer_order(actor, order)


def can_decide_disputes(actor: Actor) -> bool:
    """The market's operators, once they are asked."""
    return actor.may(Permission.DISPUTES_DECIDE)
