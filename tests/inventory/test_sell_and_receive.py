"""Goods come in, are sold and come back; each exactly once."""

import pytest

from backend.accounts.roles import Permission
from backend.core.errors import NotAllowed, Refused
from backend.events.models import Event
from backend.inventory.actions import receive_stock, return_stock, sell_stock
from backend.inventory.models import MoveKind, StockLevel, StockMove, Warehouse
from backend.inventory.reconcile import drift
from backend.inventory.steps import Line
from tests.cast import Cast, actor_of


def test_a_sale_takes_units_off_and_sent_again_sells_nothing_more(cast: Cast) -> None:
    first = sell_stock(cast.mug, 6, reference="536365/1", actor=actor_of(cast.sally))
    again = sell_stock(cast.mug, 6, reference="536365/1", actor=actor_of(cast.sally))
    assert [move.pk for move in first] == [move.pk for move in again]
    assert (first[0].on_hand_after, Event.objects.count()) == (294, 1)


def test_a_sale_never_takes_a_part(cast: Cast) -> None:
    with pytest.raises(Refused, match="Only 300 of 85123A are left: 301"):
        sell_stock(cast.mug, 301, reference="536365/1", actor=actor_of(cast.sally))
    assert StockLevel.objects.get(item_id=cast.mug.pk).on_hand == 300


def test_a_sale_larger_than_one_shelf_takes_the_fullest_first(cast: Cast) -> None:
    second = Warehouse.objects.create(company=cast.northfield, code="north", name="North", country="GB")
    receive_stock([Line(cast.mug, 100)], second, reference="dn", key="k", actor=actor_of(cast.wes))
    moves = sell_stock(cast.mug, 350, reference="536365/1", actor=actor_of(cast.sally))
    assert [(move.level.warehouse.name, move.quantity) for move in moves] == [("Stoke", -300), ("North", -50)]
    data = Event.objects.order_by("-pk")[0].data
    assert (data["first_seq"], data["last_seq"]) == (moves[0].seq, moves[1].seq) == (3, 4)
    assert drift() == []


def test_a_sale_needs_a_reference_and_the_right(cast: Cast) -> None:
    with pytest.raises(Refused, match="reference"):
        sell_stock(cast.mug, 1, reference="", actor=actor_of(cast.sally))
    assert Permission.INVENTORY_SELL not in actor_of(cast.wes).permissions
    with pytest.raises(NotAllowed):
        sell_stock(cast.mug, 1, reference="x", actor=actor_of(cast.wes))


def test_a_receipt_counts_two_lines_of_one_sku_together(cast: Cast) -> None:
    lines = [Line(cast.mug, 10), Line(cast.plate, 24), Line(cast.mug, 5)]
    moves = receive_stock(lines, cast.shelf, reference="DN 7", key="k", actor=actor_of(cast.wes))
    assert {(move.item_id, move.quantity) for move in moves} == {(cast.mug.pk, 15), (cast.plate.pk, 24)}
    assert Event.objects.count() == 2


def test_a_receipt_sent_twice_arrives_once(cast: Cast) -> None:
    for _ in range(2):
        moves = receive_stock(
            [Line(cast.mug, 10), Line(cast.plate, 12)], cast.shelf, reference="DN 7", key="k", actor=actor_of(cast.wes)
        )
        assert len(moves) == 2
    assert StockLevel.objects.get(item_id=cast.mug.pk).on_hand == 310


def test_a_receipt_is_all_or_nothing(cast: Cast) -> None:
    lines = [Line(cast.mug, 10), Line(cast.plate, 10**12)]
    with pytest.raises(Refused, match="1,000,000,000,000 is out of range"):
        receive_stock(lines, cast.shelf, reference="DN 7", key="k", actor=actor_of(cast.wes))
    assert StockMove.objects.filter(kind=MoveKind.RECEIPT).count() == 0


@pytest.mark.parametrize("n", [0, 501])
def test_a_receipt_has_a_bounded_number_of_lines(cast: Cast, n: int) -> None:
    with pytest.raises(Refused, match=f"1 to 500 lines, not {n}"):
        receive_stock([Line(cast.mug, 1)] * n, cast.shelf, reference="", key="k", actor=actor_of(cast.wes))


def test_goods_of_another_company_can_not_be_received(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        receive_stock([Line(cast.kettle, 1)], cast.shelf, reference="", key="k", actor=actor_of(cast.wes))


def test_a_return_comes_back_once(cast: Cast) -> None:
    for _ in range(2):
        move = return_stock(cast.mug, 4, cast.shelf, reference="C536379/1", actor=actor_of(cast.wes))
    assert (move.on_hand_after, move.kind) == (304, "return")
