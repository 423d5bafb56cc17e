"""Who awards an enquiry? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.roles import Permission
from backend.negotiation.models import Enquiry
from backend.negotiation.policies import can_keep_enquiry


def can_award(actor: Actor, enquiry: Enquiry) -> bool:
    """Whoever negotiates and orders for the buyer."""
    return can_keep_enquiry(actor, enquiry) and actor.may(Permission.ORDERS_PLACE)
