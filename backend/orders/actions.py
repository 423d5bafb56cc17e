"""The seller's answer to an order, the buyer's change of mind, and the clock. Each is one transaction, safe to send
twice, and ends by recording it."""

from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events.kinds import Kind
from backend.inventory.holds.steps import lock_stock, settle_stock
from backend.orders import policies
from backend.orders.amounts import settle_amounts
from backend.orders.models import Order
from backend.orders.states import ORDER, WAITING_FOR_A_WORD, Commercial, Step
from backend.orders.steps import Told, lock_order, move, require_reason


@atomic(durable=True)
@for_actor
def accept_order(order: Order, *, actor: Actor) -> Order:
    """The seller takes the order. Accepted again it stays so.

    Raises NotAllowed without orders.answer, Refused for one that was declined, has expired or was cancelled.
    """
    require(policies.can_answer_order(actor, order))
    now = lock_order(order)
    if now.commercial in WAITING_FOR_A_WORD:
        raise Refused(_("This order is accepted already; a change of it waits for an answer."))
    return _move(now, Commercial.ACCEPTED, Step.ACCEPTED, actor)


@atomic(durable=True)
@for_actor
def decline_order(order: Order, *, reason: str, actor: Actor) -> Order:
    """The seller can't or won't: the goods are free again, and the buyer reads why.

    Raises NotAllowed without orders.answer, Refused without a reason or for one that is accepted already.
    """
    require(policies.can_answer_order(actor, order))
    return _end(lock_order(order), Commercial.DECLINED, Step.DECLINED, actor, note=require_reason(reason))


@atomic(durable=True)
@for_actor
def cancel_order(order: Order, *, actor: Actor) -> Order:
    """The buyer takes an order back that nobody has accepted yet: the goods are free again.

    Raises NotAllowed without orders.place, Refused for one that is accepted already.
    """
    require(policies.can_cancel_order(actor, order))
    now = lock_order(order)
    if now.commercial not in (Commercial.PLACED, Commercial.CANCELLED):
        raise Refused(_("%(seller)s has accepted this order already.") % {"seller": now.seller.name})
    return _end(now, Commercial.CANCELLED, Step.CANCELLED, actor)


@atomic(durable=True)
def expire_order(order: Order, *, actor: Actor) -> Order:
    """Nobody accepted it in time: the goods are free again. One that was answered meanwhile stays as it is."""
    now = lock_order(order)
    if not Order.objects.this(order).filter(commercial=Commercial.PLACED, accept_by__lte=Now()).exists():
        return now
    return _end(now, Commercial.EXPIRED, Step.EXPIRED, actor)


@atomic(durable=True)
def close_order(order: Order, *, actor: Actor) -> Order:
    """The days in which goods could be sent back are over: nothing of the order changes any more. One of which goods
    are on their way back, or are owed again, stays as it is."""
    now = lock_order(order)
    is_due = Order.objects.this(order).due_to_close().exists()
    return _move(now, Commercial.CLOSED, Step.CLOSED, actor) if is_due else now


def _end(now: Order, to: Commercial, step: Step, actor: Actor, note: str = "") -> Order:
    if now.commercial != to:
        ORDER.require(now, to=to)
        stock = lock_stock(now.lines.values_list("sku_id", flat=True), freeing=now.subject, what=now.number)
        settle_stock(stock, Kind.INVENTORY_STOCK_RELEASED, actor=actor)
        now.lines.update(cancelled=F("quantity") - F("dispatched"))
        settle_amounts(now)
    return _move(now, to, step, actor, note)


def _move(now: Order, to: Commercial, step: Step, actor: Actor, note: str = "") -> Order:
    if now.commercial != to:
        move(now, [Told(step, note)], to=to, actor=actor)
    return now
