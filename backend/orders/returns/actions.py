"""A return is asked for, answered, handed over and settled; what lies between is in receiving/. Each step is one
transaction, safe to send twice, and ends by recording it."""

from collections.abc import Mapping

from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events import once
from backend.orders.credit.steps import settle_payment
from backend.orders.models import Order
from backend.orders.returns import policies
from backend.orders.returns.models import Return, ReturnLine
from backend.orders.returns.receiving.steps import expect_no_more
from backend.orders.returns.states import ON_ITS_WAY, RETURN, ReturnStatus
from backend.orders.returns.steps import (
    due_after,
    lock_return,
    move_return,
    require_returnable,
    settle_outcomes,
    short_words,
    still_to_come,
    tell_return,
    wait_anew,
)
from backend.orders.states import WAITING_FOR_A_WORD, Commercial, Step
from backend.orders.steps import lock_order, require_reason

MAX_NUMBER = 60
HAS_GOODS = (Commercial.IN_PROGRESS, Commercial.COMPLETED, *WAITING_FOR_A_WORD)


@atomic(durable=True)
@for_actor
def request_return(order: Order, quantities: Mapping[int, int], *, reason: str, key: str, actor: Actor) -> Return:
    """The buyer wants to send so many units of these lines (by their pk) back, and says why.

    Raises NotAllowed without orders.place; Refused for an order that is closed, for more than has arrived and was not
    returned yet, without a reason.
    """
    require(policies.can_send_back(actor, order))
    asked = {"order": order.pk, "lines": sorted(quantities.items()), "reason": reason}
    claim = once.claim(order.buyer_id, key, action="request_return", request=asked)
    if claim.is_repeat:
        return Return.objects.of_order(order.pk).get(pk=claim.result_pk)
    now = lock_order(order)
    if now.commercial not in HAS_GOODS:
        raise Refused(_("Nothing of this order can be sent back now; it is: %(now)s.")
                      % {"now": Commercial(now.commercial).label})  # fmt: skip
    wanted = {pk: quantity for pk, quantity in quantities.items() if quantity}
    lines, said = require_returnable(now, wanted), require_reason(reason)
    due_at = due_after(ReturnStatus.REQUESTED)
    goods = Return.objects.create(order=now, nth=now.returns.count() + 1, reason=said, due_at=due_at)
    goods.refresh_from_db(fields=["due_at"])
    ReturnLine.objects.bulk_create(ReturnLine(of_return=goods, line=each, quantity=wanted[each.pk]) for each in lines)
    contents = [(each.code, wanted[each.pk]) for each in lines]
    tell_return(now, goods, Step.RETURN_REQUESTED, contents, actor=actor, note=said)
    claim.resulted_in(goods.pk)
    return goods


@atomic(durable=True)
@for_actor
def approve_return(goods: Return, *, actor: Actor) -> Return:
    """The seller takes the goods back. Approved again it stays so.

    Raises NotAllowed without orders.answer, Refused for one that was rejected or withdrawn.
    """
    require(policies.can_decide_return(actor, goods.order))
    return _move(goods, ReturnStatus.APPROVED, actor)


@atomic(durable=True)
@for_actor
def reject_return(goods: Return, *, reason: str, actor: Actor) -> Return:
    """The seller does not take them back, and says why. Raises NotAllowed without orders.answer, Refused without a
    reason or for one that is approved already."""
    require(policies.can_decide_return(actor, goods.order))
    said = require_reason(reason)
    return _move(goods, ReturnStatus.REJECTED, actor, note=said, answer=said)


@atomic(durable=True)
@for_actor
def withdraw_return(goods: Return, *, actor: Actor) -> Return:
    """The buyer keeps the goods. Raises NotAllowed without orders.place, Refused once they are on their way."""
    require(policies.can_send_back(actor, goods.order))
    return _move(goods, ReturnStatus.WITHDRAWN, actor)


