"""Several who decide or spend at the same moment, each on a connection of their own: one of them wins."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from backend.accounts.actor import ANONYMOUS
from backend.core.errors import Denied
from backend.core.row_security import across_companies
from backend.inventory.models import Hold, StockLevel
from backend.inventory.reconcile import drift
from backend.orders.models import CartLine, Order, OrderGroup, Requisition
from backend.orders.requisitions.actions import expire_requisition, withdraw_requisition
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.orders.ordering import fill_cart, place
from tests.orders.requisitions.asking import approve, ask, hire, limit, reject, rule

ROUNDS = range(3)


@pytest.fixture
def market(transactional_db: None) -> Cast:
    return make_cast()


def expire(requisition: Requisition) -> Requisition:
    with across_companies(why="the clock runs for every company"):
        return expire_requisition(requisition, actor=ANONYMOUS)


def outcome(cast: Cast) -> tuple[str, int, int, int, int]:
    """How the request stands, how many orders there are, and what is held, allocated and in the cart of the mug."""
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    held = sum(Hold.objects.filter(level=level).values_list("quantity", flat=True))
    in_cart = sum(CartLine.objects.filter(sku=cast.mug).values_list("quantity", flat=True))
    assert not [each for each in drift() if each.counter != "on_hand"]
    return Requisition.objects.get().state, Order.objects.count(), held, level.allocated, in_cart


ORDERED = ("approved", 1, 40, 40, 0)
ENDS: dict[str, tuple[str, int, int, int, int]] = {
    "withdrawn": ("withdrawn", 0, 0, 0, 40),
    "rejected": ("rejected", 0, 0, 0, 0),
}


def shuffled(jobs: list[Callable[[], Any]], seed: int) -> list[Callable[[], Any]]:
    random.Random(seed).shuffle(jobs)
    return jobs


@pytest.mark.parametrize("seed", ROUNDS)
def test_approve_against_withdraw_against_reject_have_one_winner(market: Cast, at_once: AtOnce, seed: int) -> None:
    ann = hire(market, "ann")
    rule(market)
    requisition = ask(market, {market.mug: 40})
    jobs = [
        lambda: approve(requisition, ann),
        lambda: reject(requisition, market.carl),
        lambda: withdraw_requisition(requisition, actor=actor_of(market.bea)),
    ]
    results = at_once(shuffled(jobs, seed))
    assert sum(isinstance(each, Requisition) for each in results) == 1
    assert sum(isinstance(each, Denied) for each in results) == 2
    state = Requisition.objects.get().state
    assert outcome(market) == ENDS.get(state, ORDERED)


@pytest.mark.parametrize("seed", ROUNDS)
def test_approve_against_expire_has_one_winner(market: Cast, at_once: AtOnce, seed: int) -> None:
    ann = hire(market, "ann")
    rule(market)
    requisition = ask(market, {market.mug: 40})
    Requisition.objects.update(expires_at=Now() + timedelta(milliseconds=50 * seed))
    results = at_once(shuffled([lambda: approve(requisition, ann), *[lambda: expire(requisition)] * 3], seed))
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, Denied)]
    expire(requisition)
    assert outcome(market) in (ORDERED, ("expired", 0, 0, 0, 0))


def test_two_approvers_at_once_order_once(market: Cast, at_once: AtOnce) -> None:
    people = [hire(market, name) for name in ("ann", "ben", "cas", "dan")]
    rule(market)
    requisition = ask(market, {market.mug: 40})
    results = at_once([lambda user=user: approve(requisition, user) for user in people])
    assert sum(isinstance(each, Requisition) for each in results) == 1
    assert outcome(market) == ORDERED
    assert requisition.steps.get().decided_by in people


def test_two_orders_at_once_do_not_both_slip_below_the_budget(market: Cast, at_once: AtOnce) -> None:
    """One out of the cart, and one that Ann approves at the same moment."""
    ann = hire(market, "ann")
    limit(market, market.bea, month=150_00)
    rule(market, ann, from_minor=100_00)
    requisition = ask(market, {market.mug: 40})
    fill_cart(market, {market.mug: 20})
    results = at_once([lambda: approve(requisition, ann), lambda: place(market, key="now")])
    ordered_first = isinstance(results[1], OrderGroup)
    placed = Order.objects.order_by("pk").values_list("net_minor", flat=True)
    assert list(placed) in ([5_900, 10_200], [10_200])
    assert ordered_first == (len(placed) == 2)
