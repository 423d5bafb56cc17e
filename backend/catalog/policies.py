"""May this actor do that to a product? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.catalog.models import ChangeSet


def can_edit_catalog(actor: Actor, company: Company) -> bool:
    return company.sells and acts_for(actor, company.pk, Permission.CATALOG_EDIT)


def can_edit_prices(actor: Actor, company: Company) -> bool:
    """Price lists are confidential: whoever may not edit them does not see them either."""
    return company.sells and acts_for(actor, company.pk, Permission.PRICES_EDIT)


def can_approve_changes(actor: Actor, company: Company) -> bool:
    """Who decides what a published product of this company says; they may also change it at once."""
    return company.sells and acts_for(actor, company.pk, Permission.CATALOG_APPROVE)


def can_withdraw_change(actor: Actor, change: ChangeSet) -> bool:
    """Its author, while they may still edit."""
    is_author = actor.user_id is not None and actor.user_id == change.author_id
    return is_author and acts_for(actor, change.company_id, Permission.CATALOG_EDIT)


def can_see_prices(actor: Actor) -> bool:
    """The catalogue is public; its prices are for people of the trade."""
    return not actor.is_anonymous
