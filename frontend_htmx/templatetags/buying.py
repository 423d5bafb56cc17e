"""How approvals are written: who has to approve, and why."""

from collections.abc import Mapping, Sequence

from django import template
from django.utils.translation import gettext as _

from backend.orders.credit.models import PaymentMethod
from backend.orders.models import ApprovalRule
from backend.orders.requisitions.states import RequisitionState
from backend.orders.rules import wording
from frontend_htmx.templatetags.trade import money

register = template.Library()

TONES: Mapping[RequisitionState, str] = {
    RequisitionState.PENDING: "tag-waiting",
    RequisitionState.APPROVED: "tag-done",
    RequisitionState.REJECTED: "tag-trouble",
    RequisitionState.WITHDRAWN: "",
    RequisitionState.EXPIRED: "tag-trouble",
    RequisitionState.OFFERED: "tag-done",
    RequisitionState.PROPOSED: "tag-done",
    RequisitionState.AGREED: "tag-done",
    RequisitionState.OVERTAKEN: "tag-trouble",
}


@register.simple_tag
def approval(who: Sequence[str], reasons: Sequence[wording.Kept]) -> str:
    """Whose approval is needed, and why, as a sentence."""
    return wording.spoken(who, reasons, money)


@register.simple_tag
def rule_text(rule: ApprovalRule) -> str:
    """Which orders a rule is about."""
    return wording.rule_said(rule, money)


@register.filter
def any_of(names: Sequence[str]) -> str:
    """Ann, Carl or Dee."""
    return wording.any_of(names) if names else "–"


@register.simple_tag
def requisition_tone(state: RequisitionState) -> str:
    """The class that says by its colour whether a request waits, is ordered or came to nothing."""
    return TONES[state]


@register.simple_tag
def payment_words(method: PaymentMethod, net_days: int) -> str:
    """How an order is paid, with the days that there are for it."""
    if method == PaymentMethod.PREPAID:
        return str(method.label)
    return _("On account, %(days)d days net") % {"days": net_days}
