"""Many buyers at once, on connections of their own: exactly what there is is sold, and nobody waits for ever."""

from collections.abc import Callable, Sequence
from itertools import cycle
from random import Random
from typing import Any

import pytest
from django.db.models.functions import Now

from backend.accounts.actor import Actor
from backend.accounts.models import Company, CompanyKind, Membership, User
from backend.accounts.roles import Role
from backend.accounts.states import CompanyStatus
from backend.core.errors import Denied, Refused
from backend.inventory.actions import adjust_stock
from backend.inventory.holds.actions import reserve_stock
from backend.inventory.holds.allocating import Demand, Short
from backend.inventory.holds.wishes import Wish
from backend.inventory.models import Hold, HoldKind, StockLevel
from backend.inventory.reconcile import drift
from backend.logistics.actions import confirm_delivery, dispatch_goods
from backend.logistics.models import Shipment
from backend.logistics.packing.actions import dispatch_packed, pack_goods
from backend.logistics.packing.unpacking.actions import unpack_parcel, unpack_shipment
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order, cancel_order, decline_order
from backend.orders.amendments.actions import (
    accept_amendment,
    decline_amendment,
    propose_change,
    request_cancellation,
    withdraw_amendment,
)
from backend.orders.amendments.drafting import Wanted
from backend.orders.amendments.models import Amendment
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.checkouts.actions import begin_checkout
from backend.orders.models import Cart, CartLine, Order, OrderGroup
from backend.orders.placing.actions import place_orders
from backend.orders.placing.details import Details
from backend.orders.returns.actions import (
    approve_return,
    reject_return,
    resolve_return,
    withdraw_return,
)
from backend.orders.returns.models import Return
from backend.orders.returns.receiving.actions import close_return_short
from backend.orders.returns.states import Outcome
from backend.orders.tasks import expire_orders
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast, make_sku
from tests.orders.ordering import ANY_PRICE, ordered
from tests.orders.test_returns import ask, come_back, delivered, look_at, on_its_way, take_in
from tests.orders.whole import assert_whole

BUYERS = 500
STOCK = 100


@pytest.fixture
def market(transactional_db: None) -> Cast:
    return make_cast()


def hire(cast: Cast, many: int, companies: Sequence[Company] = ()) -> list[User]:
    """So many buyers: of Cornershop, or of these companies by turns."""
    people = User.objects.bulk_create(User(email=f"b{n}@cornershop.example", name=f"B{n}") for n in range(many))
    whose = dict(zip(people, cycle(companies or [cast.cornershop]), strict=False))
    Membership.objects.bulk_create(
        Membership(user=each, company=company, role=Role.BUYER) for each, company in whose.items()
    )
    return people


def found_companies(many: int) -> list[Company]:
    how: dict[str, Any] = {"kind": CompanyKind.RETAILER, "status": CompanyStatus.APPROVED, "country": "GB"}
    return Company.objects.bulk_create(Company(name=f"Shop {n}", slug=f"shop-{n}", **how) for n in range(many))


def fill(cast: Cast, people: list[User], *choices: dict[int, int]) -> None:
    """A cart for each, straight into the tables: the rush is for the placing."""
    whose = dict(Membership.objects.filter(user__in=people).values_list("user", "company"))
    carts = Cart.objects.bulk_create(Cart(company_id=whose[each.pk], user=each) for each in people)
    CartLine.objects.bulk_create(
        CartLine(cart=cart, sku_id=sku, quantity=quantity)
        for n, cart in enumerate(carts)
        for sku, quantity in choices[n % len(choices)].items()
    )


def place_as(cast: Cast, user: User, *skus: int) -> OrderGroup:
    seen = dict.fromkeys((cast.mug.pk, cast.plate.pk, cast.kettle.pk, *skus), ANY_PRICE)
    actor = actor_of(user)
    company = Company.objects.get(memberships__user=user)
    return place_orders(company, Details(), seen=seen, key=f"k{user.pk}", actor=actor)


