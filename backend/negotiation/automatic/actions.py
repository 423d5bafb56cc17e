"""A seller says what is answered by itself. Each is one transaction, and sent twice it says the same."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.steps import lock_company, record_of_company
from backend.catalog.models import Category, Sku
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.quantity import MAX_QUANTITY
from backend.core.row_security import for_actor
from backend.events.kinds import Kind
from backend.negotiation.automatic.models import MAX_A_DAY, MAX_NAME, MAX_VALID_DAYS, AnswerRule
from backend.negotiation.automatic.policies import can_automate
from backend.negotiation.terms import MAX_LEAD_TIME_DAYS, MAX_NET_DAYS
from backend.negotiation.writing import clean_text, require_within

MAX_RULES = 50


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What a rule says; `code` is a SKU's, and neither it nor a category is anything that the company sells."""

    name: str
    max_quantity: int
    min_quantity: int = 1
    code: str = ""
    category_id: int | None = None
    percent_off: Decimal = Decimal(0)
    valid_days: int = 7
    net_days: int = 30
    lead_time_days: int | None = None
    holds_stock: bool = False
    per_day: int = 50


@atomic(durable=True)
@for_actor
def set_answer_rule(company: Company, draft: RuleDraft, *, actor: Actor) -> AnswerRule:
    """Enquiries within the draft are answered by themselves from now on, in the name of the actor; it takes the place
    of a rule of the same name. What was asked before is not looked at.

    Raises NotAllowed without negotiation.floor and negotiation.talk, Refused for what no rule may say.
    """
    require(can_automate(actor, company))
    name = clean_text(draft.name, field="name", most=MAX_NAME)
    _require_draft(draft)
    company = lock_company(company)
    rules = AnswerRule.objects.of_company(company.pk)
    if rules.exclude(name=name).count() >= MAX_RULES:
        raise Refused(_("A company has at most %(max)d of these.") % {"max": MAX_RULES}, field="name")
    rule, _is_new = rules.update_or_create(
        company=company,
        name=name,
        defaults={
            "sku": _sku_of(company, draft.code.strip()),
            "category": _category_of(draft.category_id),
            "min_quantity": draft.min_quantity,
            "max_quantity": draft.max_quantity,
            "percent_off": draft.percent_off,
            "valid_days": draft.valid_days,
            "net_days": draft.net_days,
            "lead_time_days": draft.lead_time_days,
            "holds_stock": draft.holds_stock,
            "per_day": draft.per_day,
            "is_on": True,
            "set_up_by_id": actor.user_id,
        },
    )
    record_of_company(Kind.NEGOTIATION_ANSWER_RULES_CHANGED, company, actor)
    return rule


@atomic(durable=True)
@for_actor
def turn_answer_rule(company: Company, rule_id: int, *, on: bool, actor: Actor) -> None:
    """A rule rests, or answers again: from then on in the name of the actor. Raises NotAllowed as setting one does."""
    require(can_automate(actor, company))
    company = lock_company(company)
    turned = AnswerRule.objects.of_company(company.pk).filter(pk=rule_id).exclude(is_on=on)
    if turned.update(is_on=on, **({"set_up_by_id": actor.user_id} if on else {})):
        record_of_company(Kind.NEGOTIATION_ANSWER_RULES_CHANGED, company, actor)


def _sku_of(company: Company, code: str) -> Sku | None:
    if not code:
        return None
    found = Sku.objects.of_company(company.pk).filter(code__iexact=code).first()
    if found is None:
        raise Refused(_("You have no SKU %(codes)s.") % {"codes": code[:40]}, field="code")
    return found


def _category_of(category_id: int | None) -> Category | None:
    found = Category.objects.filter(pk=category_id).first() if category_id is not None else None
    if category_id is not None and found is None:
        raise Refused(_("Choose a category that there is."), field="category")
    return found


def _require_draft(draft: RuleDraft) -> None:
    if draft.code.strip() and draft.category_id is not None:
        raise Refused(_("Name a SKU or a category, not both."), field="category")
    if not 1 <= draft.min_quantity <= draft.max_quantity <= MAX_QUANTITY:
        raise Refused(_("Quantities go from 1 on, and “to” is not below “from”."), field="max_quantity")
    if not 0 <= draft.percent_off < 100:
        raise Refused(_("Percent off go from 0 to below 100."), field="percent_off")
    require_within(draft.valid_days, 1, MAX_VALID_DAYS, "valid_days")
    require_within(draft.net_days, 0, MAX_NET_DAYS, "net_days")
    require_within(draft.lead_time_days or 0, 0, MAX_LEAD_TIME_DAYS, "lead_time_days")
    require_within(draft.per_day, 1, MAX_A_DAY, "per_day")
