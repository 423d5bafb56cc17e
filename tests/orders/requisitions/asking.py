"""Requests of the cast: Ann approves for Cornershop, and Bea asks."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from backend.accounts.models import Company, User
from backend.accounts.roles import Role
from backend.catalog.models import Sku
from backend.orders.models import ApprovalRule, Deputy, Requisition, SpendingLimit
from backend.orders.placing.details import Details
from backend.orders.requisitions.actions import approve_requisition, ask_for_approval, reject_requisition
from backend.orders.rules.actions import RuleDraft, add_approval_rule, name_deputy, set_spending_limit
from tests.cast import Cast, actor_of, employ, make_person
from tests.orders.ordering import ANY_PRICE, fill_cart

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
TO = {"street": "1 High Street", "country": "GB"}
DETAILS = Details("PO-77", date(2030, 1, 1), "Ring the bell", TO, only_whole=True)


def hire(cast: Cast, name: str, role: str = Role.APPROVER) -> User:
    user = make_person(f"{name}@cornershop.example")
    employ(user, cast.cornershop, role)
    return user


def rule(cast: Cast, approver: User | None = None, **draft: Any) -> ApprovalRule:
    """Carl, who owns the shop, lays it down."""
    asked = RuleDraft(approver_id=approver.pk if approver else None, **draft)
    return add_approval_rule(cast.cornershop, asked, actor=actor_of(cast.carl))


def limit(cast: Cast, user: User, *, order: int | None = None, month: int | None = None) -> SpendingLimit | None:
    return set_spending_limit(
        cast.cornershop, user_id=user.pk, per_order_minor=order, per_month_minor=month, actor=actor_of(cast.carl)
    )


def stand_in(company: Company, deputy: User, approver: User, starts: date = FIRST_DAY, ends: date = LAST_DAY) -> Deputy:
    people = {"approver_id": approver.pk, "deputy_id": deputy.pk}
    return name_deputy(company, **people, starts_on=starts, ends_on=ends, actor=actor_of(approver))


def ask(cast: Cast, quantities: Mapping[Sku, int], *, key: str = "k", details: Details = DETAILS) -> Requisition:
    """Bea asks for this cart."""
    fill_cart(cast, quantities)
    seen = dict.fromkeys((cast.mug.pk, cast.plate.pk, cast.kettle.pk), ANY_PRICE)
    return ask_for_approval(cast.cornershop, details, seen=seen, key=key, actor=actor_of(cast.bea))


def approve(requisition: Requisition, user: User, nth: int = 0) -> Requisition:
    step = requisition.steps.all()[nth]
    return approve_requisition(requisition, step_id=step.pk, actor=actor_of(user, requisition.company))


def reject(requisition: Requisition, user: User, reason: str = "Too dear") -> Requisition:
    step = requisition.steps.all()[0]
    return reject_requisition(requisition, step_id=step.pk, reason=reason, actor=actor_of(user, requisition.company))