def test_500_buyers_of_60_companies_buy_exactly_the_100_that_there_are_and_leave_no_orphan(
    market: Cast, at_once: AtOnce
) -> None:
    adjust_stock(market.mug, market.shelf, by=STOCK - 300, reason="", key="k", actor=actor_of(market.nora))
    people = hire(market, BUYERS, found_companies(60))
    fill(market, people, {market.mug.pk: 1})
    results = at_once([lambda user=user: place_as(market, user) for user in people])
    refused = [each for each in results if isinstance(each, Refused)]
    assert (len(refused), len(results) - len(refused)) == (BUYERS - STOCK, STOCK)
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, Refused)]
    assert Order.objects.count() == STOCK
    assert Order.objects.values("buyer").distinct().count() > 1
    assert CartLine.objects.count() == BUYERS - STOCK, "whoever got nothing still has the cart"
    assert StockLevel.objects.get(item_id=market.mug.pk).available == 0
    assert_whole()


def test_carts_that_share_goods_in_any_order_never_deadlock(market: Cast, at_once: AtOnce) -> None:
    people, random = hire(market, 60), Random(7)
    skus = [make_sku(f"Jug {n}", f"J{n}", market.crockery, market.shelf, on_hand=500).pk for n in range(6)]
    choices = [dict.fromkeys(random.sample(skus, random.randint(1, 6)), 2) for _ in range(20)]
    fill(market, people, *choices)
    results = at_once([lambda user=user: place_as(market, user, *skus) for user in people])
    assert not [each for each in results if isinstance(each, Exception)]
    wanted = 3 * sum(sum(choice.values()) for choice in choices)
    assert sum(StockLevel.objects.filter(item__in=skus).values_list("allocated", flat=True)) == wanted
    assert_whole()


def test_those_who_reserve_at_once_share_what_there_is_and_each_has_an_answer_of_their_own(
    market: Cast, at_once: AtOnce
) -> None:
    def reserve(n: int) -> object:
        wish = Wish([Demand(1, market.mug.pk, 3)], HoldKind.QUOTE, market.cornershop.pk, f"quote:{n % 150}")
        return reserve_stock(wish)

    results = at_once([lambda n=n: reserve(n) for n in range(300)])
    short = [each for each in results if isinstance(each, Short)]
    assert not [each for each in results if isinstance(each, Exception) and each not in short]
    assert {each.left[1] for each in short} <= {0, 1, 2}
    assert Hold.objects.count() == 100, "whoever asks twice holds once"
    assert StockLevel.objects.get(item_id=market.mug.pk).reserved == 300
    assert_whole()


def test_of_two_who_pay_for_what_has_lapsed_one_gets_it(market: Cast, at_once: AtOnce) -> None:
    ann, ben = hire(market, 2)
    fill(market, [ann, ben], {market.mug.pk: 150}, {market.mug.pk: 151})
    begin_checkout(market.cornershop, actor=actor_of(ann))
    Hold.objects.update(expires_at=Now())
    results = at_once([lambda user=user: place_as(market, user) for user in (ann, ben)])
    (refused,) = (each for each in results if isinstance(each, Exception))
    assert "are left, not" in str(refused)
    assert_whole()


def test_reserving_and_ordering_at_once_promise_nothing_twice(market: Cast, at_once: AtOnce) -> None:
    bea = actor_of(market.bea)
    fill(market, [market.bea], {market.mug.pk: 100})
    jobs = [lambda: place_as(market, market.bea), *[lambda: begin_checkout(market.cornershop, actor=bea)] * 5]
    results = at_once(jobs)
    assert not [each for each in results if isinstance(each, Exception) and "nothing in your cart" not in str(each)]
    level = StockLevel.objects.get(item_id=market.mug.pk)
    assert (level.allocated, level.reserved) == (100, 0)
    assert_whole()


def test_the_same_form_sent_eight_times_at_once_is_one_order(market: Cast, at_once: AtOnce) -> None:
    fill(market, [market.bea], {market.mug.pk: 3})
    results = at_once([lambda: place_as(market, market.bea)] * 8)
    assert {each.pk for each in results} == {OrderGroup.objects.get().pk}
    assert_whole()


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
    Random(seed).shuffle(jobs)
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


