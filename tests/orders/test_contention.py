"""Many buyers at once, on connections of their own: exactly what there is is sold, and nobody waits for ever."""

import random

import pytest
from django.db.models.functions import Now

from backend.accounts.actor import ANONYMOUS
from backend.accounts.models import Membership, User
from backend.accounts.roles import Role
from backend.core.errors import Denied, Refused
from backend.inventory.models import Hold, StockLevel
from backend.inventory.reconcile import drift
from backend.logistics.actions import Consignment, dispatch_goods
from backend.orders.actions import accept_order, cancel_order, decline_order, expire_order
from backend.orders.amendments.actions import request_cancellation
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.models import Cart, CartLine, Order, OrderGroup, OrderLine
from backend.orders.placing.actions import place_orders
from backend.orders.placing.details import Details
from backend.orders.returns.actions import (
    approve_return,
    inspect_return,
    reject_return,
    resolve_return,
    withdraw_return,
)
from backend.orders.returns.models import Return
from backend.orders.returns.states import Outcome
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.orders.ordering import ANY_PRICE, ordered
from tests.orders.test_returns import ask, come_back, delivered

BUYERS = 120
STOCK = 30


@pytest.fixture
def market(transactional_db: None) -> Cast:
    return make_cast()


def hire(cast: Cast, many: int) -> list[User]:
    people = User.objects.bulk_create(User(email=f"b{n}@cornershop.example", name=f"B{n}") for n in range(many))
    Membership.objects.bulk_create(Membership(user=each, company=cast.cornershop, role=Role.BUYER) for each in people)
    return people


def fill(cast: Cast, people: list[User], *choices: dict[int, int]) -> None:
    """A cart for each, straight into the tables: the rush is for the placing."""
    carts = Cart.objects.bulk_create(Cart(company=cast.cornershop, user=each) for each in people)
    CartLine.objects.bulk_create(
        CartLine(cart=cart, sku_id=sku, quantity=quantity)
        for n, cart in enumerate(carts)
        for sku, quantity in choices[n % len(choices)].items()
    )


def place_as(cast: Cast, user: User) -> OrderGroup:
    seen = dict.fromkeys((cast.mug.pk, cast.plate.pk, cast.kettle.pk), ANY_PRICE)
    return place_orders(cast.cornershop, Details(), seen=seen, key=f"k{user.pk}", actor=actor_of(user))


def test_a_rush_sells_exactly_what_there_is_and_leaves_no_orphan(market: Cast, at_once: AtOnce) -> None:
    StockLevel.objects.filter(item_id=market.mug.pk).update(on_hand=STOCK)
    people = hire(market, BUYERS)
    fill(market, people, {market.mug.pk: 1})
    results = at_once([lambda user=user: place_as(market, user) for user in people])
    refused = [each for each in results if isinstance(each, Refused)]
    assert (len(refused), len(results) - len(refused)) == (BUYERS - STOCK, STOCK)
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, Refused)]
    level = StockLevel.objects.get(item_id=market.mug.pk)
    assert (level.on_hand, level.allocated, level.available) == (STOCK, STOCK, 0)
    counts = [model.objects.count() for model in (Order, OrderLine, OrderGroup, Hold)]
    assert counts == [STOCK] * 4, "no group without an order, no order without a line, no line without a hold"
    assert CartLine.objects.count() == BUYERS - STOCK, "whoever got nothing still has the cart"


def test_carts_that_share_goods_in_any_order_never_deadlock(market: Cast, at_once: AtOnce) -> None:
    people = hire(market, 40)
    skus = [market.mug.pk, market.kettle.pk]
    StockLevel.objects.update(on_hand=1_000)
    there, back = {skus[0]: 1, skus[1]: 1}, {skus[1]: 1, skus[0]: 1}
    fill(market, people, there, back)
    results = at_once([lambda user=user: place_as(market, user) for user in people])
    assert not [each for each in results if isinstance(each, Exception)]
    assert sorted(StockLevel.objects.filter(item__in=skus).values_list("allocated", flat=True)) == [40, 40]


def test_one_cart_sent_from_two_tabs_is_one_order(market: Cast, at_once: AtOnce) -> None:
    bea = [market.bea]
    fill(market, bea, {market.mug.pk: 3})
    seen = {market.mug.pk: ANY_PRICE}
    results = at_once(
        [
            lambda n=n: place_orders(market.cornershop, Details(), seen=seen, key=f"tab{n}", actor=actor_of(market.bea))
            for n in range(8)
        ]
    )
    assert sum(isinstance(each, OrderGroup) for each in results) == 1
    assert Order.objects.count() == 1