@atomic(durable=True)
@for_actor
def send_return(goods: Return, *, tracking_number: str = "", actor: Actor) -> Return:
    """The buyer has handed the goods over. Raises NotAllowed without orders.place, Refused for one that is not
    approved, or a tracking number of more than MAX_NUMBER characters."""
    require(policies.can_send_back(actor, goods.order))
    number = short_words(tracking_number, MAX_NUMBER, field="tracking_number")
    return _move(goods, ReturnStatus.IN_TRANSIT, actor, note=number, tracking_number=number)


@atomic(durable=True)
@for_actor
def trace_return(goods: Return, *, tracking_number: str, actor: Actor) -> Return:
    """The buyer says that what has not come is on its way, and under which number: it is waited for anew. Said again
    before anybody was reminded it changes nothing.

    Raises NotAllowed without orders.place; Refused without a number, for one of more than MAX_NUMBER characters, and
    for a return that is not on its way.
    """
    require(policies.can_send_back(actor, goods.order))
    number = short_words(tracking_number, MAX_NUMBER, field="tracking_number")
    if not number:
        raise Refused(_("Say its tracking number: then the seller can ask the carrier, too."), field="tracking_number")
    order, now = lock_order(goods.order), lock_return(goods)
    if now.status not in ON_ITS_WAY:
        raise Refused(_("This return is not on its way; it is: %(now)s.") % {"now": ReturnStatus(now.status).label})
    if now.tracking_number != number or now.reminded_at:
        wait_anew(now, tracking_number=number, reminded_at=None)
        tell_return(order, now, Step.RETURN_SENT, (), actor=actor, note=number)
    return now


@atomic(durable=True)
@for_actor
def resolve_return(goods: Return, *, actor: Actor) -> Return:
    """The seller stands by the outcomes: refunds reduce what is payable, replacements are promised to the buyer.

    Resolved again it changes nothing. Raises NotAllowed without orders.answer; Refused for one that is not inspected,
    or where there is too little to replace.
    """
    require(policies.can_decide_return(actor, goods.order))
    order, now = lock_order(goods.order), lock_return(goods)
    if now.status == ReturnStatus.RESOLVED:
        return now
    now.order = order
    RETURN.require(now, to=ReturnStatus.RESOLVED)
    was = order.payable
    refund = settle_outcomes(order, now, actor=actor)
    settle_payment(order, was, actor=actor)
    now.refund_net_minor, now.refund_tax_minor = refund.net.amount_minor, refund.tax.amount_minor
    now.save(update_fields=["refund_net_minor", "refund_tax_minor"])
    move_return(order, now, ReturnStatus.RESOLVED, actor=actor)
    return now


@atomic(durable=True)
def pass_return_deadline(goods: Return, *, actor: Actor) -> Return:
    """Nobody did what was to be done by then: one that the seller has not answered is approved, one that the buyer has
    not sent lapses. Of one that has not come, or not all of it, both are reminded; if neither says anything to that
    either, what has not come is not expected any more. One that has moved meanwhile stays as it is."""
    order, now = lock_order(goods.order), lock_return(goods)
    if not Return.objects.this(now).overdue().exists():
        return now
    if now.status == ReturnStatus.REQUESTED:
        move_return(order, now, ReturnStatus.APPROVED, step=Step.RETURN_UNANSWERED, actor=actor)
    elif now.status not in ON_ITS_WAY:
        move_return(order, now, ReturnStatus.LAPSED, actor=actor)
    elif now.reminded_at is None:
        wait_anew(now, reminded_at=Now())
        tell_return(order, now, Step.RETURN_OVERDUE, still_to_come(now), actor=actor, note=now.tracking_number)
    else:
        expect_no_more(order, now, actor=actor)
    return now


def _move(goods: Return, to: ReturnStatus, actor: Actor, *, note: str = "", **facts: object) -> Return:
    order, now = lock_order(goods.order), lock_return(goods)
    if now.status != to:
        for name, value in facts.items():
            setattr(now, name, value)
        now.save(update_fields=list(facts))
        move_return(order, now, to, actor=actor, note=note)
    return now
