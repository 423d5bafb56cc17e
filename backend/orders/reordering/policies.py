"""May this actor do that to an order template? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.orders.models import OrderTemplate


def can_edit_template(actor: Actor, template: OrderTemplate) -> bool:
    """Its maker, and where it is shared whoever orders for the company."""
    is_theirs = template.is_shared or template.made_by_id == actor.user_id
    return is_theirs and acts_for(actor, template.company_id, Permission.ORDERS_PLACE)
