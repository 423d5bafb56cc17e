"""A buyer's yes, or offer, that somebody else in their company has to approve first. Each is safe to send twice."""

from collections.abc import Sequence

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Conflict
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events import once
from backend.events.kinds import Kind
from backend.negotiation.actions import codes_of, require_answerable, require_newest, require_open, require_unsealed
from backend.negotiation.keeping import kept
from backend.negotiation.models import Room
from backend.negotiation.moderation.steps import require_heard
from backend.negotiation.steps import lock_room
from backend.negotiation.terms import Terms, terms_of
from backend.orders.agreements.asking.steps import require_none_waits
from backend.orders.agreements.policies import can_bind
from backend.orders.agreements.steps import agreed_part, details_of, offer_to_accept, priced_lines
from backend.orders.carts.priced import PricedLine
from backend.orders.credit.steps import reserve_credit
from backend.orders.models import Requisition
from backend.orders.requisitions import steps
from backend.orders.requisitions.steps import Agreeing
from backend.orders.rules.queries import Need, plan_for


@atomic(durable=True)
@for_actor
def ask_to_accept(room: Room, number: int, *, po_number: str = "", key: str, actor: Actor) -> Requisition:
    """The yes to an offer that accept_offer refuses waits for those who have to approve it, at the offered prices.

    The goods are held, unless the seller holds them for the offer. It waits as long as the offer is valid, and seven
    days at most; the seller learns nothing. Raises what accept_offer raises, and Conflict where nothing needs an
    approval (any more), or something of this room waits already.
    """
    require(can_bind(actor, room) and actor.company_id == room.buyer_id)
    asked = {"room": room.pk, "number": number, "po": po_number}
    claim = once.claim(room.buyer_id, key, action="ask_to_accept", request=asked)
    if claim.is_repeat:
        return _of(room, claim)
    require_none_waits(room)
    now = lock_room(room)
    require_open(now)
    require_heard(now, actor)
    require_unsealed(now, actor)
    require_newest(now, number)
    revision = offer_to_accept(now, actor)
    terms, details = terms_of(revision), details_of(now, revision.net_days, po_number)
    lines = priced_lines(now, terms)
    needs = _needs(lines, actor)
    part = agreed_part(now, lines, freight=terms.freight, number=number)
    reserve_credit(now.buyer_id, [part], details.methods)  # for this moment: no seller learns that anybody asks
    about = Agreeing(now, number, part.freight_minor, part.freight_tax_minor, until=revision.valid_until)
    requisition = steps.write_requisition(now.buyer, actor.user_id or 0, details, [part], about)
    if not revision.holds_stock:
        steps.hold_for(requisition, freeing=(), actor=actor)
    return _asked(requisition, needs, claim, actor)


@atomic(durable=True)
@for_actor
def ask_to_offer(room: Room, terms: Terms, *, answers: int, key: str, actor: Actor) -> Requisition:
    """The buyer's offer that make_counter_offer refuses waits for those who have to approve it; then it is made.

    No goods are held: only the seller holds any for an offer. Raises as asking to accept does.
    """
    require(can_bind(actor, room) and actor.company_id == room.buyer_id)
    request = {"room": room.pk, "answers": answers, "terms": repr(terms)}
    claim = once.claim(room.buyer_id, key, action="ask_to_offer", request=request)
    if claim.is_repeat:
        return _of(room, claim)
    require_none_waits(room)
    now = lock_room(room)
    require_answerable(now, terms, answers, actor)
    codes_of(now, terms)
    lines = priced_lines(now, terms)
    needs = _needs(lines, actor)
    part = agreed_part(now, lines, freight=terms.freight, number=answers + 1)
    about = Agreeing(
        now, answers, part.freight_minor, part.freight_tax_minor, until=terms.valid_until, terms=kept(terms)
    )
    details = details_of(now, terms.net_days, "")
    requisition = steps.write_requisition(now.buyer, actor.user_id or 0, details, [part], about)
    return _asked(requisition, needs, claim, actor)


def _needs(lines: Sequence[PricedLine], actor: Actor) -> Sequence[Need]:
    plan = plan_for(lines, actor.company_id or 0, actor.user_id or 0)
    if not plan.needs:
        raise Conflict(_("Nobody has to approve this any more: order it."))
    return plan.needs


def _asked(requisition: Requisition, needs: Sequence[Need], claim: once.Claim, actor: Actor) -> Requisition:
    steps.write_steps(requisition, needs)
    steps.tell(requisition, Kind.ORDERS_REQUISITION_ASKED, actor=actor)
    claim.resulted_in(requisition.pk)
    return requisition


def _of(room: Room, claim: once.Claim) -> Requisition:
    return Requisition.objects.of_company(room.buyer_id).get(pk=claim.result_pk)
