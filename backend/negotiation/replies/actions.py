"""A seller's people keep what they say and offer again and again. Sent twice it is kept once, by its title."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.steps import lock_company, record_of_company
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.money import Money
from backend.core.row_security import for_actor
from backend.events.kinds import Kind
from backend.negotiation.models import CannedReply, OfferTemplate
from backend.negotiation.replies.models import MAX_NOTE, MAX_TEXT, MAX_TITLE, MAX_VALID_DAYS
from backend.negotiation.replies.policies import can_keep_replies
from backend.negotiation.terms import MAX_LEAD_TIME_DAYS, MAX_NET_DAYS
from backend.negotiation.writing import clean_text, require_within

MAX_KEPT = 100


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """Terms to begin an offer with; `percent_off` None: prices are typed each time."""

    title: str
    percent_off: Decimal | None = None
    freight: Money = Money(0)  # noqa: RUF009  # frozen
    incoterm: str = ""
    net_days: int = 30
    lead_time_days: int | None = None
    valid_days: int = 14
    holds_stock: bool = False
    note: str = ""


@atomic(durable=True)
@for_actor
def keep_reply(company: Company, title: str, text: str, *, actor: Actor) -> CannedReply:
    """A message to be sent again, in place of the one of the same title.

    Raises NotAllowed without negotiation.talk, Refused for no title, no text, or more than MAX_KEPT of them.
    """
    require(can_keep_replies(actor, company))
    named = clean_text(title, field="title", most=MAX_TITLE)
    said = clean_text(text, field="text", most=MAX_TEXT)
    company = lock_company(company)
    replies = CannedReply.objects.of_company(company.pk)
    _require_room(replies.exclude(title=named).count())
    reply, _is_new = replies.update_or_create(company=company, title=named, defaults={"text": said})
    record_of_company(Kind.NEGOTIATION_REPLIES_CHANGED, company, actor)
    return reply


@atomic(durable=True)
@for_actor
def keep_template(company: Company, draft: TemplateDraft, *, actor: Actor) -> OfferTemplate:
    """Terms to begin an offer with, in place of those of the same title. Raises as keeping a reply does, and Refused
    for what no offer may say."""
    require(can_keep_replies(actor, company))
    named = clean_text(draft.title, field="title", most=MAX_TITLE)
    _require_draft(draft)
    company = lock_company(company)
    templates = OfferTemplate.objects.of_company(company.pk)
    _require_room(templates.exclude(title=named).count())
    template, _is_new = templates.update_or_create(
        company=company,
        title=named,
        defaults={
            "percent_off": draft.percent_off,
            "freight_minor": draft.freight.amount_minor,
            "incoterm": draft.incoterm,
            "net_days": draft.net_days,
            "lead_time_days": draft.lead_time_days,
            "valid_days": draft.valid_days,
            "holds_stock": draft.holds_stock,
            "note": draft.note.strip(),
        },
    )
    record_of_company(Kind.NEGOTIATION_REPLIES_CHANGED, company, actor)
    return template


@atomic(durable=True)
@for_actor
def drop_reply(company: Company, reply_id: int, *, actor: Actor) -> None:
    """It is not offered any more. Dropped again it stays so. Raises NotAllowed without negotiation.talk."""
    _drop(CannedReply, company, reply_id, actor)


@atomic(durable=True)
@for_actor
def drop_template(company: Company, template_id: int, *, actor: Actor) -> None:
    """No offer begins with it any more. Dropped again it stays so. Raises NotAllowed without negotiation.talk."""
    _drop(OfferTemplate, company, template_id, actor)


def _drop(of: type[CannedReply] | type[OfferTemplate], company: Company, pk: int, actor: Actor) -> None:
    require(can_keep_replies(actor, company))
    company = lock_company(company)
    gone, _each = of.objects.of_company(company.pk).filter(pk=pk).delete()
    if gone:
        record_of_company(Kind.NEGOTIATION_REPLIES_CHANGED, company, actor)


def _require_room(others: int) -> None:
    if others >= MAX_KEPT:
        raise Refused(_("A company has at most %(max)d of these.") % {"max": MAX_KEPT}, field="title")


def _require_draft(draft: TemplateDraft) -> None:
    if draft.percent_off is not None and not 0 <= draft.percent_off < 100:
        raise Refused(_("Percent off go from 0 to below 100."), field="percent_off")
    if draft.freight.amount_minor < 0:
        raise Refused(_("Freight is not below 0."), field="freight")
    if len(draft.note) > MAX_NOTE:
        said = {"n": len(draft.note), "max": MAX_NOTE}
        raise Refused(_("%(n)d characters are too many here: at most %(max)d.") % said, field="note")
    require_within(draft.net_days, 0, MAX_NET_DAYS, "net_days")
    require_within(draft.lead_time_days or 0, 0, MAX_LEAD_TIME_DAYS, "lead_time_days")
    require_within(draft.valid_days, 1, MAX_VALID_DAYS, "valid_days")
