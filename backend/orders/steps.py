"""What every change of an order ends with: its version rises, its timeline grows, and everybody is told."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.along import run
from backend.core.errors import Refused
from backend.core.locking import locking
from backend.core.written import Written
from backend.events.kinds import Kind
from backend.events.log import Fact, record_all
from backend.orders.models import Order, OrderLine
from backend.orders.states import AXIS_OF, CLOSE_AFTER, MAX_REASON, ORDER, Axis, Commercial, Fulfilment, Step

KIND_OF: Mapping[Step, Kind] = {
    Step.PLACED: Kind.ORDERS_ORDER_PLACED,
    Step.ACCEPTED: Kind.ORDERS_ORDER_ACCEPTED,
    Step.DECLINED: Kind.ORDERS_ORDER_DECLINED,
    Step.EXPIRED: Kind.ORDERS_ORDER_EXPIRED,
    Step.CANCELLED: Kind.ORDERS_ORDER_CANCELLED,
    Step.PACKED: Kind.ORDERS_GOODS_PACKED,
    Step.UNPACKED: Kind.ORDERS_GOODS_UNPACKED,
    Step.DISPATCHED: Kind.ORDERS_GOODS_DISPATCHED,
    Step.PACKED_EXPIRED: Kind.ORDERS_GOODS_EXPIRED,
    Step.GOODS_EXPIRED: Kind.ORDERS_GOODS_EXPIRED,
    Step.PROMISED_ANEW: Kind.ORDERS_GOODS_PROMISED_ANEW,
    Step.OWED_CHANGED: Kind.ORDERS_OWED_CHANGED,
    Step.TRACKED: Kind.ORDERS_GOODS_TRACKED,
    Step.DELIVERED: Kind.ORDERS_GOODS_DELIVERED,
    Step.RECEIPT_CONFIRMED: Kind.ORDERS_RECEIPT_CONFIRMED,
    Step.LOST: Kind.ORDERS_GOODS_LOST,
    Step.CAME_BACK: Kind.ORDERS_GOODS_CAME_BACK,
    Step.COMPLETED: Kind.ORDERS_ORDER_COMPLETED,
    Step.AMENDMENT_PROPOSED: Kind.ORDERS_AMENDMENT_PROPOSED,
    Step.AMENDMENT_ACCEPTED: Kind.ORDERS_AMENDMENT_ACCEPTED,
    Step.AMENDMENT_DECLINED: Kind.ORDERS_AMENDMENT_DECLINED,
    Step.AMENDMENT_WITHDRAWN: Kind.ORDERS_AMENDMENT_WITHDRAWN,
    Step.AMENDMENT_EXPIRED: Kind.ORDERS_AMENDMENT_EXPIRED,
    Step.PAID: Kind.ORDERS_ORDER_PAID,
    Step.MORE_TO_PAY: Kind.ORDERS_MORE_TO_PAY,
    Step.RETURN_REQUESTED: Kind.ORDERS_RETURN_REQUESTED,
    Step.RETURN_APPROVED: Kind.ORDERS_RETURN_APPROVED,
    Step.RETURN_UNANSWERED: Kind.ORDERS_RETURN_UNANSWERED,
    Step.RETURN_REJECTED: Kind.ORDERS_RETURN_REJECTED,
    Step.RETURN_WITHDRAWN: Kind.ORDERS_RETURN_WITHDRAWN,
    Step.RETURN_SENT: Kind.ORDERS_RETURN_SENT,
    Step.RETURN_PARTLY: Kind.ORDERS_RETURN_PARTLY_RECEIVED,
    Step.RETURN_RECEIVED: Kind.ORDERS_RETURN_RECEIVED,
    Step.RETURN_SHORT: Kind.ORDERS_RETURN_CLOSED_SHORT,
    Step.RETURN_INSPECTED: Kind.ORDERS_RETURN_INSPECTED,
    Step.RETURN_RESOLVED: Kind.ORDERS_RETURN_RESOLVED,
    Step.RETURN_OVERDUE: Kind.ORDERS_RETURN_OVERDUE,
    Step.RETURN_LAPSED: Kind.ORDERS_RETURN_LAPSED,
    Step.DISPUTE_OPENED: Kind.ORDERS_DISPUTE_OPENED,
    Step.DISPUTE_SAID: Kind.ORDERS_DISPUTE_SAID,
    Step.DISPUTE_EVIDENCE: Kind.ORDERS_DISPUTE_EVIDENCE,
    Step.DISPUTE_WITHDRAWN: Kind.ORDERS_DISPUTE_WITHDRAWN,
    Step.DISPUTE_ESCALATED: Kind.ORDERS_DISPUTE_ESCALATED,
    Step.DISPUTE_FOR_BUYER: Kind.ORDERS_DISPUTE_DECIDED,
    Step.DISPUTE_FOR_SELLER: Kind.ORDERS_DISPUTE_DECIDED,
    Step.DOCUMENT_ADDED: Kind.ORDERS_DOCUMENT_ADDED,
    Step.CLOSED: Kind.ORDERS_ORDER_CLOSED,
    Step.LINES_CANCELLED: Kind.ORDERS_LINES_CANCELLED,
    Step.CANCEL_REQUESTED: Kind.ORDERS_CANCELLATION_REQUESTED,
    Step.CANCEL_AGREED: Kind.ORDERS_CANCELLATION_AGREED,
    Step.CANCEL_REFUSED: Kind.ORDERS_CANCELLATION_REFUSED,
    Step.CANCEL_WITHDRAWN: Kind.ORDERS_CANCELLATION_WITHDRAWN,
    Step.CANCEL_EXPIRED: Kind.ORDERS_CANCELLATION_EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Told:
    """A step as the timeline of an order keeps it."""

    step: Step
    note: str = ""
    data: Mapping[str, object] = field(default_factory=dict)


_SUMS = """
SELECT coalesce(sum(quantity - cancelled), 0), coalesce(sum(dispatched), 0), coalesce(sum(delivered), 0),
    coalesce(sum(returned), 0), coalesce(sum(packed), 0), coalesce(sum(confirmed), 0)
