"""Goods of a return come in, at once or in parts, and are looked at. Each step is one transaction, safe to send twice,
and ends by recording it."""

from collections import Counter
from collections.abc import Mapping

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events import once
from backend.inventory.models import Warehouse
from backend.orders.returns import policies
from backend.orders.returns.models import Return
from backend.orders.returns.receiving.counting import (
    Looked,
    count_in,
    count_out,
    lines_of,
    require_at,
    require_room_in,
    stand_by,
)
from backend.orders.returns.receiving.steps import expect_no_more
from backend.orders.returns.states import COMING, THERE, Outcome, ReturnStatus
from backend.orders.returns.steps import STEP_OF, lock_return, put_back, short_words, tell_return, wait_anew
from backend.orders.states import MAX_REASON, Step
from backend.orders.steps import lock_order, require_reason


@atomic(durable=True)
@for_actor
def receive_return(
    goods: Return, warehouse: Warehouse, quantities: Mapping[int, int], *, note: str = "", key: str, actor: Actor
) -> Return:
    """So many units (by the return line's pk) have come into this warehouse; what has not is waited for anew.

    `note` is for what came otherwise than it was agreed; both sides read it. Raises NotAllowed without orders.dispatch;
    Conflict for a return of which nothing is expected; Refused for more than is, for somebody else's warehouse, or for
    another than the one in which goods of it wait to be looked at.
    """
    require(policies.can_inspect_return(actor, goods.order))
    asked = {"return": goods.pk, "warehouse": warehouse.pk, "lines": sorted(quantities.items()), "note": note}
    claim = once.claim(goods.order.seller_id, key, action="receive_return", request=asked)
    order, now = lock_order(goods.order), lock_return(goods)
    if claim.is_repeat:
        return now
    require_at(now, COMING)
    if warehouse.company_id != order.seller_id:
        raise Refused(_("That warehouse belongs to another company."), field="warehouse")
    lines, said = lines_of(now), short_words(note, MAX_REASON, field="note")
    require_room_in(now, lines, warehouse)
    came = count_in(now, lines, quantities)
    stand_by(now, lines)
    wait_anew(now, warehouse=warehouse, reminded_at=None)
    step = STEP_OF[ReturnStatus(now.status)]
    said = " · ".join(filter(None, (warehouse.name, said)))
    tell_return(order, now, step, [(each.line.code, n) for each, n in came.items()], actor=actor, note=said)
    return now


@atomic(durable=True)
@for_actor
def close_return_short(goods: Return, *, reason: str, actor: Actor) -> Return:
    """The seller no longer expects what has not come, and says why: it counts as kept by the buyer. Closed again it
    stays so; a return of which nothing has come is over.

    Raises NotAllowed without orders.answer; Refused without a reason; Conflict for one of which nothing is expected.
    """
    require(policies.can_decide_return(actor, goods.order))
    order, now = lock_order(goods.order), lock_return(goods)
    if now.short_reason:
        return now
    require_at(now, COMING)
    said = require_reason(reason)
    now.short_reason = said
    Return.objects.this(now).update(short_reason=said)
    expect_no_more(order, now, actor=actor, note=said)
    return now


@atomic(durable=True)
@for_actor
def inspect_return(goods: Return, looked: Looked, *, key: str, actor: Actor) -> Return:
    """What becomes of each unit that has come and was not looked at yet; what is to be sold again lies on the shelf at
    once.

    Raises NotAllowed without orders.dispatch; Refused where not each unit has one outcome; Conflict where nothing waits
    to be looked at (any more).
    """
    require(policies.can_inspect_return(actor, goods.order))
    asked = {"return": goods.pk, "lines": sorted((pk, sorted(said.items())) for pk, said in looked.items())}
    claim = once.claim(goods.order.seller_id, key, action="inspect_return", request=asked)
    order, now = lock_order(goods.order), lock_return(goods)
    if claim.is_repeat:
        return now
    require_at(now, THERE)
    lines = lines_of(now)
    found = count_out(now, lines, looked)
    stand_by(now, lines)
    now.looks += 1
    Return.objects.this(now).update(looks=now.looks)
    outcomes = [(each.line.code, n, outcome) for each, outcome, n in found]
    tell_return(order, now, Step.RETURN_INSPECTED, (), outcomes=outcomes, actor=actor)
    for_sale = Counter[int]()
    for each, outcome, n in found:
        if outcome == Outcome.RESTOCK:
            for_sale[each.line.sku_id] += n
    if for_sale and now.warehouse:
        put_back(now, for_sale, now.warehouse, actor=actor)
    return now
