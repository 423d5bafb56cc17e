"""How negotiations are shown. Live fragments use these too: no request, no reader."""

from collections.abc import Mapping

from django import template

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
