"""May this actor know what goods cost? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission


def can_keep_costs(actor: Actor, company: Company) -> bool:
    """Whoever keeps the floors of a seller's prices knows what they stand on; nobody else does."""
    return company.sells and acts_for(actor, company.pk, Permission.NEGOTIATION_FLOOR)
