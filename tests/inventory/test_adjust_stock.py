"""Stock is corrected by a number of units, or set to what was counted."""

from typing import Any

import pytest

from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events.models import Event
from backend.inventory.actions import adjust_stock, count_stock
from backend.inventory.models import Availability, StockItem, StockLevel, StockMove
from backend.inventory.reconcile import drift
from tests.cast import Cast, actor_of


def adjust(cast: Cast, by: int, **changed: Any) -> StockMove:
    given: dict[str, Any] = {"reason": "found", "key": "k1", "actor": actor_of(cast.wes), **changed}
    return adjust_stock(cast.mug, cast.shelf, by=by, **given)


def count(cast: Cast, counted: int, seen_version: int = 1, **changed: Any) -> StockMove | None:
    given: dict[str, Any] = {"reason": "count", "key": "k1", "actor": actor_of(cast.wes), **changed}
    return count_stock(cast.mug, cast.shelf, counted=counted, seen_version=seen_version, **given)


def on_hand(cast: Cast) -> int:
    return StockLevel.objects.get(item_id=cast.mug.pk).on_hand


def test_an_adjustment_moves_the_counter_appends_why_and_records_it(cast: Cast) -> None:
    move = adjust(cast, -60, reason="broken in transit")
    assert (on_hand(cast), move.on_hand_after, move.seq, move.actor_id) == (240, 240, 2, cast.wes.pk)
    event = Event.objects.get()
    assert (event.kind, event.subject, event.version) == (
        "inventory.stock_adjusted",
        f"stock_level:{cast.mug.pk}",
        StockItem.objects.get(pk=cast.mug.pk).version,
    )
    assert event.data == {
        "sku": cast.mug.pk,
        "seq": 2,
        "first_seq": 2,
        "last_seq": 2,
        "availability_version": 2,
    }
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 240
    assert drift() == []


def test_below_zero_names_what_can_be_taken_and_changes_nothing(cast: Cast) -> None:
    with pytest.raises(Refused, match="Only 300 of the 300 on hand can be taken: 301"):
        adjust(cast, -301)
    assert (on_hand(cast), Event.objects.count(), StockMove.objects.of_sku(cast.mug.pk).count()) == (300, 0, 1)


def test_what_is_promised_can_not_be_taken(cast: Cast) -> None:
    StockLevel.objects.filter(item_id=cast.mug.pk).update(allocated=100, reserved=50, safety=10)
    with pytest.raises(Refused, match="Only 140 of the 300"):
        adjust(cast, -141)
    assert adjust(cast, -140).on_hand_after == 160


@pytest.mark.parametrize("by", [0, 10**12, -(10**12)])
def test_a_quantity_out_of_range_names_the_range(cast: Cast, by: int) -> None:
    with pytest.raises(Refused, match="at most 10,000,000"):
        adjust(cast, by)


def test_a_shelf_has_an_end(cast: Cast) -> None:
    StockLevel.objects.filter(item_id=cast.mug.pk).update(on_hand=1_000_000_000)
    with pytest.raises(Refused, match="1,000,000,000 that one warehouse can hold"):
        adjust(cast, 1)


def test_the_same_form_twice_counts_once(cast: Cast) -> None:
    first, second = adjust(cast, 60), adjust(cast, 60)
    assert (first.pk, on_hand(cast), Event.objects.count()) == (second.pk, 360, 1)


def test_a_used_key_with_another_quantity_is_a_conflict(cast: Cast) -> None:
    adjust(cast, 60)
    with pytest.raises(Conflict, match="already sent"):
        adjust(cast, 61)
    assert on_hand(cast) == 360


@pytest.mark.parametrize("name", ["sally", "rita", "otto", "carl", "olga"])
def test_without_the_permission_in_this_company_nobody_adjusts(cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed, match="Your role"):
        adjust(cast, 60, actor=actor_of(getattr(cast, name)))
    assert on_hand(cast) == 300


def test_a_warehouse_of_another_company_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="another company"):
        adjust_stock(cast.mug, cast.barn, by=1, reason="", key="k", actor=actor_of(cast.wes))


def test_a_long_reason_names_the_limit(cast: Cast) -> None:
    with pytest.raises(Refused, match="201 characters are too many here: at most 200"):
        adjust(cast, 1, reason="x" * 201)


def test_a_count_sets_the_level_and_appends_the_difference(cast: Cast) -> None:
    move = count(cast, 288)
    assert move is not None
    assert (move.quantity, on_hand(cast)) == (-12, 288)


def test_a_count_of_what_is_there_changes_nothing(cast: Cast) -> None:
    assert count(cast, 300) is None
    assert Event.objects.count() == 0


def test_a_stale_count_is_a_conflict_that_shows_the_difference(cast: Cast) -> None:
    adjust(cast, -12, key="sold meanwhile")
    with pytest.raises(Conflict, match="there are 288 on hand now") as conflict:
        count(cast, 290)
    assert conflict.value.detail == {"on_hand": 288, "version": 2, "counted": 290}
    assert on_hand(cast) == 288
    assert count(cast, 290, seen_version=2, key="again") is not None
    assert on_hand(cast) == 290


@pytest.mark.parametrize("counted", [-1, 10**12])
def test_a_count_out_of_range_names_the_range(cast: Cast, counted: int) -> None:
    with pytest.raises(Refused, match="from 0 to 10,000,000"):
        count(cast, counted)
