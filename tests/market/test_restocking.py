"""Goods are ordered when stock runs low, and come in later."""

from dataclasses import replace

from backend.core.quantity import MAX_QUANTITY
from backend.market.models import Delivery
from backend.market.simulator.buying import buy
from backend.market.simulator.restocking import LEAST_LEAD, MOST_LEAD, order_low, take_in
from backend.market.simulator.shops import Shop
from backend.market.simulator.stalls import Stall
from tests.market.conftest import invoice, on_hand, set_on_hand


def test_goods_are_ordered_when_stock_runs_low_in_full_cases_and_once(stalls: dict[str, Stall], mulberry: Shop) -> None:
    heart = stalls["85123A"]
    set_on_hand(heart, 16)
    buy(invoice(("85123A", 8)), mulberry, stalls, 500)
    buy(invoice(("85123A", 4), reference="536366"), mulberry, stalls, 501)
    delivery = Delivery.objects.get()
    assert delivery.quantity % heart.case == 0
    assert delivery.quantity >= 3 * heart.weekly
    assert 500 + LEAST_LEAD <= delivery.due_step <= 500 + MOST_LEAD


def test_nothing_is_ordered_while_there_is_enough(stalls: dict[str, Stall], mulberry: Shop) -> None:
    buy(invoice(("85123A", 8)), mulberry, stalls, 0)
    assert not Delivery.objects.exists()


def test_a_lost_sale_orders_what_was_missed_too(stalls: dict[str, Stall], mulberry: Shop) -> None:
    buy(invoice(("85123A", 100_000)), mulberry, stalls, 0)
    assert Delivery.objects.get().quantity >= 100_000


def test_a_delivery_comes_in_when_it_is_due_and_not_before(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    before = on_hand(heart)
    Delivery.objects.create(sku=heart.sku, quantity=64, due_step=700)
    by_sku = {heart.sku.pk: heart}
    assert (take_in(by_sku, 699), on_hand(heart)) == (0, before)
    assert (take_in(by_sku, 700), on_hand(heart)) == (1, before + 64)
    assert (take_in(by_sku, 701), on_hand(heart)) == (0, before + 64)


def test_a_delivery_that_a_crash_left_on_the_list_comes_in_once(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    before = on_hand(heart)
    delivery = Delivery.objects.create(sku=heart.sku, quantity=64, due_step=700)
    take_in({heart.sku.pk: heart}, 700)
    Delivery.objects.create(pk=delivery.pk, sku=heart.sku, quantity=64, due_step=700)
    take_in({heart.sku.pk: heart}, 700)
    assert on_hand(heart) == before + 64


def test_what_hardly_sells_is_ordered_by_the_case_once_its_shelf_is_empty(stalls: dict[str, Stall]) -> None:
    slow = replace(stalls["85123A"], weekly=0)
    set_on_hand(slow, 0)
    order_low([slow], 0)
    assert Delivery.objects.get().quantity == slow.case


def test_a_delivery_that_cannot_come_in_holds_up_no_other(stalls: dict[str, Stall]) -> None:
    heart, bunting = list(stalls.values())[:2]
    before = on_hand(bunting)
    Delivery.objects.create(sku=heart.sku, quantity=MAX_QUANTITY + 1, due_step=700)
    Delivery.objects.create(sku=bunting.sku, quantity=64, due_step=701)
    assert take_in({stall.sku.pk: stall for stall in (heart, bunting)}, 701) == 2
    assert on_hand(bunting) == before + 64
    assert not Delivery.objects.exists()


def test_what_starts_low_is_ordered_in_the_first_minute(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    set_on_hand(heart, 0)
    order_low(list(stalls.values()), 0)
    order_low(list(stalls.values()), 0)
    assert Delivery.objects.filter(sku=heart.sku).count() == 1
