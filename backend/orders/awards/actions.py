"""A buyer awards an enquiry, as a whole or in parts: one order of each seller who is chosen, all or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.core.row_security import for_actor
from backend.events import once
from backend.inventory.models import StockItem
from backend.negotiation.actions import end_room, require_open, require_unsealed
from backend.negotiation.bids.steps import telling_standings
from backend.negotiation.models import Enquiry, RevisionLine, Room
from backend.negotiation.moderation.steps import require_heard
from backend.negotiation.states import OPEN, QuoteStatus, Word
from backend.negotiation.steps import lock_enquiry
from backend.negotiation.terms import terms_of
from backend.orders.agreements.steps import accept_revision, offer_to_accept, priced_lines
from backend.orders.awards.policies import can_award
from backend.orders.awards.steps import part_of
from backend.orders.models import Order
from backend.orders.placing.checks import require_no_approval
from backend.orders.rules.queries import plan_for


@dataclass(frozen=True, slots=True)
class Choice:
    """What the buyer takes of one room's offer with this number: so much of each line of the enquiry; nothing named
    is the whole of it."""

    room_id: int
    number: int
    quantities: Mapping[int, int] = field(default_factory=dict)


@atomic(durable=True)
@for_actor
def award_enquiry(
    enquiry: Enquiry,
    choices: Sequence[Choice],
    *,
    po_number: str = "",
    keep_others: bool = False,
    key: str,
    actor: Actor,
) -> Sequence[Order]:
    """Each seller who is chosen gets an order at exactly the prices and the freight of his offer; the others' rooms end
    with a polite line, unless the buyer keeps them open for what is left. All in one transaction, or nothing. Sent
    twice it is awarded once.

    Raises NotAllowed without negotiation.talk and orders.place; Conflict (detail: rooms) where another offer is on the
    table than the one that the buyer saw; Refused for nothing, for what was not offered, a part of what is offered only
    as a whole, more of a line from several sellers than was asked for, too little stock, or what needs an approval.
    """
    require(can_award(actor, enquiry))
    asked = {"enquiry": enquiry.pk, "choices": repr(choices), "po": po_number, "keep": keep_others}
    claim = once.claim(enquiry.company_id, key, action="award_enquiry", request=asked)
    if claim.is_repeat:
        return _orders(choices, actor)
    with telling_standings(enquiry, actor=actor):
        rooms = _lock_all(lock_enquiry(enquiry))
        chosen = _chosen(rooms, choices, actor)
        _order(rooms, chosen, po_number, actor)
        for room in [] if keep_others else rooms.values():
            if room.pk not in chosen:
                end_room(room, QuoteStatus.DECLINED, Word.NOT_CHOSEN, answers=None, actor=actor)
    orders = _orders(choices, actor)
    claim.resulted_in(orders[0].group_id)
    return orders


def _lock_all(enquiry: Enquiry) -> Mapping[int, Room]:
    """The open rooms of a locked enquiry."""
    rows = Room.objects.scoped(enquiry=enquiry, status__in=OPEN).with_parties()
    return {room.pk: room for room in lock(rows, what=enquiry.number)}


def _chosen(rooms: Mapping[int, Room], choices: Sequence[Choice], actor: Actor) -> Mapping[int, Choice]:
    """By room. Raises Conflict, naming all that have changed, before anything is done."""
    if not choices:
        raise Refused(_("Say of which offer you take how much."))
    gone = [choice for choice in choices if choice.room_id not in rooms]
    if gone:
        raise Conflict(_("One of these negotiations has ended meanwhile. Look at the offers again."))
    moved = [rooms[choice.room_id] for choice in choices if rooms[choice.room_id].head != choice.number]
    if moved:
        names = ", ".join(room.seller.name for room in moved)
        raise Conflict(
            _("Another offer is on the table than the one that you saw: %(sellers)s. Look at what has changed.")
            % {"sellers": names},
            detail={"rooms": [room.pk for room in moved]},
        )
    for choice in choices:
        require_open(rooms[choice.room_id])
        require_heard(rooms[choice.room_id], actor)
        require_unsealed(rooms[choice.room_id], actor)
    return {choice.room_id: choice for choice in choices}


def _order(rooms: Mapping[int, Room], chosen: Mapping[int, Choice], po_number: str, actor: Actor) -> None:
    """The stock of all offers is locked at once, in its order; and what needs an approval is asked of the whole."""
    offered = RevisionLine.objects.scoped(revision__room__in=list(rooms)).values_list("sku", flat=True)
    lock(StockItem.objects.of_skus(sorted(set(offered))), what=_("the stock"))
    agreed = {
        pk: part_of(rooms[pk], offer_to_accept(rooms[pk], actor), choice.quantities, actor)
        for pk, choice in chosen.items()
    }
    lines = [line for pk, revision in agreed.items() for line in priced_lines(rooms[pk], terms_of(revision))]
    require_no_approval(plan_for(lines, actor.company_id or 0, actor.user_id or 0))
    for pk, revision in agreed.items():
        accept_revision(rooms[pk], revision, po_number, actor)


def _orders(choices: Sequence[Choice], actor: Actor) -> Sequence[Order]:
    rooms = [choice.room_id for choice in choices]
    return list(Order.objects.visible_to(actor).with_parties().filter(agreement__room__in=rooms).order_by("pk"))
