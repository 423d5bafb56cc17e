"""What every change of an order ends with: its version rises, its timeline grows, and everybody is told."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.locking import lock
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
    Step.DISPATCHED: Kind.ORDERS_GOODS_DISPATCHED,
    Step.OWED_CHANGED: Kind.ORDERS_OWED_CHANGED,
    Step.TRACKED: Kind.ORDERS_GOODS_TRACKED,
    Step.DELIVERED: Kind.ORDERS_GOODS_DELIVERED,
    Step.COMPLETED: Kind.ORDERS_ORDER_COMPLETED,
    Step.AMENDMENT_PROPOSED: Kind.ORDERS_AMENDMENT_PROPOSED,
    Step.AMENDMENT_ACCEPTED: Kind.ORDERS_AMENDMENT_ACCEPTED,
    Step.AMENDMENT_DECLINED: Kind.ORDERS_AMENDMENT_DECLINED,
    Step.AMENDMENT_WITHDRAWN: Kind.ORDERS_AMENDMENT_WITHDRAWN,
    Step.PAID: Kind.ORDERS_ORDER_PAID,
    Step.MORE_TO_PAY: Kind.ORDERS_MORE_TO_PAY,
    Step.RETURN_REQUESTED: Kind.ORDERS_RETURN_REQUESTED,
    Step.RETURN_APPROVED: Kind.ORDERS_RETURN_APPROVED,
    Step.RETURN_REJECTED: Kind.ORDERS_RETURN_REJECTED,
    Step.RETURN_WITHDRAWN: Kind.ORDERS_RETURN_WITHDRAWN,
    Step.RETURN_SENT: Kind.ORDERS_RETURN_SENT,
    Step.RETURN_RECEIVED: Kind.ORDERS_RETURN_RECEIVED,
    Step.RETURN_INSPECTED: Kind.ORDERS_RETURN_INSPECTED,
    Step.RETURN_RESOLVED: Kind.ORDERS_RETURN_RESOLVED,
    Step.DOCUMENT_ADDED: Kind.ORDERS_DOCUMENT_ADDED,
    Step.CLOSED: Kind.ORDERS_ORDER_CLOSED,
    Step.LINES_CANCELLED: Kind.ORDERS_LINES_CANCELLED,
    Step.CANCEL_REQUESTED: Kind.ORDERS_CANCELLATION_REQUESTED,
    Step.CANCEL_AGREED: Kind.ORDERS_CANCELLATION_AGREED,
    Step.CANCEL_REFUSED: Kind.ORDERS_CANCELLATION_REFUSED,
    Step.CANCEL_WITHDRAWN: Kind.ORDERS_CANCELLATION_WITHDRAWN,
}

_SUMS = """
SELECT coalesce(sum(quantity - cancelled), 0), coalesce(sum(dispatched), 0), coalesce(sum(delivered), 0),
    coalesce(sum(returned), 0)
FROM orders_orderline WHERE order_id = %s
"""
_RAISE = """
WITH raised AS (UPDATE orders_order SET version = version + 1, last_seq = %s WHERE id = %s)
"""
_ENTER = """
INSERT INTO orders_orderentry (axis, step, note, data, company_id, actor_id, order_id, seq)
SELECT %s, %s, %s, %s::jsonb, %s, %s, told.* FROM unnest(%s::bigint[], %s::bigint[]) AS told (order_id, seq)
"""
"""By hand: every change of an order ends with it."""


def lock_order(order: Order) -> Order:
    """The order as it is now; nobody else changes it until this transaction ends."""
    return lock(Order.objects.this(order), what=order.number)[0]


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
        due, sent, arrived, returned = map(int, cursor.fetchone())
    now = _fulfilment(due, sent, arrived, returned)
    if now != order.fulfilment:
        order.fulfilment = now
        Order.objects.this(order).update(fulfilment=now)


def _fulfilment(due: int, sent: int, arrived: int, returned: int) -> Fulfilment:
    if arrived and arrived >= due:
        return _after_delivery(arrived, returned)
    if arrived:
        return Fulfilment.PARTLY_DELIVERED
    if sent and sent >= due:
        return Fulfilment.DISPATCHED
    return Fulfilment.PARTLY_DISPATCHED if sent else Fulfilment.NONE


def _after_delivery(arrived: int, returned: int) -> Fulfilment:
    if returned >= arrived:
        return Fulfilment.RETURNED
    return Fulfilment.PARTLY_RETURNED if returned else Fulfilment.DELIVERED


def complete(order: Order, *, actor: Actor) -> None:
    """Everything of a locked order has arrived; some days later it is closed."""
    ORDER.move(order, to=Commercial.COMPLETED, closes_at=Now() + CLOSE_AFTER)
    tell(order, Step.COMPLETED, actor=actor)


def contents_of(lines: Iterable[OrderLine], quantities: Mapping[int, int]) -> Mapping[str, object]:
    """For the timeline: what a step was about."""
    return {"contents": [[line.code, quantities[line.pk]] for line in lines]}


def tell(order: Order, step: Step, *, actor: Actor, note: str = "", data: Mapping[str, object] | None = None) -> None:
    """Writes a step of a locked order into its timeline, and tells everybody. Two queries."""
    order.version += 1
    order.last_seq += 1
    with connection.cursor() as cursor:
        cursor.execute(_RAISE + _ENTER, [order.last_seq, order.pk, *_entries([order], step, actor, note, data)])
    record_all(KIND_OF[step], [_fact(order)], actor=actor)


def tell_of(orders: Sequence[Order], step: Step, *, actor: Actor) -> None:
    """The same for orders that stand at their version and seq already. Two queries, however many."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTER, _entries(orders, step, actor))
    record_all(KIND_OF[step], [_fact(order) for order in orders], actor=actor)


def _entries(
    orders: Sequence[Order], step: Step, actor: Actor, note: str = "", data: Mapping[str, object] | None = None
) -> list[Any]:
    said = [AXIS_OF.get(step, Axis.COMMERCIAL), step, note, json.dumps(data or {}), actor.company_id, actor.user_id]
    return [*said, [order.pk for order in orders], [order.last_seq for order in orders]]


def _fact(order: Order) -> Fact:
    data = {"seq": order.last_seq, "seller": order.seller_id, "buyer": order.buyer_id}
    return Fact(order.subject, order.version, data)
