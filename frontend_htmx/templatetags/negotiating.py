"""How negotiations are shown. Live fragments use these too: no request, no reader."""

from collections.abc import Mapping
from typing import Any

from django import template

from backend.negotiation.floors.policies import can_keep_floors
from backend.negotiation.floors.states import HeldState
from backend.negotiation.replies.policies import can_keep_replies
from backend.negotiation.states import EnquiryStatus, QuoteStatus

register = template.Library()

TONES: Mapping[QuoteStatus, str] = {
    QuoteStatus.AWAITING_SELLER: "tag-waiting",
    QuoteStatus.AWAITING_BUYER: "tag-waiting",
    QuoteStatus.ORDERED: "tag-done",
    QuoteStatus.DECLINED: "tag-trouble",
    QuoteStatus.WITHDRAWN: "",
    QuoteStatus.EXPIRED: "tag-trouble",
}
HELD_TONES: Mapping[HeldState, str] = {
    HeldState.WAITING: "tag-waiting",
    HeldState.APPROVED: "tag-done",
    HeldState.RETURNED: "tag-trouble",
    HeldState.WITHDRAWN: "",
}

ENQUIRY_TONES: Mapping[str, str] = {
    EnquiryStatus.OPEN: "tag-moving",
    EnquiryStatus.CLOSED: "tag-waiting",
    EnquiryStatus.AWARDED: "tag-done",
}


@register.filter
def enquiry_tone(status: str) -> str:
    """The class that says by its colour whether an enquiry takes offers, waits for its buyer or is awarded."""
    return ENQUIRY_TONES.get(status, "")


@register.simple_tag
def quote_tone(status: QuoteStatus) -> str:
    """The class that says by its colour whether a negotiation waits, is agreed or came to nothing."""
    return TONES[status]


@register.simple_tag(takes_context=True)
def keeps_floors(context: dict[str, Any]) -> bool:
    """Whether the reader keeps the acting company's lowest prices."""
    return can_keep_floors(context["request"].actor, context["request"].company)


@register.simple_tag(takes_context=True)
def keeps_replies(context: dict[str, Any]) -> bool:
    """Whether the reader negotiates for the acting company, which sells."""
    return can_keep_replies(context["request"].actor, context["request"].company)


@register.simple_tag
def held_tone(state: HeldState) -> str:
    """The class that says by its colour what became of an offer that had to be approved."""
    return HELD_TONES[state]
