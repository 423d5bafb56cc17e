"""May this actor do that to a standing order? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.orders.models import StandingOrder


def can_change_standing(actor: Actor, standing: StandingOrder) -> bool:
    """Whoever orders for the company pauses, resumes, skips, answers and ends it, whoever set it up."""
    return actor.user_id is not None and acts_for(actor, standing.company_id, Permission.ORDERS_PLACE)
