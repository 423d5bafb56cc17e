"""What a seller decides about credit. All are safe to send twice; orders that are placed keep their terms."""

from dataclasses import dataclass

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.steps import lock_company, record_of_company
from backend.catalog.lists.steps import companies_named
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.money import EXPONENTS
from backend.core.row_security import for_actor
from backend.events.kinds import Kind
from backend.orders.credit import policies
from backend.orders.credit.models import CreditAccount, CreditPolicy
from backend.orders.credit.queries import CAME_TO_NOTHING
from backend.orders.models import Order
from backend.orders.states import PAYMENT, Payment, Step
from backend.orders.steps import lock_order, tell

MAX_NET_DAYS = 365
MAX_LIMIT_MINOR = 1_000_000_000_00


@dataclass(frozen=True, slots=True)
class CreditDraft:
    """A limit (None: none in a policy, that of the policy in an agreement) and how many days after delivery."""

    currency: str = "GBP"
    limit_minor: int | None = None
    net_days: int = 30


@atomic(durable=True)
@for_actor
def set_credit_policy(company: Company, draft: CreditDraft, *, on_account: bool, actor: Actor) -> CreditPolicy:
    """The seller's terms for buyers with whom nothing is agreed.

    Raises NotAllowed without credit.give, Refused for terms that can't be.
    """
    require(policies.can_give_credit(actor, company))
    company = lock_company(company)
    _require_draft(draft)
    policy, _is_new = CreditPolicy.objects.of_company(company.pk).update_or_create(
        company=company,
        defaults={
            "on_account": on_account,
            "limit_minor": draft.limit_minor,
            "currency": draft.currency,
            "net_days": draft.net_days,
        },
    )
    record_of_company(Kind.ORDERS_CREDIT_CHANGED, company, actor, seller=company.pk, buyers=[])
    return policy


@atomic(durable=True)
@for_actor
def agree_credit(company: Company, customer: str, draft: CreditDraft, *, actor: Actor) -> CreditAccount:
    """What this customer may owe from now on, whatever the seller's policy says.

    Raises NotAllowed without credit.give, Refused for a customer that nobody is, or terms that can't be.
    """
    require(policies.can_give_credit(actor, company))
    company = lock_company(company)
    _require_draft(draft)
    if draft.limit_minor is None:
        raise Refused(_("Give the amount that they may owe; 0 for nothing."), field="limit")
    named = companies_named([customer], but=company)
    if not named:
        raise Refused(_("Name the customer."), field="companies")
    buyer = named[0]
    account, _is_new = company.credit_given.update_or_create(
        buyer=buyer,
        currency=draft.currency,
        defaults={"limit_minor": draft.limit_minor, "net_days": draft.net_days},
    )
    return _told(account, company, actor)


@atomic(durable=True)
@for_actor
def stop_credit(company: Company, buyer: Company, currency: str, *, stopped: bool, actor: Actor) -> CreditAccount:
    """Stops a customer's credit, or resumes it: stopped, they pay in advance. What is ordered stays as it is."""
    require(policies.can_give_credit(actor, company))
    company = lock_company(company)
    _require_draft(CreditDraft(currency))
    account, _is_new = company.credit_given.update_or_create(
        buyer=buyer, currency=currency, defaults={"is_stopped": stopped}
    )
    return _told(account, company, actor)


@atomic(durable=True)
@for_actor
def mark_paid(order: Order, *, actor: Actor) -> Order:
    """All the money has come: what it took of the buyer's credit is free again. Marked again it stays so.

    Raises NotAllowed without credit.give, Refused for an order that came to nothing.
    """
    require(policies.can_mark_paid(actor, order))
    now = lock_order(order)
    if now.payment == Payment.PAID:
        return now
    if now.commercial in CAME_TO_NOTHING:
        raise Refused(_("This order came to nothing: there is nothing to pay."))
    PAYMENT.move(now, to=Payment.PAID)
    tell(now, Step.PAID, actor=actor)
    return now


def _told(account: CreditAccount, company: Company, actor: Actor) -> CreditAccount:
    about = {"seller": company.pk, "buyers": [account.buyer_id]}
    record_of_company(Kind.ORDERS_CREDIT_CHANGED, company, actor, **about)
    return account


def _require_draft(draft: CreditDraft) -> None:
    if draft.currency not in EXPONENTS:
        raise Refused(_("Choose one of: %(all)s.") % {"all": ", ".join(EXPONENTS)}, field="currency")
    if draft.limit_minor is not None and not 0 <= draft.limit_minor <= MAX_LIMIT_MINOR:
        raise Refused(_("An amount is between 0 and %(max)s.") % {"max": f"{MAX_LIMIT_MINOR // 100:,}"}, field="limit")
    if not 1 <= draft.net_days <= MAX_NET_DAYS:
        raise Refused(_("Days are a number from 1 to %(max)d.") % {"max": MAX_NET_DAYS}, field="net_days")
