"""Whatever is done to stock, in any order, counters equal moves, nothing falls below zero, and buyers see what is."""

from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.errors import Denied
from backend.inventory.actions import adjust_stock, change_disclosure, receive_stock, return_stock, sell_stock
from backend.inventory.disclosure import Disclosure, disclose
from backend.inventory.models import Availability, StockItem, StockLevel, StockMove
from backend.inventory.reconcile import Drift, drift
from backend.inventory.steps import Line
from tests.cast import Cast, actor_of

STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["adjust", "sell", "receive", "return"]), st.integers(-400, 400)),
        st.tuples(st.just("disclose"), st.sampled_from(list(Disclosure))),
    ),
    max_size=12,
)


def do(cast: Cast, n: int, verb: str, value: int) -> None:
    nora, key = actor_of(cast.nora), f"step {n}"
    if verb == "adjust":
        adjust_stock(cast.mug, cast.shelf, by=value, reason="", key=key, actor=nora)
    elif verb == "sell":
        sell_stock(cast.mug, value, reference=key, actor=nora)
    elif verb == "receive":
        receive_stock([Line(cast.mug, value)], cast.shelf, reference=key, key=key, actor=nora)
    elif verb == "return":
        return_stock(cast.mug, value, cast.shelf, reference=key, actor=nora)
    else:
        change_disclosure(cast.mug, str(value), actor=nora)


@settings(max_examples=60)
@given(steps=STEPS)
def test_counters_equal_moves_after_any_steps(cast: Cast, steps: list[tuple[str, int]]) -> None:
    before = transaction.savepoint()
    for n, (verb, value) in enumerate(steps):
        with suppress(Denied):
            do(cast, n, verb, value)
    level, item = StockLevel.objects.get(item_id=cast.mug.pk), StockItem.objects.get(pk=cast.mug.pk)
    assert level.on_hand >= 0
    assert drift() == []
    assert Availability.objects.get(pk=cast.mug.pk).disclosed == disclose(level.available, Disclosure(item.disclosure))
    seqs = StockMove.objects.of_sku(cast.mug.pk).order_by("seq").values_list("seq", flat=True)
    assert list(seqs) == list(range(1, item.last_seq + 1))
    transaction.savepoint_rollback(before)


def test_a_counter_that_drifted_is_shown(cast: Cast) -> None:
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    StockLevel.objects.filter(pk=level.pk).update(on_hand=299)
    assert drift() == [Drift(level.pk, "on_hand", 299, 300)]


def test_a_promise_without_a_hold_is_shown(cast: Cast) -> None:
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    StockLevel.objects.filter(pk=level.pk).update(allocated=5, reserved=2)
    assert drift() == [Drift(level.pk, "allocated", 5, 0), Drift(level.pk, "reserved", 2, 0)]


@pytest.mark.parametrize(
    "change", [{"on_hand": -1}, {"allocated": 301}, {"reserved": -1}, {"allocated": 200, "reserved": 101}]
)
def test_the_database_has_the_last_word(cast: Cast, change: dict[str, int]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StockLevel.objects.filter(item_id=cast.mug.pk).update(**change)


@pytest.mark.parametrize(
    "statement", ["UPDATE inventory_stockmove SET quantity = 1", "DELETE FROM inventory_stockmove"]
)
def test_a_move_can_not_be_rewritten(cast: Cast, statement: str) -> None:
    with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
