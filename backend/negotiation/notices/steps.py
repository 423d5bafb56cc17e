"""What is told of an enquiry that is open to all verified sellers. Callers hold the transaction."""

from collections.abc import Sequence

from backend.core.row_security import across_companies
from backend.negotiation.enquiries.models import Enquiry, EnquiryLine
from backend.negotiation.notices.models import Notice


def put_up_notice(enquiry: Enquiry) -> Notice:
    """Every verified seller may read it from the commit on. Two queries."""
    lines = list(enquiry.lines.select_related("variant__product").order_by("position"))
    said = [[line.variant_id, line.name, line.quantity, line.breaks] for line in lines]
    return Notice.objects.create(
        enquiry=enquiry,
        title=enquiry.title,
        note=enquiry.note,
        country=enquiry.ship_to.get("country", ""),
        incoterm=enquiry.incoterm,
        wanted_on=enquiry.wanted_on,
        board=enquiry.board,
        lines=said,
        categories=sorted({line.variant.product.category_id for line in lines}),
        words=_words(enquiry, lines),
        closes_at=enquiry.closes_at,
    )


def take_down_notice(enquiry: Enquiry) -> None:
    """Nobody takes part any more. Who has passed on it is forgotten with it."""
    with across_companies(why="a notice goes with all that sellers have noted on it"):
        Notice.objects.scoped(enquiry=enquiry).delete()


def _words(enquiry: Enquiry, lines: Sequence[EnquiryLine]) -> str:
    return "\n".join([enquiry.title, enquiry.note, *(line.name for line in lines)]).lower()