FROM orders_orderline WHERE order_id = %s
"""
_MOVE = """
WITH moved AS (
    UPDATE orders_order SET version = version + %(steps)s, last_seq = %(last_seq)s,
        commercial = coalesce(%(commercial)s, commercial), fulfilment = coalesce(%(fulfilment)s, fulfilment),
        closes_at = CASE WHEN %(commercial)s = 'completed' THEN statement_timestamp() + %(after)s ELSE closes_at END
    WHERE id = %(order)s
)
"""
_ENTER = """
INSERT INTO orders_orderentry (order_id, seq, axis, step, note, data, company_id, actor_id)
SELECT told.*, %(company)s, %(person)s FROM json_to_recordset(%(told)s::json)
    AS told (order_id bigint, seq bigint, axis text, step text, note text, data jsonb)
"""
"""By hand: every change of an order begins and ends with these."""
_LOCK = Written("SELECT {now} FROM orders_order now WHERE now.id = %(order)s FOR NO KEY UPDATE", now=Order)


def lock_order(order: Order) -> Order:
    """The order as it is now; nobody else changes it until this transaction ends."""
    with locking(order.number):
        ((now,),) = _LOCK.fetch({"order": order.pk})
    locked: Order = now
    return locked


def require_reason(reason: str) -> str:
    """Why, without the space around it. Raises Refused for nothing, and for more than MAX_REASON characters."""
    said = reason.strip()
    if not said:
        raise Refused(_("Say why: the other side reads it."), field="reason")
    if len(said) > MAX_REASON:
        raise Refused(
            _("%(n)d characters are too many here: at most %(max)d.") % {"n": len(said), "max": MAX_REASON},
            field="reason",
        )
    return said


def roll_up(order: Order) -> None:
    """What has become of a locked order's goods, from its lines. One query; two where that is news."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [order.pk])
        now = fulfilment_of(*map(int, cursor.fetchone()))
    if now != order.fulfilment:
        order.fulfilment = now
        Order.objects.this(order).update(fulfilment=now)


