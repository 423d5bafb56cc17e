"""What binds a company in a negotiation: a buyer's offer, and either side's acceptance, which is the order."""

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.row_security import across_companies, for_actor
from backend.events import once
from backend.negotiation.actions import put_on_table, require_newest, require_open, require_unsealed
from backend.negotiation.models import Enquiry, Revision, Room
from backend.negotiation.notices.steps import take_down_notice
from backend.negotiation.states import ENQUIRY, EnquiryStatus, QuoteStatus, Side, Word
from backend.negotiation.steps import database_now, lock_enquiry, lock_room, say_in
from backend.negotiation.terms import Terms, terms_of
from backend.orders.agreements.policies import can_bind
from backend.orders.agreements.steps import agreed_part, priced_lines
from backend.orders.credit.models import PaymentMethod
from backend.orders.models import Order
from backend.orders.placing.checks import require_no_approval
from backend.orders.placing.details import Details, require_short
from backend.orders.placing.steps import order_parts
from backend.orders.rules.queries import plan_for
from backend.orders.states import ORDER, Commercial, Step
from backend.orders.steps import require, tell

AGREED = "what both sides have agreed on becomes an order of both"


@atomic(durable=True)
@for_actor
def make_counter_offer(room: Room, terms: Terms, *, answers: int, key: str, actor: Actor) -> Revision:
    """The buyer puts an offer on the table, which the seller may accept as it stands.

    Raises NotAllowed without orders.place and negotiation.talk; Refused for what would need an approval inside the
    buyer's company, and what put_on_table raises.
    """
    require(can_bind(actor, room) and actor.company_id == room.buyer_id)
    revision = put_on_table(room, terms, answers=answers, key=key, actor=actor)
    require_no_approval(plan_for(priced_lines(room, terms), room.buyer_id, actor.user_id or 0))
    return revision


@atomic(durable=True)
@for_actor
def accept_offer(room: Room, number: int, *, po_number: str = "", key: str, actor: Actor) -> Order:
    """The offer with this number becomes an order, exactly as it was made: its prices, freight and terms are frozen,
    what was held for it is allocated, and the seller has accepted it already. Accepted again it is the same order.

    Raises NotAllowed for whoever may not bind their company; Conflict (detail: head) if another offer is on the table;
    Refused for one's own offer, one whose time is over, a negotiation that has ended, too little stock, or what needs
    an approval inside the buyer's company.
    """
    require(can_bind(actor, room))
    asked = {"room": room.pk, "number": number, "po": po_number}
    claim = once.claim(actor.company_id or 0, key, action="accept_offer", request=asked)
    lock_enquiry(room.enquiry)
    now = lock_room(room)
    if claim.is_repeat or (now.status == QuoteStatus.ORDERED and now.head == number):
        return _of(now, actor)
    require_open(now)
    require_unsealed(now, actor)
    require_newest(now, number)
    if now.head == 0:
        raise Refused(_("There is no offer on the table yet."))
    revision = now.revisions.select_related("room").get(number=number)
    _require_acceptable(now, revision, actor)
    order = _ordered(now, revision, _details(now, revision, po_number), actor)
    say_in(now, Word.ORDERED, actor=actor, text=order.number, revision=number, to=QuoteStatus.ORDERED)
    claim.resulted_in(order.pk)
    return order


def _of(room: Room, actor: Actor) -> Order:
    return Order.objects.visible_to(actor).with_parties().get(agreement__room=room)


def _require_acceptable(room: Room, revision: Revision, actor: Actor) -> None:
    if revision.side == room.side_of(actor.company_id):
        raise Refused(_("This offer is your own: it is the other side’s to accept."))
    if revision.valid_until <= database_now():
        raise Refused(_("The time of this offer is over. Ask for a new one."))


def _details(room: Room, revision: Revision, po_number: str) -> Details:
    """Nothing to pay later is paid in advance; otherwise the order is on account, as far as the seller gives credit."""
    method = PaymentMethod.ON_ACCOUNT if revision.net_days else PaymentMethod.PREPAID
    return Details(
        po_number,
        room.enquiry.wanted_on,
        ship_to=room.enquiry.ship_to,
        methods={room.seller_id: method},
    )


def _ordered(room: Room, revision: Revision, details: Details, actor: Actor) -> Order:
    """Whoever accepts, it is an order of the buyer's: of whom of them accepted or made the offer."""
    require_short(details)
    terms, is_buyers = terms_of(revision), room.side_of(actor.company_id) == Side.BUYER
    buyer_id = (actor.user_id if is_buyers else revision.author_id) or 0
    lines = priced_lines(room, terms)
    with across_companies(why=AGREED):
        if is_buyers:
            require_no_approval(plan_for(lines, room.buyer_id, buyer_id, locked=True))
        part = agreed_part(room, revision, lines)
        group = order_parts(room.buyer, [part], details, holding=room.hold_subject, placed_by=buyer_id, actor=actor)
        order = Order.objects.scoped(group=group).with_parties().get()
        order.agreement, order.net_days = revision, revision.net_days
        order.save(update_fields=["agreement", "net_days"])
        ORDER.move(order, to=Commercial.ACCEPTED)
        tell(order, Step.ACCEPTED, actor=actor)
        _award(room.enquiry)
    return order


def _award(enquiry: Enquiry) -> None:
    """The first order of an enquiry awards it, and nobody else takes part; others may follow from its other rooms."""
    if enquiry.status in (EnquiryStatus.OPEN, EnquiryStatus.CLOSED):
        ENQUIRY.move(enquiry, to=EnquiryStatus.AWARDED)
        take_down_notice(enquiry)
