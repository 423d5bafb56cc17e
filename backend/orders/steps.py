"""What every change of an order ends with: its version rises, its timeline grows, and everybody is told."""

from collections.abc import Mapping, Sequence

from django.db.models import F
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import NotAllowed
from backend.core.locking import lock
from backend.events.kinds import Kind
from backend.events.log import Fact, record_all
from backend.orders.models import Order, OrderEntry
from backend.orders.states import AXIS_OF, Axis, Fulfilment, Step

KIND_OF: Mapping[Step, Kind] = {
    Step.PLACED: Kind.ORDERS_ORDER_PLACED,
    Step.ACCEPTED: Kind.ORDERS_ORDER_ACCEPTED,
    Step.DECLINED: Kind.ORDERS_ORDER_DECLINED,
    Step.EXPIRED: Kind.ORDERS_ORDER_EXPIRED,
    Step.CANCELLED: Kind.ORDERS_ORDER_CANCELLED,
    Step.DISPATCHED: Kind.ORDERS_GOODS_DISPATCHED,
    Step.TRACKED: Kind.ORDERS_GOODS_TRACKED,
    Step.DELIVERED: Kind.ORDERS_GOODS_DELIVERED,
    Step.COMPLETED: Kind.ORDERS_ORDER_COMPLETED,
}


def lock_order(order: Order) -> Order:
    """The order as it is now; nobody else changes it until this transaction ends."""
    return lock(Order.objects.this(order), what=order.number)[0]


def roll_up(order: Order) -> None:
    """What has become of a locked order's goods, from its lines. Two queries."""
    lines = list(order.lines.values_list("quantity", "cancelled", "dispatched", "delivered"))
    due = sum(quantity - cancelled for quantity, cancelled, _sent, _there in lines)
    order.fulfilment = _fulfilment(due, sum(line[2] for line in lines), sum(line[3] for line in lines))
    Order.objects.this(order).update(fulfilment=order.fulfilment)


def _fulfilment(due: int, sent: int, arrived: int) -> Fulfilment:
    if arrived and arrived >= due:
        return Fulfilment.DELIVERED
    if arrived:
        return Fulfilment.PARTLY_DELIVERED
    if sent and sent >= due:
        return Fulfilment.DISPATCHED
    return Fulfilment.PARTLY_DISPATCHED if sent else Fulfilment.NONE


def tell(order: Order, step: Step, *, actor: Actor, note: str = "", data: Mapping[str, object] | None = None) -> None:
    """Writes a step of a locked order into its timeline, and tells everybody. Three queries."""
    order.version += 1
    order.last_seq += 1
    Order.objects.this(order).update(version=F("version") + 1, last_seq=order.last_seq)
    tell_of([order], step, actor=actor, note=note, data=data)


def tell_of(
    orders: Sequence[Order],
    step: Step,
    *,
    actor: Actor,
    note: str = "",
    data: Mapping[str, object] | None = None,
) -> None:
    """The same for orders that stand at their version and seq already. Two queries, however many."""
    OrderEntry.objects.bulk_create(
        OrderEntry(
            order=order,
            seq=order.last_seq,
            axis=AXIS_OF.get(step, Axis.COMMERCIAL),
            step=step,
            note=note,
            data=dict(data or {}),
            company_id=actor.company_id,
            actor_id=actor.user_id,
        )
        for order in orders
    )
    record_all(KIND_OF[step], [_fact(order) for order in orders], actor=actor)


def _fact(order: Order) -> Fact:
    data = {"seq": order.last_seq, "seller": order.seller_id, "buyer": order.buyer_id}
    return Fact(order.subject, order.version, data)


def require(allowed: bool) -> None:
    """Raises NotAllowed for what a policy said no to."""
    if not allowed:
        raise NotAllowed(_("Your role in this company may not do that. An owner of the company can change your role."))