def test_a_cancellation_and_a_parcel_of_the_same_goods_have_one_winner(market: Cast, at_once: AtOnce) -> None:
    order = accept_order(ordered(market, {market.mug: 40}), actor=actor_of(market.sally))
    line, sally, wes = order.lines.get().pk, actor_of(market.sally), actor_of(market.wes)
    results = at_once(
        [
            lambda: cancel_lines(order, {line: 30}, reason="Chipped", key="c", actor=sally),
            lambda: pack_goods(order, market.shelf, {line: 30}, key="p", actor=wes),
            lambda: dispatch_goods(order, market.shelf, {line: 30}, Consignment(), key="s", actor=wes),
        ]
    )
    assert sum(not isinstance(each, Exception) for each in results) == 1, results
    kept = order.lines.get()
    assert sorted((kept.packed, kept.dispatched, kept.cancelled)) == [0, 0, 30]
    assert_whole()


def test_what_is_packed_is_sent_or_unpacked_and_never_both(market: Cast, at_once: AtOnce) -> None:
    order, wes = accept_order(ordered(market, {market.mug: 40}), actor=actor_of(market.sally)), actor_of(market.wes)
    shipment = pack_goods(order, market.shelf, {order.lines.get().pk: 40}, key="p", actor=wes)
    results = at_once(
        [
            lambda: dispatch_packed(order, {shipment.pk: Consignment()}, actor=wes),
            lambda: unpack_shipment(shipment, actor=wes),
        ]
    )
    assert sum(not isinstance(each, Exception) for each in results) == 1, results
    assert order.lines.get().packed == 0
    assert_whole()


def test_of_sending_a_parcel_and_taking_something_out_of_it_one_happens(market: Cast, at_once: AtOnce) -> None:
    order, wes = accept_order(ordered(market, {market.mug: 40}), actor=actor_of(market.sally)), actor_of(market.wes)
    shipment = pack_goods(order, market.shelf, {order.lines.get().pk: 40}, key="p", actor=wes)
    parcel = shipment.parcels.select_related("shipment__order").get()
    row = parcel.contents.get().pk
    results = at_once(
        [
            lambda: dispatch_packed(order, {shipment.pk: Consignment()}, actor=wes),
            lambda: unpack_parcel(parcel, {row: 15}, key="u", actor=wes),
        ]
    )
    unpacked = not isinstance(results[1], Exception)
    line = order.lines.get()
    assert not isinstance(results[0], Exception)
    assert (line.packed, line.dispatched) == (0, 25 if unpacked else 40)
    assert_whole()


def test_what_is_said_to_have_arrived_as_it_leaves_has_left_first_or_not_arrived(market: Cast, at_once: AtOnce) -> None:
    order, wes = accept_order(ordered(market, {market.mug: 40}), actor=actor_of(market.sally)), actor_of(market.wes)
    shipment = pack_goods(order, market.shelf, {order.lines.get().pk: 40}, key="p", actor=wes)
    seen = [Shipment.objects.select_related("order").get(pk=shipment.pk) for _ in range(6)]
    leave: Callable[[], object] = lambda: dispatch_packed(order, {shipment.pk: Consignment()}, actor=wes)  # noqa: E731
    results = at_once([leave, *(lambda each=each: confirm_delivery(each, actor=wes) for each in seen)])
    refused = [each for each in results if isinstance(each, Exception)]
    assert {str(each) for each in refused} <= {"This shipment has not left yet."}, results
    line, is_there = order.lines.get(), len(refused) < len(seen)
    assert (line.packed, line.dispatched, line.delivered) == (0, 40, 40 if is_there else 0)
    confirm_delivery(seen[0], actor=wes)
    assert order.lines.get().delivered == 40, "what whoever says so had seen is not what is asked"


