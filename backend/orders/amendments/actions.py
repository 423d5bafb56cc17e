"""One side proposes to change an order, the other answers. Each is one transaction, safe to send twice, and ends by
recording it."""

from collections.abc import Mapping

from django.db.transaction import atomic

from backend.accounts.actor import Actor
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events import once
from backend.orders.amendments import policies
from backend.orders.amendments.approving import plan_of_change
from backend.orders.amendments.deciding import agree, propose
from backend.orders.amendments.drafting import Wanted, drafted
from backend.orders.amendments.models import Amendment
from backend.orders.amendments.states import AmendmentKind, AmendmentState
from backend.orders.amendments.steps import (
    changed_line,
    difference_of,
    lock_amendment,
    put_forward,
    require_going_on,
    require_open,
    require_seen,
    settle_amendment,
)
from backend.orders.cancellations.steps import go_on, open_lines
from backend.orders.models import Order
from backend.orders.placing.checks import require_no_approval
from backend.orders.placing.details import require_to_come
from backend.orders.states import Commercial
from backend.orders.steps import lock_order, require_reason


@atomic(durable=True)
@for_actor
def request_cancellation(
    order: Order, quantities: Mapping[int, int], *, reason: str, key: str, actor: Actor
) -> Amendment:
    """The buyer asks to take units of these lines (by their pk) off an accepted order; nothing named: all not yet sent.

    Until the seller has answered nothing is sent. Raises NotAllowed without orders.place; Refused for an order that
    isn't accepted or has an open change, without a reason, for more than is still to be sent.
    """
    require(policies.can_request_cancellation(actor, order))
    asked = {"order": order.pk, "lines": sorted(quantities.items()), "reason": reason}
    claim = once.claim(order.buyer_id, key, action="request_cancellation", request=asked)
    if claim.is_repeat:
        return Amendment.objects.of_order(order.pk).get(pk=claim.result_pk)
    now = lock_order(order)
    require_going_on(now)
    wanted = {pk: quantity for pk, quantity in quantities.items() if quantity} or _all_open(now)
    said = require_reason(reason)
    lines = [changed_line(each, each.due - wanted[each.pk]) for each in open_lines(now, wanted)]
    fresh = Amendment(
        order=now, kind=AmendmentKind.CANCELLATION, proposed_by_id=now.buyer_id, actor_id=actor.user_id, reason=said
    )
    put_forward(now, fresh, lines, difference_of(now, lines), actor=actor)
    claim.resulted_in(fresh.pk)
    return fresh


@atomic(durable=True)
@for_actor
def propose_change(order: Order, wanted: Wanted, *, reason: str, seen_seq: int, key: str, actor: Actor) -> Amendment:
    """Either side would have other quantities, further SKUs, another date or address of an accepted order.

    Lines keep the price that was frozen, what is added has today's price of this buyer. Nothing is promised of the
    stock before the other side agrees, and nothing is sent until it has answered. `seen_seq` is the last entry of the
    timeline that the proposer has read. Raises NotAllowed for whoever speaks for no side; Conflict, with the steps,
    where the order has changed since; Refused for what can't be (drafting.py), without a reason, or where the buyer
    proposes what goes beyond their credit, or needs an approval inside their company (asking/actions.py).
    """
    require(policies.can_propose_change(actor, order))
    asked = {"order": order.pk, "wanted": str(wanted), "reason": reason, "seen": seen_seq}
    by = actor.company_id or 0
    claim = once.claim(by, key, action="propose_change", request=asked)
    if claim.is_repeat:
        return Amendment.objects.of_order(order.pk).get(pk=claim.result_pk)
    now = lock_order(order)
    require_going_on(now)
    require_seen(now, seen_seq)
    require_to_come(wanted.requested_on)
    said, draft = require_reason(reason), drafted(now, wanted, asked_by=by)
    if by == now.buyer_id:
        require_no_approval(plan_of_change(now, draft.lines, actor.user_id or 0, locked=True))
    fresh = propose(now, wanted, draft, said, actor=actor)
    claim.resulted_in(fresh.pk)
    return fresh


@atomic(durable=True)
@for_actor
def accept_amendment(amendment: Amendment, *, actor: Actor) -> Amendment:
    """The other side agrees, and the order is what was proposed. Agreed to again it stays so.

    What it rises by takes the buyer's credit, or has to be paid before goods are sent, also where all that it came to
    before was paid. Raises NotAllowed for the side that proposed it; Refused where there is too little of what is put
    on, or too little credit, or where a buyer's yes needs an approval inside their company (asking/actions.py);
    Conflict where it was withdrawn or declined meanwhile, or where what is payable is not what was read.
    """
    require(policies.can_answer_amendment(actor, amendment))
    order, now = lock_order(amendment.order), lock_amendment(amendment)
    if now.state == AmendmentState.ACCEPTED:
        return now
    require_open(now)
    if actor.company_id == order.buyer_id:
        lines = list(now.lines.select_related("sku"))
        require_no_approval(plan_of_change(order, lines, actor.user_id or 0, locked=True))
    agree(order, now, actor=actor)
    return now


@atomic(durable=True)
@for_actor
def decline_amendment(amendment: Amendment, *, reason: str, actor: Actor) -> Amendment:
    """The other side does not agree, and says why: the order goes on as it was. Declined again it stays so.

    Raises NotAllowed for the side that proposed it, Refused without a reason, Conflict where it was withdrawn or
    accepted meanwhile.
    """
    require(policies.can_answer_amendment(actor, amendment))
    order, now = lock_order(amendment.order), lock_amendment(amendment)
    if now.state == AmendmentState.DECLINED:
        return now
    said = require_reason(reason)
    settle_amendment(order, now, AmendmentState.DECLINED, actor=actor, answer=said)
    go_on(order, Commercial(now.was), actor=actor)
    return now


@atomic(durable=True)
@for_actor
def withdraw_amendment(amendment: Amendment, *, actor: Actor) -> Amendment:
    """Whoever proposed it thinks better of it: the order goes on as it was. Withdrawn again it stays so.

    Raises NotAllowed for the other side, Conflict where it was answered meanwhile.
    """
    require(policies.can_withdraw_amendment(actor, amendment))
    order, now = lock_order(amendment.order), lock_amendment(amendment)
    if now.state == AmendmentState.WITHDRAWN:
        return now
    settle_amendment(order, now, AmendmentState.WITHDRAWN, actor=actor)
    go_on(order, Commercial(now.was), actor=actor)
    return now


@atomic(durable=True)
def expire_amendment(amendment: Amendment, *, actor: Actor) -> Amendment:
    """The other side did not answer in time: the order goes on as it was. One that was answered meanwhile stays so."""
    order, now = lock_order(amendment.order), lock_amendment(amendment)
    if Amendment.objects.this(now).overdue().exists():
        settle_amendment(order, now, AmendmentState.EXPIRED, actor=actor)
        go_on(order, Commercial(now.was), actor=actor)
    return now


def _all_open(order: Order) -> Mapping[int, int]:
    return {line.pk: line.open_quantity for line in order.lines.all() if line.open_quantity}