@pytest.mark.parametrize("seed", range(3))
def test_accept_decline_and_cancel_at_once_have_one_winner(market: Cast, at_once: AtOnce, seed: int) -> None:
    order = ordered(market, {market.mug: 40})
    jobs = [
        lambda: accept_order(order, actor=actor_of(market.sally)),
        lambda: decline_order(order, reason="No", actor=actor_of(market.nora)),
        lambda: cancel_order(order, actor=actor_of(market.bea)),
    ]
    random.Random(seed).shuffle(jobs)
    results = at_once(jobs)
    won = [each for each in results if not isinstance(each, Exception)]
    assert len(won) == 1
    assert all(isinstance(each, Denied) for each in results if each not in won)
    order.refresh_from_db()
    assert StockLevel.objects.get(item_id=market.mug.pk).allocated == (40 if order.commercial == "accepted" else 0)
    assert order.entries.count() == 2


def test_two_who_pack_the_same_goods_send_them_once(market: Cast, at_once: AtOnce) -> None:
    order = accept_order(ordered(market, {market.mug: 40}), actor=actor_of(market.sally))
    lines = {order.lines.get().pk: 40}
    results = at_once(
        [
            lambda n=n: dispatch_goods(
                order, market.shelf, lines, Consignment(), key=f"k{n}", actor=actor_of(market.wes)
            )
            for n in range(4)
        ]
    )
    assert sum(not isinstance(each, Exception) for each in results) == 1
    assert StockLevel.objects.get(item_id=market.mug.pk).on_hand == 260
    level = StockLevel.objects.get(item_id=market.mug.pk)
    assert (level.allocated, [each for each in drift() if each.counter != "on_hand"]) == (0, [])


def test_a_cancellation_and_a_shipment_of_the_same_goods_have_one_winner(market: Cast, at_once: AtOnce) -> None:
    order = accept_order(ordered(market, {market.mug: 40}), actor=actor_of(market.sally))
    line, sally, wes = order.lines.get().pk, actor_of(market.sally), actor_of(market.wes)
    results = at_once(
        [
            lambda: cancel_lines(order, {line: 40}, reason="Chipped", key="c", actor=sally),
            lambda: dispatch_goods(order, market.shelf, {line: 40}, Consignment(), key="s", actor=wes),
            lambda: request_cancellation(order, {line: 40}, reason="Late", key="r", actor=actor_of(market.bea)),
        ]
    )
    assert sum(not isinstance(each, Exception) for each in results) == 1, results
    kept = order.lines.get()
    assert kept.dispatched + kept.cancelled in (0, 40)
    assert (StockLevel.objects.get(item_id=market.mug.pk).allocated, drift()) == (kept.open_quantity, [])


def test_an_acceptance_and_the_clock_have_one_winner(market: Cast, at_once: AtOnce) -> None:
    order = ordered(market, {market.mug: 40})
    Order.objects.update(accept_by=Now())
    at_once([lambda: accept_order(order, actor=actor_of(market.sally)), lambda: expire_order(order, actor=ANONYMOUS)])
    order.refresh_from_db()
    held = StockLevel.objects.get(item_id=market.mug.pk).allocated
    assert (order.commercial, held) in (("accepted", 40), ("expired", 0))
    assert order.entries.count() == 2


def test_a_return_approved_and_rejected_at_once_has_one_answer_and_is_settled_once(
    market: Cast, at_once: AtOnce
) -> None:
    order = delivered(market)
    goods, sally = ask(market, order, 5), actor_of(market.sally)
    results = at_once(
        [
            *[lambda: approve_return(goods, actor=sally)] * 3,
            lambda: reject_return(goods, reason="Late", actor=actor_of(market.nora)),
            lambda: withdraw_return(goods, actor=actor_of(market.bea)),
        ]
    )
    assert order.entries.filter(step__in=["return_approved", "return_rejected"]).count() <= 1
    assert all(isinstance(each, Return | Denied) for each in results)
    again = come_back(market, ask(market, order, 5, key="again"))
    inspect_return(again, {again.lines.get().pk: Outcome.RESTOCK}, actor=actor_of(market.wes))
    at_once([lambda: resolve_return(again, actor=sally)] * 4)
    assert (order.lines.get().returned, order.entries.filter(step="return_resolved").count()) == (5, 1)
