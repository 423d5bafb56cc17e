"""Orders of the small market, taken along by its simulator's own hands."""

from collections.abc import Mapping

from backend.market.models import Act, Errand
from backend.market.simulator.errands import Sellers, run_errands
from backend.market.simulator.stalls import Stall, peopled_companies
from backend.orders.actions import accept_order
from backend.orders.models import Order

AT_THE_END = 10**9


def sellers_of(stalls: Mapping[str, Stall], *, peopled: bool = False) -> Sellers:
    actors = {stall.actor.company_id or 0: stall.actor for stall in stalls.values()}
    return Sellers(actors, peopled_companies() if peopled else frozenset())


def run_all(sellers: Sellers) -> int:
    """Does what is to be done until nothing is."""
    done = 0
    while ran := run_errands(AT_THE_END, sellers):
        done += ran
        Errand.objects.update(due_step=0)
    return done


def delivered(order: Order, stalls: Mapping[str, Stall]) -> Order:
    """Accepted, packed and carried, whatever chance would have had of it."""
    sellers = sellers_of(stalls)
    accept_order(order, actor=sellers.actors[order.seller_id])
    Errand.objects.update_or_create(order=order, defaults={"act": Act.PACK, "due_step": 0})
    run_all(sellers)
    order.refresh_from_db()
    return order
