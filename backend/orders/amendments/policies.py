"""May this actor do that to a proposed change? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.orders.amendments.models import Amendment
from backend.orders.models import Order


def can_request_cancellation(actor: Actor, order: Order) -> bool:
    """The buyer asks; the seller takes off what he can't deliver without asking."""
    return acts_for(actor, order.buyer_id, Permission.ORDERS_PLACE)


def can_propose_change(actor: Actor, order: Order) -> bool:
    """Either side."""
    return _speaks_for_a_side(actor, order)


def can_answer_amendment(actor: Actor, amendment: Amendment) -> bool:
    """The side that did not propose it."""
    return _speaks_for_a_side(actor, amendment.order) and actor.company_id != amendment.proposed_by_id


def can_withdraw_amendment(actor: Actor, amendment: Amendment) -> bool:
    """The side that proposed it."""
    return _speaks_for_a_side(actor, amendment.order) and actor.company_id == amendment.proposed_by_id


def _speaks_for_a_side(actor: Actor, order: Order) -> bool:
    return acts_for(actor, order.buyer_id, Permission.ORDERS_PLACE) or acts_for(
        actor, order.seller_id, Permission.ORDERS_ANSWER
    )
