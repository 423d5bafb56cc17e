"""How negotiations are shown. Live fragments use these too: no request, no reader."""

from collections.abc import Mapping

from django import template

from backend.negotiation.states import QuoteStatus

register = template.Library()

TONES: Mapping[QuoteStatus, str] = {
    QuoteStatus.AWAITING_SELLER: "tag-waiting",
    QuoteStatus.AWAITING_BUYER: "tag-waiting",
    QuoteStatus.ORDERED: "tag-done",
    QuoteStatus.DECLINED: "tag-trouble",
    QuoteStatus.WITHDRAWN: "",
    QuoteStatus.EXPIRED: "tag-trouble",
}


@register.simple_tag
def quote_tone(status: QuoteStatus) -> str:
    """The class that says by its colour whether a negotiation waits, is agreed or came to nothing."""
    return TONES[status]
