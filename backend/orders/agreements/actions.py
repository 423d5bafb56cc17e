"""What binds a company in a negotiation: a buyer's offer, and either side's acceptance, which is the order."""

from dataclasses import replace

from django.db.transaction import atomic

from backend.accounts.actor import Actor
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events import once
from backend.negotiation.actions import put_on_table, require_newest, require_open, require_unsealed
from backend.negotiation.bids.steps import telling_standings
from backend.negotiation.floors.actions import require_same_table
from backend.negotiation.floors.checking import below_floor, require_above_floor
from backend.negotiation.floors.policies import can_decide, can_go_below
from backend.negotiation.floors.states import HeldState
from backend.negotiation.floors.steps import decide, lock_held, require_waiting, write_held
from backend.negotiation.models import HeldOffer, Revision, Room
from backend.negotiation.moderation.steps import require_heard
from backend.negotiation.states import QuoteStatus
from backend.negotiation.steps import lock_enquiry, lock_room
from backend.negotiation.terms import Terms, terms_of
from backend.orders.agreements.policies import can_bind
from backend.orders.agreements.steps import accept_revision, offer_to_accept, priced_lines
from backend.orders.models import Order
from backend.orders.placing.checks import require_no_approval
from backend.orders.rules.queries import plan_for


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
    an approval inside the buyer's company; BelowFloor for what needs one inside the seller's (hold_acceptance).
    """
    require(can_bind(actor, room))
    asked = {"room": room.pk, "number": number, "po": po_number}
    claim = once.claim(actor.company_id or 0, key, action="accept_offer", request=asked)
    lock_enquiry(room.enquiry)
    now = lock_room(room)
    if claim.is_repeat or (now.status == QuoteStatus.ORDERED and now.head == number):
        return _of(now, actor)
    require_open(now)
    require_heard(now, actor)
    require_unsealed(now, actor)
    require_newest(now, number)
    revision = offer_to_accept(now, actor)
    if actor.company_id == now.seller_id and not can_go_below(actor, now):
        require_above_floor(now, terms_of(revision))
    with telling_standings(now.enquiry, actor=actor):
        order = accept_revision(now, revision, po_number, actor)
    claim.resulted_in(order.pk)
    return order


@atomic(durable=True)
@for_actor
def hold_acceptance(room: Room, number: int, *, key: str, actor: Actor) -> HeldOffer:
    """A seller's yes to an offer that accept_offer refuses as BelowFloor waits for somebody who may approve it; the
    buyer learns nothing. Raises what accept_offer raises, but for stock or credit that there is not."""
    require(can_bind(actor, room) and actor.company_id == room.seller_id)
    claim = once.claim(room.seller_id, key, action="hold_acceptance", request={"room": room.pk, "number": number})
    if claim.is_repeat:
        return HeldOffer.objects.of_company(room.seller_id).get(pk=claim.result_pk)
    now = lock_room(room)
    require_open(now)
    require_heard(now, actor)
    require_newest(now, number)
    revision = offer_to_accept(now, actor)
    held = write_held(now, None, below=below_floor(now, terms_of(revision)), actor=actor)
    claim.resulted_in(held.pk)
    return held


@atomic(durable=True)
@for_actor
def approve_held_acceptance(held: HeldOffer, *, actor: Actor) -> HeldOffer:
    """The buyer's offer is an order now, accepted in the name of whoever asked. Approved again it stays so.

    Raises NotAllowed without negotiation.floor; Conflict if it was decided meanwhile or the buyer has moved since it
    was asked; Refused for what accept_offer refuses.
    """
    require(can_decide(actor, held))
    lock_enquiry(held.room.enquiry)
    room = lock_room(held.room)
    now = lock_held(held)
    if now.state == HeldState.APPROVED:
        return now
    require_waiting(now)
    require_same_table(room, now)
    require_heard(room, actor)
    author = replace(actor, user_id=now.author_id)
    with telling_standings(room.enquiry, actor=author):
        accept_revision(room, offer_to_accept(room, author), "", author)
    decide(now, HeldState.APPROVED, actor=actor)
    return now


def _of(room: Room, actor: Actor) -> Order:
    return Order.objects.visible_to(actor).with_parties().get(agreement__room=room)
