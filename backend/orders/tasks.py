"""Jobs of the orders' room: deadlines that nobody met. Each takes the lock and looks again."""

import logging
from collections.abc import Callable

from django.db.models.functions import Now
from procrastinate.contrib.django import app

from backend.accounts.actor import ANONYMOUS
from backend.core.errors import Busy
from backend.core.row_security import across_companies
from backend.inventory.lots.anew import broken_skus
from backend.orders.actions import close_order, expire_order
from backend.orders.amendments.actions import expire_amendment
from backend.orders.amendments.states import AmendmentState
from backend.orders.disputes.actions import escalate_by_itself
from backend.orders.models import Amendment, Order, OrderDispute, Requisition, Return, StandingOrder
from backend.orders.owing.actions import replace_expired
from backend.orders.requisitions.actions import expire_requisition
from backend.orders.requisitions.states import RequisitionState
from backend.orders.returns.actions import pass_return_deadline
from backend.orders.standing.running.worker import run_standing_order
from backend.orders.states import Commercial, Dispute

AT_ONCE = 200
EVERYBODYS_CLOCK = "the clock runs for every company"
logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="expire_orders", pass_context=False)
def expire_orders(timestamp: int) -> int:
    """Every 10 s: orders that their sellers did not accept in time, at most AT_ONCE; returns how many expired."""
    with across_companies(why=EVERYBODYS_CLOCK):
        late = Order.objects.across_companies(why=EVERYBODYS_CLOCK)
        found = list(late.filter(commercial=Commercial.PLACED, accept_by__lte=Now()).order_by("accept_by")[:AT_ONCE])
        return sum(_ended(expire_order, order, Commercial.EXPIRED) for order in found)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="close_orders", pass_context=False)
def close_orders(timestamp: int) -> int:
    """Every 10 minutes: orders that were completed some days ago, at most AT_ONCE; returns how many were closed."""
    with across_companies(why=EVERYBODYS_CLOCK):
        done = Order.objects.across_companies(why=EVERYBODYS_CLOCK).due_to_close()
        found = list(done.order_by("closes_at")[:AT_ONCE])
        return sum(_ended(close_order, order, Commercial.CLOSED) for order in found)


def _ended(end: Callable[..., Order], order: Order, as_it_is: Commercial) -> bool:
    try:
        return end(order, actor=ANONYMOUS).commercial == as_it_is
    except Busy:
        logger.info("%s is being changed: it is looked at again", order)
        return False


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="expire_requisitions", pass_context=False)
def expire_requisitions(timestamp: int) -> int:
    """Every 10 s: requests that nobody decided in time, at most AT_ONCE; returns how many expired."""
    with across_companies(why=EVERYBODYS_CLOCK):
        late = Requisition.objects.across_companies(why=EVERYBODYS_CLOCK).lapsed().order_by("expires_at")
        return sum(_expire_requisition(each) for each in late[:AT_ONCE])


def _expire_requisition(requisition: Requisition) -> bool:
    try:
        return expire_requisition(requisition, actor=ANONYMOUS).state == RequisitionState.EXPIRED
    except Busy:
        logger.info("%s is being decided: it is looked at again", requisition)
        return False


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="expire_changes", pass_context=False)
def expire_changes(timestamp: int) -> int:
    """Every minute: changes and cancellations that nobody answered in time, at most AT_ONCE; returns how many ended."""
    with across_companies(why=EVERYBODYS_CLOCK):
        late = Amendment.objects.across_companies(why=EVERYBODYS_CLOCK).overdue().select_related("order")
        return sum(_expire_change(each) for each in late.order_by("answer_by")[:AT_ONCE])


def _expire_change(change: Amendment) -> bool:
    try:
        return expire_amendment(change, actor=ANONYMOUS).state == AmendmentState.EXPIRED
    except Busy:
        logger.info("%s is being answered: it is looked at again", change)
        return False


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="pass_return_deadlines", pass_context=False)
def pass_return_deadlines(timestamp: int) -> int:
    """Every minute: returns that were not answered, or not sent, in time, at most AT_ONCE; returns how many moved."""
    with across_companies(why=EVERYBODYS_CLOCK):
        late = Return.objects.across_companies(why=EVERYBODYS_CLOCK).overdue().select_related("order")
        return sum(_pass_deadline(each) for each in late.order_by("due_at")[:AT_ONCE])


def _pass_deadline(goods: Return) -> bool:
    try:
        return pass_return_deadline(goods, actor=ANONYMOUS).status != goods.status
    except Busy:
        logger.info("%s is being changed: it is looked at again", goods)
        return False


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="escalate_disputes", pass_context=False)
def escalate_disputes(timestamp: int) -> int:
    """Every minute: disputes that the two did not settle in time, at most AT_ONCE; returns how many were escalated."""
    with across_companies(why=EVERYBODYS_CLOCK):
        late = OrderDispute.objects.across_companies(why=EVERYBODYS_CLOCK).unsettled().select_related("order")
        return sum(_escalate(each) for each in late.order_by("escalates_at")[:AT_ONCE])


def _escalate(dispute: OrderDispute) -> bool:
    try:
        return escalate_by_itself(dispute, actor=ANONYMOUS).status == Dispute.ESCALATED
    except Busy:
        logger.info("%s is being changed: it is looked at again", dispute)
        return False


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="place_standing_orders", pass_context=False)
def place_standing_orders(timestamp: int) -> int:
    """Every minute: standing orders whose day has come, at most AT_ONCE; returns how many were ordered."""
    with across_companies(why=EVERYBODYS_CLOCK):
        due = StandingOrder.objects.across_companies(why=EVERYBODYS_CLOCK).due().order_by("next_on")
        found = list(due[:AT_ONCE])
    return sum(_run(each) for each in found)


def _run(standing: StandingOrder) -> bool:
    try:
        return run_standing_order(standing)
    except Busy:
        logger.info("%s is being changed: it is looked at again", standing)
        return False


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="replace_expired_goods", pass_context=False)
def replace_expired_goods(timestamp: int) -> int:
    """Every minute: what orders were promised out of lots past their day is promised anew; returns of how many SKUs
    there is such a promise."""
    with across_companies(why=EVERYBODYS_CLOCK):
        broken = broken_skus()
        for sku_id in broken:
            _replace(sku_id)
    return len(broken)


def _replace(sku_id: int) -> None:
    try:
        replace_expired(sku_id, actor=ANONYMOUS)
    except Busy:
        logger.info("orders of SKU %d are being changed: they are looked at again", sku_id)
