"""Who keeps a seller's canned replies and offer templates, and who uses them? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission


def can_keep_replies(actor: Actor, company: Company) -> bool:
    """Whoever negotiates for a company that sells."""
    return company.sells and acts_for(actor, company.pk, Permission.NEGOTIATION_TALK)
