"""What is counted over hours by several people is right when it is posted, whatever moved in between."""

from collections.abc import Callable

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events.models import Event
from backend.inventory.actions import adjust_stock, count_stock, sell_stock
from backend.inventory.counts.actions import abandon_count, begin_count, enter_count, post_count
from backend.inventory.models import CountLine, CountSheet, StockLevel, StockMove, Warehouse
from backend.inventory.reconcile import drift
from backend.inventory.warehouses.actions import close_warehouse
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast


def begun(cast: Cast, text: str = "", key: str = "k") -> CountSheet:
    return begin_count(cast.shelf, name="Spring", text=text, key=key, actor=actor_of(cast.wes))


def line_of(sheet: CountSheet, cast: Cast, name: str = "mug") -> CountLine:
    return sheet.lines.select_related("sku", "sheet").get(sku=getattr(cast, name))


def enter(sheet: CountSheet, cast: Cast, counted: int | None, name: str = "mug", reason: str = "") -> CountLine:
    line = line_of(sheet, cast, name)
    return enter_count(line, counted, reason=reason, seen=line.version, actor=actor_of(cast.wes))


def post(sheet: CountSheet, cast: Cast, reason: str = "Counted") -> CountSheet:
    return post_count(sheet, reason=reason, actor=actor_of(cast.wes))


def on_hand(cast: Cast, name: str = "mug") -> int:
    return StockLevel.objects.get(item_id=getattr(cast, name).pk).on_hand


def sell(cast: Cast, quantity: int) -> None:
    reference = f"sale {StockMove.objects.count()}"
    sell_stock(cast.mug, quantity, reference=reference, actor=actor_of(cast.sally))


def test_a_sheet_lists_what_was_ever_kept_there_or_a_part_of_it(cast: Cast) -> None:
    assert {line.sku for line in begun(cast).lines.all()} == {cast.mug, cast.plate}
    assert begun(cast) == begun(cast), "sent twice it is begun once"
    assert {line.sku for line in begun(cast, "plate", "other").lines.all()} == {cast.plate}
    with pytest.raises(Refused, match="these are 0"):
        begun(cast, "zebra", "none")


def test_what_moves_between_the_counting_and_the_posting_is_kept(cast: Cast) -> None:
    sheet = begun(cast)
    sell(cast, 10)
    enter(sheet, cast, 285)  # 290 should lie there: 5 are missing
    sell(cast, 20)
    adjust_stock(cast.mug, cast.shelf, by=3, reason="found", key="a", actor=actor_of(cast.wes))
    post(sheet, cast)
    assert on_hand(cast) == 300 - 10 - 5 - 20 + 3
    move = StockMove.objects.of_sku(cast.mug.pk).get(kind="count")
    assert (move.quantity, move.reason, move.reference) == (-5, "Counted", "Spring")
    assert on_hand(cast, "plate") == 40, "nobody counted it"
    assert drift() == []


def test_all_differences_are_posted_in_one_go_each_with_its_reason(cast: Cast) -> None:
    sheet = begun(cast)
    enter(sheet, cast, 300)
    enter(sheet, cast, 38, "plate", "two broken")
    post(sheet, cast, "")
    assert [(m.quantity, m.reason) for m in StockMove.objects.filter(kind="count")] == [(-2, "two broken")]
    assert post(sheet, cast).status == "posted", "posted again it changes nothing"
    assert StockMove.objects.filter(kind="count").count() == 1


def test_a_difference_without_a_reason_is_not_posted(cast: Cast) -> None:
    sheet = begun(cast)
    enter(sheet, cast, 299)
    with pytest.raises(Refused, match="Say why 85123A differ"):
        post(sheet, cast, " ")


def test_a_sheet_on_which_nobody_counted_can_only_be_abandoned(cast: Cast) -> None:
    sheet = begun(cast)
    with pytest.raises(Refused, match="Nobody has counted"):
        post(sheet, cast)
    for _ in range(2):
        assert abandon_count(sheet, actor=actor_of(cast.wes)).status == "abandoned"
    with pytest.raises(Refused, match="“Abandoned”"):
        enter(sheet, cast, 5)
    with pytest.raises(Refused, match="“Abandoned”"):
        post(sheet, cast)


def test_two_who_count_the_same_shelf_are_told_of_each_other(cast: Cast) -> None:
    sheet = begun(cast)
    line = line_of(sheet, cast)
    enter(sheet, cast, 299)
    with pytest.raises(Conflict, match="Somebody else counted 299") as no:
        enter_count(line, 298, seen=line.version, actor=actor_of(cast.max))
    assert no.value.detail == {"version": 1}


