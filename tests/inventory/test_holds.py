"""What is promised: all or nothing, from as few shelves as it takes, and gone the moment that it lapses."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from backend.events.kinds import Kind
from backend.inventory.actions import adjust_stock
from backend.inventory.holds.allocating import Demand, Part, Shelf, Short, allocate
from backend.inventory.holds.lessening import lessen_holds
from backend.inventory.holds.models import Hold, HoldKind
from backend.inventory.holds.steps import hold_stock, lock_stock, settle_stock
from backend.inventory.models import Availability, StockLevel, Warehouse
from backend.inventory.queries import stock_level
from backend.inventory.reconcile import drift
from backend.inventory.tasks import sweep_lapsed_holds
from tests.cast import Cast, actor_of
from tests.live import assert_live

A_QUARTER = timedelta(minutes=15)


def hold(cast: Cast, quantity: int, *, subject: str = "checkout:1", expires_in: timedelta | None = A_QUARTER) -> None:
    kind = HoldKind.QUOTE if expires_in else HoldKind.ORDER
    with atomic():
        stock = lock_stock([cast.mug.pk])
        hold_stock(
            stock,
            [Demand(1, cast.mug.pk, quantity)],
            kind=kind,
            holder_id=cast.cornershop.pk,
            subject=subject,
            expires_in=expires_in,
        )
        settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=actor_of(cast.bea))


def level_of(cast: Cast) -> StockLevel:
    return StockLevel.objects.get(item_id=cast.mug.pk)


def test_a_hold_with_an_end_is_reserved_and_one_without_is_allocated(cast: Cast) -> None:
    hold(cast, 40)
    hold(cast, 50, subject="order:1", expires_in=None)
    level = level_of(cast)
    assert (level.on_hand, level.reserved, level.allocated, level.available) == (300, 40, 50, 210)
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 210
    assert drift() == []


def test_a_lapsed_hold_is_gone_for_whoever_comes_next_before_anybody_swept_it(cast: Cast) -> None:
    hold(cast, 300)
    with pytest.raises(Short):
        hold(cast, 1, subject="checkout:2")
    Hold.objects.update(expires_at=Now())
    hold(cast, 300, subject="checkout:2")
    assert [each.subject for each in Hold.objects.all()] == ["checkout:2"]
    assert level_of(cast).reserved == 300
    assert drift() == []


def test_goods_are_ordered_in_four_statements_however_many(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bea = actor_of(cast.bea)
    for skus in ([cast.mug], [cast.mug, cast.plate]):
        order = f"order:{len(skus)}"
        demands = [Demand(n, sku.pk, 2) for n, sku in enumerate(skus)]
        with atomic(), django_assert_num_queries(4):
            stock = lock_stock([sku.pk for sku in skus], freeing="checkout:1")
            hold_stock(stock, demands, kind=HoldKind.ORDER, holder_id=cast.cornershop.pk, subject=order)
            settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=bea)
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 296
    assert drift() == []


def test_what_is_given_back_in_part_is_free_for_whoever_looks(cast: Cast) -> None:
    hold(cast, 250, subject="order:1", expires_in=None)
    with atomic():
        stock = lock_stock([cast.mug.pk])
        lessen_holds(stock, "order:1", {1: 50})
        settle_stock(stock, Kind.INVENTORY_STOCK_RELEASED, actor=actor_of(cast.bea))
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 100
    assert drift() == []


def test_what_a_subject_holds_can_be_promised_to_itself_anew(cast: Cast) -> None:
    hold(cast, 300)
    with atomic():
        stock = lock_stock([cast.mug.pk], freeing="checkout:1")
        hold_stock(
            stock,
            [Demand(7, cast.mug.pk, 300)],
            kind=HoldKind.ORDER,
            holder_id=cast.cornershop.pk,
            subject="order:1",
        )
    level = level_of(cast)
    assert (level.reserved, level.allocated) == (0, 300)


def test_whoever_counts_or_sells_finds_what_has_lapsed_free(cast: Cast) -> None:
    hold(cast, 300)
    Hold.objects.update(expires_at=Now())
    adjust_stock(cast.mug, cast.shelf, by=-300, reason="Fire", key="k", actor=actor_of(cast.wes))
    level = level_of(cast)
    assert (level.on_hand, level.reserved) == (0, 0)
    assert drift() == []


def test_a_seller_reads_what_has_lapsed_as_free_before_anybody_swept_it(cast: Cast) -> None:
    hold(cast, 40)
    until = Hold.objects.get().expires_at
    (level,) = stock_level(cast.mug.pk).levels
    assert (level.reserved, level.available, level.reserved_until) == (40, 260, until)
    Hold.objects.update(expires_at=Now())
    (level,) = stock_level(cast.mug.pk).levels
    assert (level.reserved, level.available, level.reserved_until) == (0, 300, None)


def test_the_sweeper_tells_buyers_and_the_seller_what_has_lapsed(cast: Cast, client: Client) -> None:
    hold(cast, 40)
    client.force_login(cast.nora)
    assert sweep_lapsed_holds(0) == 0
    with assert_live(client, f"/c/northfield/inventory/skus/{cast.mug.pk}/"):
        Hold.objects.update(expires_at=Now())
        assert sweep_lapsed_holds(0) == 1
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 300
    assert not Hold.objects.exists()


def test_what_a_subject_held_of_other_skus_is_free_again_and_told(cast: Cast) -> None:
    hold(cast, 40)
    with atomic():
        stock = lock_stock([cast.plate.pk], freeing="checkout:1")
        settle_stock(stock, Kind.INVENTORY_STOCK_RELEASED, actor=actor_of(cast.bea))
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 300


def test_what_was_never_stocked_is_short(cast: Cast) -> None:
    with atomic():
        stock, demands = lock_stock([987_654]), [Demand(1, 987_654, 1)]
        with pytest.raises(Short) as short:
            hold_stock(stock, demands, kind=HoldKind.ORDER, holder_id=cast.cornershop.pk, subject="order:1")
    assert short.value.left == {1: 0}


# --- Which shelves ---------------------------------------------------------------------------------------------------
def shelf(level: int, sku: int, house: int, free: int, country: str = "GB", backorder: int = 0) -> Shelf:
    return Shelf(level, sku, house, country, free, backorder)


def test_one_warehouse_that_has_all_of_it_sends_it_all() -> None:
    shelves = [shelf(1, 10, 1, 90), shelf(2, 20, 1, 3), shelf(3, 10, 2, 5), shelf(4, 20, 2, 5)]
    parts = allocate([Demand(1, 10, 5), Demand(2, 20, 5)], shelves)
    assert parts == [Part(1, 3, 5), Part(2, 4, 5)]


def test_of_two_that_have_all_of_it_the_one_in_the_receivers_country_sends() -> None:
    shelves = [shelf(1, 10, 1, 9, "GB"), shelf(2, 10, 2, 9, "DE")]
    assert allocate([Demand(1, 10, 5)], shelves, "DE") == [Part(1, 2, 5)]


def test_where_no_warehouse_has_it_all_the_fullest_give_first() -> None:
    shelves = [shelf(1, 10, 1, 3), shelf(2, 10, 2, 6)]
    assert allocate([Demand(1, 10, 8)], shelves) == [Part(1, 2, 6), Part(1, 1, 2)]


def test_two_lines_of_one_sku_stand_before_one_shelf_together() -> None:
    with pytest.raises(Short) as short:
        allocate([Demand(1, 10, 6), Demand(2, 10, 6)], [shelf(1, 10, 1, 10)])
    assert short.value.left == {1: 10, 2: 10}


def test_what_lies_nowhere_is_owed_within_the_limit() -> None:
    assert allocate([Demand(1, 10, 9)], [shelf(1, 10, 1, 4, backorder=5)]) == [Part(1, 1, 9, owed=5)]


shelves_of = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 20), st.integers(0, 5)), min_size=1, max_size=6)


@given(shelves_of, st.lists(st.tuples(st.integers(1, 3), st.integers(1, 20)), min_size=1, max_size=6))
def test_whatever_is_asked_no_shelf_gives_more_than_it_has(
    stand: list[tuple[int, int, int]], asked: list[tuple[int, int]]
) -> None:
    shelves = [shelf(n, sku, n, free, backorder=limit) for n, (sku, free, limit) in enumerate(stand)]
    had = {each.level_id: (each.free, each.backorder) for each in shelves}
    demands = [Demand(n, sku, quantity) for n, (sku, quantity) in enumerate(asked)]
    try:
        parts = allocate(demands, shelves)
    except Short:
        assert {each.level_id: (each.free, each.backorder) for each in shelves} == had, "nothing was taken"
        return
    for demand in demands:
        assert sum(part.quantity for part in parts if part.line == demand.line) == demand.quantity
    for each in shelves:
        free, limit = had[each.level_id]
        mine = [part for part in parts if part.level_id == each.level_id]
        assert sum(part.quantity - part.owed for part in mine) <= free
        assert sum(part.owed for part in mine) <= limit


def test_the_nearest_warehouse_counts_by_country(cast: Cast) -> None:
    far = Warehouse.objects.create(company=cast.northfield, code="far", name="Lille", country="FR")
    StockLevel.objects.create(item_id=cast.mug.pk, warehouse=far, on_hand=900)
    with atomic():
        stock = lock_stock([cast.mug.pk])
        parts = hold_stock(
            stock,
            [Demand(1, cast.mug.pk, 10)],
            kind=HoldKind.ORDER,
            holder_id=cast.cornershop.pk,
            subject="order:1",
            country="GB",
        )
    assert [part.level_id for part in parts] == [level_of_house(cast.shelf).pk]


def level_of_house(house: Warehouse) -> StockLevel:
    return house.levels.get(item__sku__code="85123A")
