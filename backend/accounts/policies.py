"""May this actor do that to a company or its people? Nothing else decides."""

from collections.abc import Set

from backend.accounts.actor import Actor
from backend.accounts.models import Company, CompanyKind
from backend.accounts.roles import Permission


def acts_for(actor: Actor, company_id: int, permission: Permission) -> bool:
    """Whether the actor acts for exactly this company, with this permission."""
    return actor.company_id == company_id and actor.may(permission)


def can_manage_members(actor: Actor, company: Company) -> bool:
    return acts_for(actor, company.pk, Permission.MEMBERS_MANAGE)


def can_give(actor: Actor, permissions: Set[Permission]) -> bool:
    """Nobody gives a permission that they do not hold themselves, and nobody takes one that they could not give."""
    return permissions <= actor.permissions


def can_require_second_step(actor: Actor, company: Company) -> bool:
    """Whoever decides who comes in decides how well their login is protected."""
    return acts_for(actor, company.pk, Permission.MEMBERS_MANAGE)


def can_manage_api_tokens(actor: Actor, company: Company) -> bool:
    """Owners and managers let other systems in, and see which were let in."""
    return acts_for(actor, company.pk, Permission.API_TOKENS_MANAGE)


def can_keep_addresses(actor: Actor, company: Company) -> bool:
    """Whoever sees to it that goods and bills arrive."""
    return acts_for(actor, company.pk, Permission.ADDRESSES_KEEP)


def can_rename_company(actor: Actor, company: Company) -> bool:
    """What a company is called is its owners' to say; the market itself is called what it is called."""
    return company.kind != CompanyKind.PLATFORM and acts_for(actor, company.pk, Permission.MEMBERS_MANAGE)


def can_approve_company(actor: Actor, company: Company) -> bool:
    """Operators approve; the platform itself needs no approval."""
    return actor.may(Permission.COMPANIES_APPROVE)


def can_see_companies(actor: Actor) -> bool:
    """The list of all companies is the operators'."""
    return actor.may(Permission.COMPANIES_APPROVE)


def can_reset_second_steps(actor: Actor) -> bool:
    """Whoever has lost all second steps turns to the market's operators."""
    return actor.may(Permission.SECOND_STEPS_RESET)


def can_reset_second_step_of(actor: Actor, user_id: int) -> bool:
    """Nobody takes away their own: that is what somebody would do who has stolen an operator's session."""
    return can_reset_second_steps(actor) and actor.user_id != user_id


def can_watch_road(actor: Actor) -> bool:
    """How the live road is doing is the operators'."""
    return actor.may(Permission.LIVE_WATCH)