def test_a_count_can_be_taken_back(cast: Cast) -> None:
    sheet = begun(cast)
    enter(sheet, cast, 7)
    line = enter(sheet, cast, None)
    assert (line.counted, line.expected, line.difference) == (None, None, 0)


def test_what_another_count_has_posted_meanwhile_is_not_posted_twice(cast: Cast) -> None:
    first, second = begun(cast), begun(cast, key="other")
    enter(first, cast, 295)
    enter(second, cast, 295)
    post(first, cast)
    with pytest.raises(Conflict, match="85123A were counted elsewhere meanwhile"):
        post(second, cast)
    enter(second, cast, 295)
    post(second, cast)
    assert on_hand(cast) == 295
    version = StockLevel.objects.get(item_id=cast.mug.pk).version
    third = begun(cast, key="third")
    enter(third, cast, 290)
    count_stock(cast.mug, cast.shelf, counted=290, seen_version=version, reason="", key="c", actor=actor_of(cast.wes))
    with pytest.raises(Conflict):
        post(third, cast)


def test_more_missing_than_is_free_is_refused_and_names_it_and_nothing_is_posted(cast: Cast) -> None:
    sheet = begun(cast)
    enter(sheet, cast, 100)
    enter(sheet, cast, 39, "plate")
    StockLevel.objects.filter(item_id=cast.mug.pk).update(allocated=200)
    with pytest.raises(Refused, match="85123A: Only 100 of the 300"):
        post(sheet, cast)
    assert (on_hand(cast), on_hand(cast, "plate")) == (300, 40)


@pytest.mark.parametrize("counted", [-1, 10**12])
def test_a_number_that_can_not_be_is_refused(cast: Cast, counted: int) -> None:
    with pytest.raises(Refused, match="out of range"):
        enter(begun(cast), cast, counted)


def test_only_who_may_correct_stock_counts_it(cast: Cast) -> None:
    sheet = begun(cast)
    for who in (cast.rita, cast.sally, cast.otto):
        with pytest.raises(NotAllowed):
            enter_count(line_of(sheet, cast), 1, seen=0, actor=actor_of(who))
        with pytest.raises(NotAllowed):
            post_count(sheet, reason="", actor=actor_of(who))


def test_a_warehouse_that_is_being_counted_does_not_close(cast: Cast) -> None:
    Warehouse.objects.create(company=cast.northfield, code="annexe", name="Annexe", country="GB")
    begun(cast)
    with pytest.raises(Refused, match="Spring is being counted"):
        close_warehouse(cast.shelf, actor=actor_of(cast.nora))


def test_a_posting_is_one_event_of_the_sheet_and_one_of_each_shelf(cast: Cast) -> None:
    sheet = begun(cast)
    enter(sheet, cast, 299)
    post(sheet, cast)
    assert [event.kind for event in Event.objects.order_by("id")] == [
        "inventory.count_begun",
        "inventory.count_entered",
        "inventory.stock_adjusted",
        "inventory.count_posted",
    ]


STEPS = st.lists(st.one_of(st.integers(1, 40), st.tuples(st.just("count"), st.integers(-5, 5))), max_size=8)


@settings(max_examples=30)
@given(steps=STEPS)
def test_in_any_order_of_sales_and_counts_exactly_the_last_difference_is_posted(
    cast: Cast, steps: list[int | tuple[str, int]]
) -> None:
    before = transaction.savepoint()
    sheet, sold, off = begun(cast), 0, 0
    for step in steps:
        if isinstance(step, tuple):
            off = step[1]
            enter(sheet, cast, on_hand(cast) + off if on_hand(cast) + off >= 0 else 0)
        elif step <= on_hand(cast):
            sell(cast, step)
            sold += step
    if any(isinstance(step, tuple) for step in steps) and off + 300 - sold >= 0:
        post(sheet, cast)
        assert on_hand(cast) == 300 - sold + off
    assert drift() == []
    transaction.savepoint_rollback(before)


def test_sales_at_the_moment_of_the_posting_are_all_counted(transactional_db: None, at_once: AtOnce) -> None:
    market = make_cast()
    sheet, sally = begun(market), actor_of(market.sally)
    enter(sheet, market, 290)

    def selling(n: int) -> Callable[[], object]:
        return lambda: sell_stock(market.mug, 10, reference=f"order {n}", actor=sally)

    results = at_once([*map(selling, range(6)), lambda: post(sheet, market), *map(selling, range(6, 10))])
    assert not [each for each in results if isinstance(each, Exception)]
    assert on_hand(market) == 300 - 10 - 100
    assert drift() == []
