"""Claims about two people at once, on connections of their own."""

import pytest

from backend.core.errors import Refused
from backend.events.models import Event
from backend.inventory.actions import adjust_stock, receive_stock, sell_stock
from backend.inventory.models import StockItem, StockLevel, StockMove
from backend.inventory.reconcile import drift
from backend.inventory.steps import Line
from tests.at_once import CONNECTIONS, AtOnce
from tests.cast import Cast, actor_of, make_cast


@pytest.fixture
def market(transactional_db: None) -> Cast:
    return make_cast()


def test_two_sellers_who_adjust_one_level_are_both_counted(market: Cast, at_once: AtOnce) -> None:
    actors = [actor_of(market.wes), actor_of(market.nora)]
    results = at_once(
        [
            lambda n=n: adjust_stock(market.mug, market.shelf, by=1, reason="", key=f"k{n}", actor=actors[n % 2])
            for n in range(40)
        ]
    )
    assert all(isinstance(result, StockMove) for result in results)
    assert StockLevel.objects.get(item_id=market.mug.pk).on_hand == 340
    assert sorted(StockMove.objects.of_sku(market.mug.pk).values_list("seq", flat=True)) == list(range(1, 42))
    assert drift() == []


def test_200_buyers_of_100_units_get_exactly_100(market: Cast, at_once: AtOnce) -> None:
    actor = actor_of(market.sally)
    StockLevel.objects.filter(item_id=market.mug.pk).update(on_hand=100)
    results = at_once([lambda n=n: sell_stock(market.mug, 1, reference=f"order {n}", actor=actor) for n in range(200)])
    refused = [result for result in results if isinstance(result, Refused)]
    assert (len(refused), len(results) - len(refused)) == (100, 100)
    assert not [result for result in results if isinstance(result, Exception) and not isinstance(result, Refused)]
    assert StockLevel.objects.get(item_id=market.mug.pk).on_hand == 0
    assert StockMove.objects.of_sku(market.mug.pk).filter(kind="sale").count() == 100
    versions = list(Event.objects.order_by("id").values_list("version", flat=True))
    assert versions == list(range(2, 102))
    assert StockItem.objects.get(pk=market.mug.pk).version == 101


def test_the_same_form_sent_twice_at_once_counts_once(market: Cast, at_once: AtOnce) -> None:
    actor = actor_of(market.wes)
    moves = at_once(
        [
            lambda: adjust_stock(market.mug, market.shelf, by=5, reason="", key="same", actor=actor)
            for _ in range(CONNECTIONS)
        ]
    )
    assert len({move.pk for move in moves}) == 1
    assert StockLevel.objects.get(item_id=market.mug.pk).on_hand == 305


def test_receipts_of_the_same_goods_in_opposite_order_never_deadlock(market: Cast, at_once: AtOnce) -> None:
    actor = actor_of(market.wes)
    there, back = [Line(market.mug, 1), Line(market.plate, 1)], [Line(market.plate, 1), Line(market.mug, 1)]
    results = at_once(
        [
            lambda n=n: receive_stock((there, back)[n % 2], market.shelf, reference="", key=f"k{n}", actor=actor)
            for n in range(60)
        ]
    )
    assert not [result for result in results if isinstance(result, Exception)]
    assert StockLevel.objects.get(item_id=market.plate.pk).on_hand == 100
