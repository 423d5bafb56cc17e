"""May this actor give credit, or say that something was paid? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.orders.models import Order


def can_give_credit(actor: Actor, company: Company) -> bool:
    """A seller's owners, managers and finance."""
    return company.sells and acts_for(actor, company.pk, Permission.CREDIT_GIVE)


def can_mark_paid(actor: Actor, order: Order) -> bool:
    """Whoever watches what the seller is owed."""
    return acts_for(actor, order.seller_id, Permission.CREDIT_GIVE)
