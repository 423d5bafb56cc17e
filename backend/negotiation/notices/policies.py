"""Who looks through open enquiries, and takes part? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.negotiation.policies import can_ask_for_offers, can_see_negotiations


def can_look_through_notices(actor: Actor) -> bool:
    """For a verified seller, who sees its negotiations. One query, if the role does."""
    sells = Company.objects.verified_sellers().filter(pk=actor.company_id or 0)
    return can_see_negotiations(actor) and sells.exists()


def can_take_part(actor: Actor) -> bool:
    """Join an open enquiry, or pass, for a verified seller. Which of them the company sees at all is decided where it
    is looked up (Notice.visible_to): those of others, while they are open."""
    return can_ask_for_offers(actor) and can_look_through_notices(actor)