def test_a_change_that_is_proposed_while_the_goods_are_sent_has_one_winner(market: Cast, at_once: AtOnce) -> None:
    bea, sally, wes = actor_of(market.bea), actor_of(market.sally), actor_of(market.wes)
    orders = [accept_order(ordered(market, {market.mug: 10}, key=f"k{n}"), actor=sally) for n in range(8)]

    def propose(order: Order, line: int) -> Amendment:
        wanted = Wanted(quantities={line: 5})
        return propose_change(order, wanted, reason="Fewer", seen_seq=2, key=f"p{order.pk}", actor=bea)

    def send(order: Order, line: int) -> Shipment:
        return dispatch_goods(order, market.shelf, {line: 10}, Consignment(), key=f"s{order.pk}", actor=wes)

    asked = [(act, order, order.lines.get().pk) for order in orders for act in (propose, send)]
    Random(7).shuffle(asked)
    at_once([lambda act=act, order=order, line=line: act(order, line) for act, order, line in asked])
    for order in orders:
        line, is_open = order.lines.get(), order.amendments.open().exists()
        assert (line.dispatched, order.shipments.count()) == ((0, 0) if is_open else (10, 1))
    assert_whole()


def test_an_acceptance_and_the_clock_have_one_winner(market: Cast, at_once: AtOnce) -> None:
    order = ordered(market, {market.mug: 40})
    Order.objects.update(accept_by=Now())
    at_once([lambda: accept_order(order, actor=actor_of(market.sally)), lambda: expire_orders(0)])
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
    look_at(market, again, Outcome.RESTOCK)
    at_once([lambda: resolve_return(again, actor=sally)] * 4)
    assert (order.lines.get().returned, order.entries.filter(step="return_resolved").count()) == (5, 1)


def test_of_those_who_take_in_and_look_at_the_same_goods_one_is_first(market: Cast, at_once: AtOnce) -> None:
    goods = on_its_way(market, ask(market, delivered(market), 10))
    line, sally = goods.lines.get().pk, actor_of(market.sally)
    came = at_once([lambda n=n: take_in(market, goods, {line: 6}, key=f"c{n}") for n in range(3)])
    assert sum(isinstance(each, Return) for each in came) == 1
    looks = [lambda n=n, what=what: look_at(market, goods, what, key=f"l{n}") for n, what in enumerate(Outcome)]
    at_once([*looks, lambda: close_return_short(goods, reason="x", actor=sally)])
    at_once([lambda: resolve_return(goods, actor=sally)] * 3)
    counted = goods.lines.get()
    assert (counted.received, counted.missing, sorted(counted.outcomes.values())) == (6, 4, [0, 0, 0, 6])
    assert (Return.objects.get().status, Return.objects.get().looks, drift()) == ("resolved", 1, [])


def test_changes_proposed_at_once_and_an_answer_have_one_winner_each(market: Cast, at_once: AtOnce) -> None:
    order = accept_order(ordered(market, {market.mug: 40}), actor=actor_of(market.sally))
    line, bea, sally = order.lines.get().pk, actor_of(market.bea), actor_of(market.sally)

    def propose(quantity: int, actor: Actor) -> Amendment:
        wanted = Wanted(quantities={line: quantity})
        return propose_change(order, wanted, reason="Stock", seen_seq=2, key=f"p{quantity}", actor=actor)

    made = at_once([lambda n=n: propose(n, sally if n % 2 else bea) for n in range(41, 49)])
    (change,) = [each for each in made if isinstance(each, Amendment)]
    other, own = (sally, bea) if change.proposed_by_id == order.buyer_id else (bea, sally)
    answers = at_once(
        [
            lambda: accept_amendment(change, actor=other),
            lambda: decline_amendment(change, reason="No", actor=other),
            lambda: withdraw_amendment(change, actor=own),
            lambda: dispatch_goods(order, market.shelf, {line: 40}, Consignment(), key="s", actor=actor_of(market.wes)),
        ]
    )
    assert sum(isinstance(each, Amendment) for each in answers) == 1
    kept = order.lines.get()
    assert (StockLevel.objects.get(item_id=market.mug.pk).allocated, drift()) == (kept.open_quantity, [])
