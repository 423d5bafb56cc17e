"""May this actor lay down how their company buys? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission


def can_rule_buying(actor: Actor, company: Company) -> bool:
    """Owners and managers say what needs an approval, and how much each may spend."""
    return acts_for(actor, company.pk, Permission.ORDERS_RULE)


def can_name_deputy(actor: Actor, company: Company, approver_id: int) -> bool:
    """An approver names their own deputy; whoever lays down the rules names anybody's."""
    is_own = actor.user_id == approver_id and acts_for(actor, company.pk, Permission.ORDERS_APPROVE)
    return is_own or can_rule_buying(actor, company)
