"""What becomes of the orders: they are answered, packed and carried, each a while after the other.

The replay's lines are the clock, about a thousand to a trading day. What stands in the database decides what is done,
so an errand done twice changes nothing more, and whatever a person has done meanwhile is left to people from then on.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backend.accounts.actor import Actor
from backend.core.errors import Denied
from backend.core.row_security import across_companies
from backend.market.models import Act, Errand
from backend.market.simulator.answering import answer
from backend.market.simulator.carrying import carry
from backend.market.simulator.chance import between, fate
from backend.market.simulator.confirming import confirm
from backend.market.simulator.disputing import argue
from backend.market.simulator.packing import pack
from backend.market.simulator.stalls import REPLAY
from backend.market.simulator.taking_back import take_back
from backend.market.simulator.then import Then
from backend.orders.disputes.models import OrderDisputeQuerySet
from backend.orders.models import Order, OrderDispute, OrderQuerySet
from backend.orders.returns.states import ReturnStatus
from backend.orders.states import Commercial, Dispute

# At most so many for each line of the replay: what is due at the same time is done one line after the other.
AT_ONCE = 4
FIRST_ANSWER, LAST_ANSWER = 20, 400
# What a person orders is answered sooner: they are looking at it.
SOON, SOON_TOO = 40, 120
# So long the operators have for a dispute before one of them decides by chance.
OPERATORS_HAVE = 6_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sellers:
    """The sellers' system members by company, and which companies have people of their own who answer orders."""

    actors: Mapping[int, Actor]
    peopled: frozenset[int]


def take_on(placed: OrderQuerySet, step: int, first: int, last: int) -> None:
    """Gives each order that nobody has taken on its first errand. Two queries."""
    Errand.objects.bulk_create(
        [
            Errand(order=order, act=Act.ANSWER, due_step=step + between(fate(order), first, last))
            for order in placed.with_parties()
        ],
        ignore_conflicts=True,
    )


def take_on_of(po_number: str, buyer_id: int, step: int) -> None:
    """What a shop of the stream has just ordered."""
    with across_companies(why=REPLAY):
        placed = Order.objects.bought_by(buyer_id).filter(po_number=po_number, commercial=Commercial.PLACED)
        take_on(placed.filter(errand=None), step, FIRST_ANSWER, LAST_ANSWER)


def take_on_of_people(step: int) -> None:
    """What people have ordered."""
    with across_companies(why=REPLAY):
        placed = Order.objects.across_companies(why=REPLAY).filter(commercial=Commercial.PLACED, errand=None)
        take_on(placed.filter(group__placed_by__is_active=True), step, SOON, SOON_TOO)


def take_on_returns(step: int) -> None:
    """Goods that somebody wants to send back, of orders for which nothing else is to be done."""
    with across_companies(why=REPLAY):
        asked = Order.objects.across_companies(why=REPLAY).filter(errand=None, returns__status=ReturnStatus.REQUESTED)
        errands = [
            Errand(order=order, act=Act.TAKE_BACK, due_step=step + between(fate(order), FIRST_ANSWER, LAST_ANSWER))
            for order in asked.with_parties()
        ]
        Errand.objects.bulk_create(errands, ignore_conflicts=True)


def take_on_disputes(step: int, peopled: frozenset[int]) -> None:
    """Disputes that wait for a word of somebody who is not here in person, of orders for which nothing else is to be
    done. Operators are here: they have a while to decide themselves."""
    with across_companies(why=REPLAY):
        every = OrderDispute.objects.across_companies(why=REPLAY).filter(order__errand=None)
        _take_on_disputes(every.filter(status=Dispute.OPEN).exclude(order__seller__in=peopled), step + SOON)
        _take_on_disputes(every.ripe().exclude(order__buyer__in=peopled), step + SOON)
        _take_on_disputes(every.filter(status=Dispute.ESCALATED), step + OPERATORS_HAVE)


def _take_on_disputes(disputes: OrderDisputeQuerySet, due_step: int) -> None:
    orders = disputes.values_list("order", flat=True)
    errands = [Errand(order_id=pk, act=Act.DISPUTE, due_step=due_step) for pk in orders]
    Errand.objects.bulk_create(errands, ignore_conflicts=True)


ACTS: Mapping[str, Callable[[Order, Actor, Sellers], Then | None]] = {
    Act.ANSWER: lambda order, actor, sellers: answer(order, actor, is_peopled=order.seller_id in sellers.peopled),
    Act.PACK: lambda order, actor, _sellers: pack(order, actor),
    Act.CARRY: lambda order, actor, _sellers: carry(order, actor),
    Act.CONFIRM: lambda order, _actor, _sellers: confirm(order),
    Act.TAKE_BACK: lambda order, actor, _sellers: take_back(order, actor),
    Act.DISPUTE: lambda order, actor, sellers: argue(order, actor, peopled=sellers.peopled),
}


def run_errands(step: int, sellers: Sellers) -> int:
    """Does what is due, at most AT_ONCE errands, the longest overdue first; returns how many."""
    with across_companies(why=REPLAY):
        due = Errand.objects.filter(due_step__lte=step).order_by("due_step", "pk")
        errands = list(due.select_related("order__seller", "order__buyer", "order__group")[:AT_ONCE])
    for errand in errands:
        _run(errand, step, sellers)
    return len(errands)


def _run(errand: Errand, step: int, sellers: Sellers) -> None:
    actor = sellers.actors.get(errand.order.seller_id)
    then = _done(errand, actor, sellers) if actor else None
    if then is None:
        errand.delete()
    else:
        errand.act, errand.due_step = then.act, step + then.after
        errand.save(update_fields=["act", "due_step"])


def _done(errand: Errand, actor: Actor, sellers: Sellers) -> Then | None:
    try:
        return ACTS[errand.act](errand.order, actor, sellers)
    except Denied as denied:
        logger.info("%s: %s", errand, denied)
        return None
