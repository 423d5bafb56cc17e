"""What is expected may be promised before it is there: never more than comes, and to whoever orders first."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.transaction import atomic
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.accounts.actor import ANONYMOUS
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events.kinds import Kind
from backend.inventory.actions import adjust_stock, change_disclosure
from backend.inventory.holds.allocating import Demand, Part, Shelf, Short, allocate
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.steps import hold_stock, lock_stock, settle_stock
from backend.inventory.incoming.actions import (
    cancel_incoming,
    change_incoming,
    expect_stock,
    pass_overdue,
    receive_incoming,
)
from backend.inventory.incoming.dates import Coming, Owed, first_day, left_after, owed_by
from backend.inventory.incoming.queries import owed_of
from backend.inventory.models import Availability, Incoming, StockLevel
from backend.inventory.reconcile import Drift, drift
from tests.cast import Cast, actor_of

TODAY = date.today()  # noqa: DTZ011  # a day of the calendar, as the database's
SOON, LATER = TODAY + timedelta(days=14), TODAY + timedelta(days=30)


def expect(cast: Cast, quantity: int = 500, due_on: date = SOON, key: str = "k") -> Incoming:
    nora = actor_of(cast.nora)
    return expect_stock(cast.mug, cast.shelf, quantity, due_on, reference="PO-1", key=key, actor=nora)


def order(cast: Cast, quantity: int, line: int = 1) -> Part:
    with atomic():
        stock = lock_stock([cast.mug.pk])
        demands = [Demand(line, cast.mug.pk, quantity)]
        who = {"holder_id": cast.cornershop.pk, "subject": f"order:{line}"}
        (part,) = hold_stock(stock, demands, kind=HoldKind.ORDER, **who)  # type: ignore[arg-type]
        settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=actor_of(cast.bea))
    return part


def level_of(cast: Cast) -> StockLevel:
    return StockLevel.objects.get(item_id=cast.mug.pk)


def shown(cast: Cast) -> tuple[int | None, int | None, date | None]:
    row = Availability.objects.get(pk=cast.mug.pk)
    return row.quantity, row.more, row.more_on


# --- Pure ------------------------------------------------------------------------------------------------------------
def test_what_is_owed_comes_out_of_the_first_deliveries_and_what_is_overdue_is_promised_to_nobody() -> None:
    coming = [Coming(LATER, 50), Coming(SOON, 100), Coming(TODAY - timedelta(days=1), 30)]
    assert left_after(coming, 0, TODAY) == [Coming(SOON, 100), Coming(LATER, 50)]
    assert left_after(coming, 110, TODAY) == [Coming(SOON, 20), Coming(LATER, 50)]
    assert left_after(coming, 200, TODAY) == []
    assert first_day([Coming(SOON, 1), Coming(LATER, 5), Coming(SOON, 2)]) == Coming(SOON, 3)


def test_the_first_to_order_has_what_lies_there_and_the_next_what_comes_first() -> None:
    coming = [Coming(SOON, 100), Coming(LATER, 50)]
    assert owed_by([("a", 30), ("b", 60), ("c", 100), ("d", 9)], 40, coming) == {
        "a": Owed(0, None),
        "b": Owed(50, SOON),
        "c": Owed(100, LATER),
        "d": Owed(9, None),
    }


def test_allocation_takes_what_is_there_then_what_comes_first_wherever_then_what_may_be_owed() -> None:
    near = Shelf(1, 7, 1, "GB", free=10, backorder=5, coming=[Coming(LATER, 20)])
    far = Shelf(2, 7, 2, "DE", free=3, coming=[Coming(SOON, 4)])
    assert allocate([Demand(1, 7, 15)], [near, far], "GB") == [Part(1, 1, 10), Part(1, 2, 5, 2, SOON)]
    assert allocate([Demand(2, 7, 12)], [near, far], "GB") == [Part(2, 1, 10, 10, LATER), Part(2, 2, 2, 2, SOON)]
    assert allocate([Demand(3, 7, 15)], [near, far], "GB") == [Part(3, 1, 15, 15, None)]
    with pytest.raises(Short):
        allocate([Demand(4, 7, 1)], [near, far], "GB")


SHELVES = st.lists(
    st.tuples(
        st.integers(0, 9), st.integers(0, 9), st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=3)
    ),
    min_size=1,
    max_size=3,
)


@given(shelves=SHELVES, wanted=st.lists(st.integers(1, 20), min_size=1, max_size=3))
def test_whatever_is_asked_no_shelf_promises_more_than_it_has_and_all_or_nothing(
    shelves: list[tuple[int, int, list[tuple[int, int]]]], wanted: list[int]
) -> None:
    made = [
        Shelf(n, 7, n, "GB", free, backorder, [Coming(TODAY + timedelta(days=d), q) for d, q in sorted(coming)])
        for n, (free, backorder, coming) in enumerate(shelves)
    ]
    has = {shelf.level_id: shelf.left for shelf in made}
    try:
        parts = allocate([Demand(n, 7, quantity) for n, quantity in enumerate(wanted)], made)
    except Short:
        assert sum(wanted) > sum(has.values())
        return
    assert sum(part.quantity for part in parts) == sum(wanted)
    for shelf in made:
        taken = sum(part.quantity for part in parts if part.level_id == shelf.level_id)
        assert taken + shelf.left == has[shelf.level_id]


# --- Announced, moved, received, cancelled ---------------------------------------------------------------------------
def test_buyers_see_what_comes_next_as_far_as_the_stock_is_disclosed(cast: Cast) -> None:
    assert expect(cast) == expect(cast), "sent twice it is expected once"
    expect(cast, 200, LATER, "other")
    assert shown(cast) == (300, 500, SOON)
    sally = actor_of(cast.sally)
    change_disclosure(cast.mug, "bands", actor=sally)
    row = Availability.objects.get(pk=cast.mug.pk)
    assert (row.more, row.more_band, row.more_on) == (None, "200+", SOON)
    change_disclosure(cast.mug, "in_or_out", actor=sally)
    row = Availability.objects.get(pk=cast.mug.pk)
    assert (row.quantity, row.more, row.more_band, row.more_on) == (None, None, "", SOON)


def test_more_can_be_ordered_than_is_there_and_the_day_is_said(cast: Cast) -> None:
    expect(cast)
    part = order(cast, 400)
    assert (part.quantity, part.owed, part.due_on) == (400, 100, SOON)
    assert shown(cast) == (0, 400, SOON)
    assert owed_of([cast.mug.pk]) == {1: Owed(100, SOON)}
    with pytest.raises(Short):
        order(cast, 401, line=2)
    assert drift() == []


def test_what_comes_makes_what_is_owed_deliverable(cast: Cast) -> None:
    incoming, wes = expect(cast), actor_of(cast.wes)
    order(cast, 400)
    for _ in range(2):
        receive_incoming(incoming, 60, is_last=False, key="a", actor=wes)
    assert (level_of(cast).on_hand, level_of(cast).incoming) == (360, 440)
    assert owed_of([cast.mug.pk]) == {1: Owed(40, SOON)}
    receive_incoming(incoming, 45, is_last=True, key="b", actor=wes)
    assert (level_of(cast).on_hand, level_of(cast).incoming) == (405, 0)
    assert owed_of([cast.mug.pk]) == {1: Owed(0, None)}
    with pytest.raises(Refused, match="“Received” already"):
        receive_incoming(incoming, 1, is_last=False, key="c", actor=wes)
    assert drift() == []


def test_more_may_come_than_was_expected(cast: Cast) -> None:
    receive_incoming(expect(cast), 510, is_last=False, key="a", actor=actor_of(cast.wes))
    assert (level_of(cast).on_hand, level_of(cast).incoming) == (810, 0)
    assert drift() == []


def test_what_is_promised_of_it_must_still_come(cast: Cast) -> None:
    incoming, nora = expect(cast), actor_of(cast.nora)
    order(cast, 400)
    with pytest.raises(Refused, match="100 of them are promised"):
        cancel_incoming(incoming, actor=nora)
    with pytest.raises(Refused, match="10 of them are promised"):
        change_incoming(incoming, 90, SOON, reference="", seen=1, actor=nora)
    with pytest.raises(Refused, match="promised"):
        receive_incoming(incoming, 50, is_last=True, key="a", actor=actor_of(cast.wes))
    expect(cast, 100, LATER, "other")
    cancel_incoming(incoming, actor=nora)
    assert owed_of([cast.mug.pk]) == {1: Owed(100, LATER)}
    assert cancel_incoming(incoming, actor=nora).status == "cancelled"
    assert drift() == []


def test_another_day_is_told_and_nobody_overwrites_what_they_have_not_seen(cast: Cast) -> None:
    incoming, nora = expect(cast), actor_of(cast.nora)
    order(cast, 400)
    change_incoming(incoming, 500, LATER, reference="late", seen=1, actor=nora)
    assert shown(cast) == (0, 400, LATER)
    assert owed_of([cast.mug.pk]) == {1: Owed(100, LATER)}
    with pytest.raises(Conflict):
        change_incoming(incoming, 500, SOON, reference="", seen=1, actor=nora)


def test_what_did_not_come_by_its_day_is_announced_to_nobody_and_still_owed(cast: Cast) -> None:
    incoming = expect(cast)
    order(cast, 310)
    Incoming.objects.filter(pk=incoming.pk).update(due_on=TODAY - timedelta(days=1))
    Availability.objects.filter(pk=cast.mug.pk).update(more_on=TODAY - timedelta(days=1))
    assert pass_overdue(actor=ANONYMOUS) == 1
    assert pass_overdue(actor=ANONYMOUS) == 0
    assert shown(cast) == (0, None, None)
    with pytest.raises(Short):
        order(cast, 1, line=2)
    assert owed_of([cast.mug.pk])[1].quantity == 10


@pytest.mark.parametrize("due_on", [TODAY - timedelta(days=2), TODAY + timedelta(days=2000)])
def test_a_day_that_can_not_be_is_refused(cast: Cast, due_on: date) -> None:
    with pytest.raises(Refused, match="Give a day"):
        expect(cast, due_on=due_on)


def test_only_who_plans_announces_and_only_who_receives_receives(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        expect_stock(cast.mug, cast.shelf, 1, SOON, reference="", key="k", actor=actor_of(cast.wes))
    with pytest.raises(NotAllowed):
        receive_incoming(expect(cast), 1, is_last=False, key="k", actor=actor_of(cast.sally))


# --- Proofs ----------------------------------------------------------------------------------------------------------
def test_the_database_has_the_last_word_over_what_is_expected(cast: Cast) -> None:
    expect(cast, 10)
    for change in ({"allocated": 311}, {"incoming": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StockLevel.objects.filter(item_id=cast.mug.pk).update(**change)
    StockLevel.objects.filter(item_id=cast.mug.pk).update(incoming=11)
    assert drift() == [Drift(level_of(cast).pk, "incoming", 11, 10)]


VERBS = st.lists(
    st.tuples(
        st.sampled_from(["expect", "order", "release", "receive", "last", "cancel", "move", "adjust"]),
        st.integers(1, 400),
    ),
    max_size=10,
)


@settings(max_examples=40)
@given(steps=VERBS)
def test_whatever_is_done_counters_are_proven_and_nothing_is_promised_that_does_not_come(
    cast: Cast, steps: list[tuple[str, int]]
) -> None:
    before = transaction.savepoint()
    for n, (verb, value) in enumerate(steps):
        with suppress(Refused, Conflict, Short):
            do(cast, n, verb, value)
    level = level_of(cast)
    assert drift() == []
    assert level.allocated <= level.on_hand + level.incoming
    owed = sum(each.quantity for each in owed_of([cast.mug.pk]).values())
    assert owed == max(level.allocated - level.on_hand, 0)
    assert all(each.due_on for each in owed_of([cast.mug.pk]).values() if each.quantity)
    transaction.savepoint_rollback(before)


def do(cast: Cast, n: int, verb: str, value: int) -> None:
    nora, key = actor_of(cast.nora), f"step {n}"
    first = Incoming.objects.filter(status="expected").order_by("pk").first()
    if verb == "expect":
        expect(cast, value, SOON + timedelta(days=value % 5), key)
    elif verb == "order":
        order(cast, value, line=n)
    elif verb == "release":
        with atomic():
            stock = lock_stock([cast.mug.pk], freeing=f"order:{value % 10}")
            settle_stock(stock, Kind.INVENTORY_STOCK_RELEASED, actor=nora)
    elif verb == "adjust":
        adjust_stock(cast.mug, cast.shelf, by=-value, reason="", key=key, actor=nora)
    elif first and verb in ("receive", "last"):
        receive_incoming(first, value, is_last=verb == "last", key=key, actor=nora)
    elif first and verb == "cancel":
        cancel_incoming(first, actor=nora)
    elif first:
        change_incoming(first, value, LATER, reference="", seen=first.version, actor=nora)
