"""A seller hears once that something runs low, and sees how long each of it will last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from backend.core.errors import NotAllowed, Refused
from backend.events.models import Event
from backend.inventory.actions import adjust_stock, receive_stock, sell_stock
from backend.inventory.limits.actions import set_default_low_mark, set_low_mark
from backend.inventory.limits.queries import CoverView, low_mark, running_low, stock_cover
from backend.inventory.limits.running_low import is_low
from backend.inventory.models import StockItem
from backend.inventory.steps import Line
from tests.cast import Cast, actor_of


def sell(cast: Cast, quantity: int, name: str = "mug") -> None:
    n = Event.objects.count()
    sell_stock(getattr(cast, name), quantity, reference=f"sale {n}", actor=actor_of(cast.sally))


def crossings() -> list[str]:
    told = Event.objects.filter(kind__in=("inventory.stock_ran_low", "inventory.stock_recovered"))
    return [event.kind.rpartition("_")[2] for event in told.order_by("id")]


@given(mark=st.integers(0, 500), steps=st.lists(st.integers(0, 800), max_size=30))
def test_whatever_hovers_about_its_mark_is_told_only_with_two_tenths_between(mark: int, steps: list[int]) -> None:
    low, turned_at = False, None
    for available in steps:
        now = is_low(available, mark, was_low=low)
        if now != low and turned_at is not None:
            assert abs(available - turned_at) >= 1
            assert (available <= mark) if now else (available > mark + mark // 5)
        if now != low:
            low, turned_at = now, available
    assert not is_low(0, None, was_low=True), "without a mark nothing runs low"


def test_a_crossing_is_told_once_and_recovery_takes_two_tenths_more(cast: Cast) -> None:
    set_low_mark(cast.mug, 100, actor=actor_of(cast.nora))
    sell(cast, 199)
    assert crossings() == []
    sell(cast, 1)
    sell(cast, 10)
    adjust_stock(cast.mug, cast.shelf, by=30, reason="found", key="a", actor=actor_of(cast.wes))
    assert crossings() == ["low"], "120 are no recovery yet"
    adjust_stock(cast.mug, cast.shelf, by=1, reason="found", key="b", actor=actor_of(cast.wes))
    assert crossings() == ["low", "recovered"]
    assert not StockItem.objects.get(pk=cast.mug.pk).is_low
    told = Event.objects.get(kind="inventory.stock_ran_low")
    assert (told.subject, told.data["company"]) == (f"stock_level:{cast.mug.pk}", cast.northfield.pk)


def test_a_companys_own_mark_counts_for_all_that_say_nothing_and_is_one_event(cast: Cast) -> None:
    nora = actor_of(cast.nora)
    set_low_mark(cast.mug, 400, actor=nora)
    set_default_low_mark(cast.northfield, 50, actor=nora)
    assert low_mark(cast.northfield.pk) == 50
    assert [row.code for row in running_low(cast.northfield.pk).rows] == ["85123A", "22114"]
    assert crossings() == ["low"], "the plate did not run low, its mark moved"
    set_default_low_mark(cast.northfield, None, actor=nora)
    assert [row.code for row in running_low(cast.northfield.pk).rows] == ["85123A"]
    kettle = StockItem.objects.get(pk=cast.kettle.pk)
    assert not kettle.is_low, "another company's"


def test_what_will_be_gone_first_stands_first(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    set_default_low_mark(cast.northfield, 500, actor=actor_of(cast.nora))
    assert [row.cover.days for row in running_low(cast.northfield.pk).rows] == [None, None]
    sell(cast, 20)
    sell(cast, 20, "plate")
    with django_assert_num_queries(2):
        rows = running_low(cast.northfield.pk).rows
    assert [(row.code, row.cover.available, row.cover.sold, row.cover.days) for row in rows] == [
        ("22114", 20, 20, 28),
        ("85123A", 280, 20, 392),
    ]


def test_a_sku_that_was_never_stocked_has_no_cover(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert stock_cover(999_999) == CoverView(999_999, 0, 0, None, 0)


def test_goods_that_come_in_end_it(cast: Cast) -> None:
    set_low_mark(cast.plate, 40, actor=actor_of(cast.nora))
    receive_stock([Line(cast.plate, 9)], cast.shelf, reference="D-1", key="k", actor=actor_of(cast.wes))
    assert crossings() == ["low", "recovered"]


def test_only_who_plans_sets_marks_and_none_is_below_0(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        set_low_mark(cast.mug, 5, actor=actor_of(cast.wes))
    with pytest.raises(NotAllowed):
        set_default_low_mark(cast.northfield, 5, actor=actor_of(cast.otto))
    with pytest.raises(Refused, match="out of range"):
        set_low_mark(cast.mug, -1, actor=actor_of(cast.nora))
