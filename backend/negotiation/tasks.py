"""Jobs of the negotiations: offers and enquiries whose time is over. Each takes the lock and looks again."""

import logging

from procrastinate.contrib.django import app

from backend.accounts.actor import ANONYMOUS
from backend.core.errors import Busy
from backend.core.row_security import across_companies
from backend.negotiation.actions import expire_offer
from backend.negotiation.closing.actions import close_enquiry
from backend.negotiation.models import Enquiry, Room
from backend.negotiation.states import EnquiryStatus, QuoteStatus

AT_ONCE = 200
EVERYBODYS_CLOCK = "the clock runs for every seller"
logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="expire_offers", pass_context=False)
def expire_offers(timestamp: int) -> int:
    """Every 10 s: offers whose time is over, at most AT_ONCE; returns how many expired."""
    with across_companies(why=EVERYBODYS_CLOCK):
        late = Room.objects.across_companies(why=EVERYBODYS_CLOCK).late().with_parties()
        return sum(_expire(room) for room in late.order_by("valid_until")[:AT_ONCE])


def _expire(room: Room) -> bool:
    try:
        return expire_offer(room, actor=ANONYMOUS).status == QuoteStatus.EXPIRED
    except Busy:
        logger.info("%s is being changed: it is looked at again", room)
        return False


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="close_enquiries", pass_context=False)
def close_enquiries(timestamp: int) -> int:
    """Every 10 s: enquiries whose closing time is over, at most AT_ONCE; returns how many were closed."""
    with across_companies(why=EVERYBODYS_CLOCK):
        due = Enquiry.objects.across_companies(why=EVERYBODYS_CLOCK).overdue()
        return sum(_close(enquiry) for enquiry in due.order_by("closes_at")[:AT_ONCE])


def _close(enquiry: Enquiry) -> bool:
    try:
        return close_enquiry(enquiry, actor=ANONYMOUS).status == EnquiryStatus.CLOSED
    except Busy:
        logger.info("%s is being changed: it is looked at again", enquiry)
        return False