def fulfilment_of(due: int, sent: int, arrived: int, returned: int, packed: int = 0, confirmed: int = 0) -> Fulfilment:
    """What the sums of an order's lines come to, in units."""
    if arrived and arrived >= due:
        return _after_delivery(arrived, returned, confirmed)
    if arrived:
        return Fulfilment.PARTLY_DELIVERED
    if sent and sent >= due:
        return Fulfilment.DISPATCHED
    return Fulfilment.PARTLY_DISPATCHED if sent else _before_dispatch(due, packed)


def _before_dispatch(due: int, packed: int) -> Fulfilment:
    if packed and packed >= due:
        return Fulfilment.PACKED
    return Fulfilment.PARTLY_PACKED if packed else Fulfilment.NONE


def _after_delivery(arrived: int, returned: int, confirmed: int) -> Fulfilment:
    if returned:
        return Fulfilment.RETURNED if returned >= arrived else Fulfilment.PARTLY_RETURNED
    return Fulfilment.CONFIRMED if confirmed >= arrived else Fulfilment.DELIVERED


def complete(order: Order, *, actor: Actor) -> None:
    """Everything of a locked order has arrived; some days later it is closed."""
    move(order, [Told(Step.COMPLETED)], to=Commercial.COMPLETED, actor=actor)


def contents_of(lines: Iterable[OrderLine], quantities: Mapping[int, int]) -> Mapping[str, object]:
    """For the timeline: what a step was about."""
    return {"contents": [[line.code, quantities[line.pk]] for line in lines]}


def tell(order: Order, step: Step, *, actor: Actor, note: str = "", data: Mapping[str, object] | None = None) -> None:
    """Writes a step of a locked order into its timeline, and tells everybody. Two queries."""
    move(order, [Told(step, note, data or {})], actor=actor)


def move(
    order: Order,
    told: Sequence[Told],
    *,
    to: Commercial | None = None,
    fulfilment: Fulfilment | None = None,
    actor: Actor,
) -> None:
    """The same for steps that come together, and where a locked order stands from then on, if that changes with them:
    one that is completed is closed some days later. One query, and one for each step. Raises Refused for no legal move.
    """
    if to:
        ORDER.require(order, to=to)
    entries, facts = [], []
    for each in told:
        order.version += 1
        order.last_seq += 1
        entries.append(_entry(order, each))
        facts.append(_fact(order))
    order.commercial, order.fulfilment = to or order.commercial, fulfilment or order.fulfilment
    moved = {"order": order.pk, "steps": len(told), "last_seq": order.last_seq, "commercial": to, "after": CLOSE_AFTER}
    _enter(_MOVE + _ENTER, entries, actor, **moved, fulfilment=fulfilment)
    for each, fact in zip(told, facts, strict=True):
        record_all(KIND_OF[each.step], [fact], actor=actor)


def tell_of(orders: Sequence[Order], step: Step, *, actor: Actor) -> None:
    """Of orders that stand at their version and seq already. Two queries, however many."""
    _enter(_ENTER, [_entry(order, Told(step)) for order in orders], actor)
    record_all(KIND_OF[step], [_fact(order) for order in orders], actor=actor)


def _enter(statement: str, entries: Sequence[Mapping[str, object]], actor: Actor, **moved: Any) -> None:
    said: dict[str, Any] = {"told": json.dumps(entries), "company": actor.company_id, "person": actor.user_id}
    run(statement, said | moved)


def _entry(order: Order, told: Told) -> Mapping[str, object]:
    axis = AXIS_OF.get(told.step, Axis.COMMERCIAL)
    said = {"step": told.step, "note": told.note, "data": told.data}
    return {"order_id": order.pk, "seq": order.last_seq, "axis": axis, **said}


def _fact(order: Order) -> Fact:
    data = {"seq": order.last_seq, "seller": order.seller_id, "buyer": order.buyer_id}
    return Fact(order.subject, order.version, data)
