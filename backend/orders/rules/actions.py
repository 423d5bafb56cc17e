"""Every change of what a company lays down about its buying. What was asked for before keeps the rules of its day."""

from dataclasses import dataclass, fields
from datetime import date

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.giving import role_named
from backend.accounts.models import Company
from backend.accounts.steps import lock_company, record_of_company
from backend.catalog.models import Category
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.money import EXPONENTS
from backend.core.row_security import for_actor
from backend.events.kinds import Kind
from backend.orders.requisitions.models import SEEN_BY
from backend.orders.rules import policies
from backend.orders.rules.approvers import approvers_of
from backend.orders.rules.models import TURNS, ApprovalRule, Deputy, SpendingLimit

MAX_RULES, MAX_LIMITS, MAX_DEPUTIES = 50, 200, 50
MAX_AMOUNT_MINOR = 1_000_000_000_00


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as it is typed. All conditions have to hold; with none, every order needs the approval."""

    turn: int = 1
    approver_id: int | None = None
    from_minor: int = 0
    currency: str = "GBP"
    category: Category | None = None
    new_seller: bool = False
    over_limit: bool = False


@atomic(durable=True)
@for_actor
def add_approval_rule(company: Company, draft: RuleDraft, *, actor: Actor) -> ApprovalRule:
    """Orders like this need this approval from now on; the rule that says so already, if there is one.

    Raises NotAllowed without orders.rule; Refused for an amount or a turn that can't be, an approver who may not
    approve, or more than MAX_RULES.
    """
    require(policies.can_rule_buying(actor, company))
    company = lock_company(company)
    _require_draft(company, draft)
    given = {each.name: getattr(draft, each.name) for each in fields(draft)}
    same = ApprovalRule.objects.of_company(company.pk).filter(**given).first()
    if same is not None:
        return same
    _require_room(company.approval_rules.count(), MAX_RULES)
    rule = ApprovalRule.objects.create(company=company, **given)
    record_of_company(Kind.ORDERS_BUYING_RULES_CHANGED, company, actor, approval_rule=rule.pk)
    return rule


@atomic(durable=True)
@for_actor
def remove_approval_rule(rule: ApprovalRule, *, actor: Actor) -> None:
    """What it asked for is asked for no more. Removed again it stays so."""
    require(policies.can_rule_buying(actor, rule.company))
    company = lock_company(rule.company)
    if ApprovalRule.objects.this(rule).delete()[0]:
        record_of_company(Kind.ORDERS_BUYING_RULES_CHANGED, company, actor, approval_rule=rule.pk)


@atomic(durable=True)
@for_actor
def set_spending_limit(
    company: Company,
    *,
    user_id: int | None = None,
    role: str = "",
    currency: str = "GBP",
    per_order_minor: int | None,
    per_month_minor: int | None,
    actor: Actor,
) -> SpendingLimit | None:
    """How much a person, or everybody of a role, may order without an approval; without both amounts: no limit.

    Raises NotAllowed without orders.rule; Refused for an amount that can't be, for nobody or somebody who is not of
    the company, or more than MAX_LIMITS.
    """
    require(policies.can_rule_buying(actor, company))
    company = lock_company(company)
    _require_amounts(currency, per_order_minor, per_month_minor)
    _require_somebody(company, user_id, role)
    whose = {"user_id": user_id} if user_id else {"role": role}
    limit = None
    if per_order_minor is None and per_month_minor is None:
        SpendingLimit.objects.of_company(company.pk).filter(**whose).delete()
    else:
        amounts = {"currency": currency, "per_order_minor": per_order_minor, "per_month_minor": per_month_minor}
        limit, is_new = company.spending_limits.update_or_create(**whose, defaults=amounts)
        _require_room(company.spending_limits.count() - is_new, MAX_LIMITS)
    record_of_company(Kind.ORDERS_BUYING_RULES_CHANGED, company, actor, spending_limit=limit.pk if limit else None)
    return limit


@atomic(durable=True)
@for_actor
def name_deputy(
    company: Company, *, approver_id: int, deputy_id: int, starts_on: date, ends_on: date, actor: Actor
) -> Deputy:
    """From one day to another (both included, UTC) somebody else may approve what this approver may.

    Raises NotAllowed unless it is the actor's own deputy or they have orders.rule; Refused for days that end before
    they begin, for somebody who does not order or approve for the company, or for oneself.
    """
    require(policies.can_name_deputy(actor, company, approver_id))
    company = lock_company(company)
    _require_deputy(company, approver_id, deputy_id, starts_on, ends_on)
    deputy, is_new = company.deputies.get_or_create(
        approver_id=approver_id, deputy_id=deputy_id, starts_on=starts_on, ends_on=ends_on
    )
    if is_new:
        _require_room(company.deputies.count() - 1, MAX_DEPUTIES)
        record_of_company(Kind.ORDERS_BUYING_RULES_CHANGED, company, actor, deputy=deputy.pk)
    return deputy


@atomic(durable=True)
@for_actor
def dismiss_deputy(deputy: Deputy, *, actor: Actor) -> None:
    """Nobody stands in any more. Dismissed again it stays so."""
    require(policies.can_name_deputy(actor, deputy.company, deputy.approver_id))
    company = lock_company(deputy.company)
    if Deputy.objects.this(deputy).delete()[0]:
        record_of_company(Kind.ORDERS_BUYING_RULES_CHANGED, company, actor, deputy=deputy.pk)


def _require_draft(company: Company, draft: RuleDraft) -> None:
    _require_amounts(draft.currency, draft.from_minor)
    if draft.turn not in TURNS:
        raise Refused(_("There are the turns 1, 2 and 3."), field="turn")
    if draft.approver_id and draft.approver_id not in approvers_of(company.pk).may_approve:
        raise Refused(_("Choose somebody whose role may approve."), field="approver")


def _require_amounts(currency: str, *amounts: int | None) -> None:
    if currency not in EXPONENTS:
        raise Refused(_("Choose one of: %(all)s.") % {"all": ", ".join(EXPONENTS)}, field="currency")
    for amount in amounts:
        if amount is not None and not 0 <= amount <= MAX_AMOUNT_MINOR:
            raise Refused(_("An amount is between 0 and %(max)s.") % {"max": f"{MAX_AMOUNT_MINOR // 100:,}"})


def _require_somebody(company: Company, user_id: int | None, role: str) -> None:
    if not user_id:
        role_named(company, role)
    elif not company.memberships.filter(user=user_id).exists():
        raise Refused(_("Choose a person of your company, or one of its roles."), field="role")


def _require_deputy(company: Company, approver_id: int, deputy_id: int, starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise Refused(_("It ends before it begins."), field="ends_on")
    if deputy_id == approver_id:
        raise Refused(_("Nobody stands in for themselves."), field="deputy")
    deputy = company.memberships.acting().filter(user=deputy_id).first()
    if deputy is None or not SEEN_BY & deputy.permissions:
        raise Refused(_("Choose somebody who orders or approves for your company."), field="deputy")


def _require_room(many: int, most: int) -> None:
    if many >= most:
        raise Refused(_("There are %(max)d already: remove one first.") % {"max": most})
