"""A company has as many warehouses as it needs; one closes when it is empty, and nothing comes in behind its back."""

from dataclasses import replace

import pytest

from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events.models import Event
from backend.inventory.actions import adjust_stock, main_warehouse
from backend.inventory.limits.actions import Limits, set_limits
from backend.inventory.models import StockLevel, Warehouse
from backend.inventory.reconcile import drift
from backend.inventory.warehouses.actions import (
    Place,
    close_warehouse,
    edit_warehouse,
    open_warehouse,
    reopen_warehouse,
)
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast

LEEDS = Place("Leeds", "GB", "1 Canal Wharf", "Leeds", "LS11 5PS")


def leeds_of(cast: Cast, key: str = "k") -> Warehouse:
    return open_warehouse(cast.northfield, LEEDS, key=key, actor=actor_of(cast.nora))


def test_a_further_warehouse_is_opened_once_however_often_it_is_sent(cast: Cast) -> None:
    first, again = leeds_of(cast), leeds_of(cast)
    assert first == again
    assert (first.code, first.postcode, first.version) == ("leeds", "LS11 5PS", 1)
    assert [event.kind for event in Event.objects.all()] == ["inventory.warehouse_opened"]


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (replace(LEEDS, name=" "), "has a name"),
        (replace(LEEDS, name="STOKE"), "called STOKE already"),
        (replace(LEEDS, country="XX"), "country"),
        (replace(LEEDS, postcode="9" * 21), "at most 20"),
    ],
)
def test_a_warehouse_that_can_not_be_is_refused_with_its_reason(cast: Cast, place: Place, why: str) -> None:
    with pytest.raises(Refused, match=why):
        open_warehouse(cast.northfield, place, key="k", actor=actor_of(cast.nora))


def test_codes_are_told_apart_where_names_are_not(cast: Cast) -> None:
    first = open_warehouse(cast.northfield, replace(LEEDS, name="倉庫"), key="a", actor=actor_of(cast.nora))
    second = open_warehouse(cast.northfield, replace(LEEDS, name="مستودع"), key="b", actor=actor_of(cast.nora))
    assert (first.code, second.code) == ("house", "house-2")


def test_who_works_in_a_warehouse_does_not_open_one(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        open_warehouse(cast.northfield, LEEDS, key="k", actor=actor_of(cast.wes))
    with pytest.raises(NotAllowed):
        close_warehouse(cast.shelf, actor=actor_of(cast.otto))


def test_whoever_edits_what_they_have_not_seen_is_told(cast: Cast) -> None:
    edit_warehouse(cast.shelf, replace(LEEDS, name="Stoke II"), seen=1, actor=actor_of(cast.nora))
    with pytest.raises(Conflict):
        edit_warehouse(cast.shelf, LEEDS, seen=1, actor=actor_of(cast.max))
    assert Warehouse.objects.get(pk=cast.shelf.pk).name == "Stoke II"


def test_only_an_empty_warehouse_closes_and_never_the_last_one(cast: Cast) -> None:
    nora = actor_of(cast.nora)
    with pytest.raises(Refused, match="One warehouse stays open"):
        close_warehouse(cast.shelf, actor=nora)
    leeds = leeds_of(cast)
    with pytest.raises(Refused, match="Stoke is not empty"):
        close_warehouse(cast.shelf, actor=nora)
    closed = close_warehouse(leeds, actor=nora)
    assert close_warehouse(leeds, actor=nora).version == closed.version == 2


def test_nothing_comes_into_a_closed_warehouse_until_it_is_opened_again(cast: Cast) -> None:
    nora, leeds = actor_of(cast.nora), leeds_of(cast)
    close_warehouse(leeds, actor=nora)
    with pytest.raises(Refused, match="Leeds is closed"):
        adjust_stock(cast.mug, leeds, by=1, reason="found", key="a", actor=nora)
    reopen_warehouse(leeds, actor=nora)
    assert adjust_stock(cast.mug, leeds, by=1, reason="found", key="a", actor=nora).quantity == 1


def test_what_may_be_owed_from_a_warehouse_ends_with_it(cast: Cast) -> None:
    nora, leeds = actor_of(cast.nora), leeds_of(cast)
    set_limits(cast.mug, leeds, Limits(5, 100), seen=Limits(0, 0), actor=nora)
    close_warehouse(leeds, actor=nora)
    level = StockLevel.objects.get(warehouse=leeds)
    assert (level.safety, level.backorder_limit) == (0, 0)


def test_the_first_warehouse_is_one_that_is_open(cast: Cast) -> None:
    leeds = leeds_of(cast)
    Warehouse.objects.filter(pk=cast.shelf.pk).update(closed_at="2026-01-01T00:00Z")
    assert main_warehouse(cast.northfield) == leeds


def test_a_warehouse_never_closes_over_goods_that_come_in_at_that_moment(
    transactional_db: None, at_once: AtOnce
) -> None:
    market = make_cast()
    nora, leeds = actor_of(market.nora), leeds_of(market)
    jobs = [
        lambda n=n: adjust_stock(market.mug, leeds, by=1, reason="found", key=f"k{n}", actor=nora) for n in range(6)
    ]
    results = at_once([*jobs[:3], lambda: close_warehouse(leeds, actor=nora), *jobs[3:]])
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, Refused)]
    leeds.refresh_from_db()
    lies_there = sum(StockLevel.objects.filter(warehouse=leeds).values_list("on_hand", flat=True))
    assert (leeds.closed_at is None) == (lies_there > 0)
    assert drift() == []
