"""Goods between two warehouses of one company: on the way they are on no shelf, and what is promised never leaves."""

from collections.abc import Callable

import pytest

from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events.models import Event
from backend.inventory.actions import sell_stock
from backend.inventory.models import Availability, StockLevel, StockMove, Transfer, Warehouse
from backend.inventory.queries import OnTheWay, stock_level
from backend.inventory.reconcile import LINE, Drift, drift
from backend.inventory.steps import Line
from backend.inventory.transfers.actions import (
    Arrived,
    cancel_transfer,
    receive_transfer,
    request_transfer,
    send_transfer,
)
from backend.inventory.warehouses.actions import close_warehouse
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast


def annexe_of(cast: Cast) -> Warehouse:
    fresh = {"name": "Annexe", "country": "GB"}
    return Warehouse.objects.get_or_create(company=cast.northfield, code="annexe", defaults=fresh)[0]


def asked(cast: Cast, quantity: int = 100, key: str = "k") -> Transfer:
    lines = [Line(cast.mug, quantity)]
    return request_transfer(cast.shelf, annexe_of(cast), lines, note="", key=key, actor=actor_of(cast.wes))


def send(transfer: Transfer, quantity: int, cast: Cast) -> Transfer:
    return send_transfer(transfer, {transfer.lines.get().pk: quantity}, actor=actor_of(cast.wes))


def receive(transfer: Transfer, quantity: int, cast: Cast, reason: str = "") -> Transfer:
    return receive_transfer(transfer, {transfer.lines.get().pk: Arrived(quantity, reason)}, actor=actor_of(cast.wes))


def on_hand(cast: Cast) -> dict[str, int]:
    return dict(StockLevel.objects.filter(item_id=cast.mug.pk).values_list("warehouse__name", "on_hand"))


def test_goods_leave_one_shelf_and_come_onto_the_other_and_in_between_are_on_neither(cast: Cast) -> None:
    transfer = asked(cast)
    assert on_hand(cast) == {"Stoke": 300}
    send(transfer, 100, cast)
    assert on_hand(cast) == {"Stoke": 200}
    assert stock_level(cast.mug.pk).on_the_way == (OnTheWay(100, "Stoke", "Annexe"),)
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 200, "nobody buys what is on a lorry"
    receive(transfer, 100, cast)
    assert on_hand(cast) == {"Stoke": 200, "Annexe": 100}
    assert stock_level(cast.mug.pk).on_the_way == ()
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 300
    moves = StockMove.objects.of_sku(cast.mug.pk).filter(kind="transfer").order_by("seq")
    assert [(move.quantity, move.reference) for move in moves] == [(-100, str(transfer)), (100, str(transfer))]
    assert drift() == []


def test_each_step_sent_twice_counts_once_and_another_number_is_a_conflict(cast: Cast) -> None:
    transfer = asked(cast)
    assert asked(cast) == transfer
    for _ in range(2):
        send(transfer, 90, cast)
    with pytest.raises(Conflict, match="“On the way” by now"):
        send(transfer, 80, cast)
    for _ in range(2):
        receive(transfer, 88, cast, "two cups broken")
    with pytest.raises(Conflict):
        receive(transfer, 90, cast)
    assert on_hand(cast) == {"Stoke": 210, "Annexe": 88}
    line = transfer.lines.get()
    assert (line.requested, line.sent, line.received, line.difference) == (100, 90, 88, -2)
    assert drift() == []


def test_a_difference_has_a_reason(cast: Cast) -> None:
    transfer = send(asked(cast), 100, cast)
    with pytest.raises(Refused, match="99 of 85123A came and 100 were sent: say why"):
        receive(transfer, 99, cast)
    assert receive(transfer, 101, cast, "one too many in the crate").status == "received"


def test_what_is_promised_or_kept_back_never_leaves_whatever_may_be_owed(cast: Cast) -> None:
    StockLevel.objects.filter(item_id=cast.mug.pk).update(allocated=150, safety=20, backorder_limit=500)
    transfer = asked(cast, 131)
    with pytest.raises(Refused, match="Only 130 of 85123A are free in Stoke"):
        send(transfer, 131, cast)
    assert send(transfer, 130, cast).status == "sent"


@pytest.mark.parametrize("quantity", [0, 101, -1])
def test_what_can_not_be_sent_is_refused(cast: Cast, quantity: int) -> None:
    with pytest.raises(Refused):
        send(asked(cast), quantity, cast)


def test_a_transfer_goes_to_another_warehouse_of_the_same_company(cast: Cast) -> None:
    wes = actor_of(cast.wes)
    for target in (cast.shelf, cast.barn):
        with pytest.raises(Refused):
            request_transfer(cast.shelf, target, [Line(cast.mug, 1)], note="", key="x", actor=wes)
    with pytest.raises(NotAllowed):
        request_transfer(cast.shelf, annexe_of(cast), [Line(cast.mug, 1)], note="", key="x", actor=actor_of(cast.otto))
    with pytest.raises(Refused, match="1 to 500 lines"):
        request_transfer(cast.shelf, annexe_of(cast), [], note="", key="x", actor=wes)


def test_only_what_has_not_left_can_be_cancelled(cast: Cast) -> None:
    wes = actor_of(cast.wes)
    first, second = asked(cast), asked(cast, key="other")
    for _ in range(2):
        assert cancel_transfer(first, actor=wes).status == "cancelled"
    with pytest.raises(Conflict):
        send(first, 100, cast)
    with pytest.raises(Refused, match="can’t become"):
        cancel_transfer(send(second, 100, cast), actor=wes)
    kinds = [event.kind for event in Event.objects.filter(subject=f"transfer:{second.pk}").order_by("id")]
    assert kinds == ["inventory.transfer_requested", "inventory.transfer_sent"]


def test_a_warehouse_that_waits_for_goods_does_not_close(cast: Cast) -> None:
    asked(cast)
    with pytest.raises(Refused, match="under way"):
        close_warehouse(annexe_of(cast), actor=actor_of(cast.nora))


def test_a_line_that_says_another_number_than_was_moved_is_shown(cast: Cast) -> None:
    line = send(asked(cast), 100, cast).lines.get()
    type(line).objects.filter(pk=line.pk).update(sent=99)
    assert drift() == [Drift(line.pk, "sent", 99, 100, LINE)]


def test_a_transfer_and_sales_at_the_same_moment_never_take_the_same_unit(
    transactional_db: None, at_once: AtOnce
) -> None:
    market = make_cast()
    transfer, sally = asked(market, 300), actor_of(market.sally)

    def selling(n: int) -> Callable[[], object]:
        return lambda: sell_stock(market.mug, 30, reference=f"order {n}", actor=sally)

    results = at_once([*map(selling, range(5)), lambda: send(transfer, 200, market), *map(selling, range(5, 9))])
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, Refused)]
    sold = 30 * sum(isinstance(each, list) for each in results)
    line = transfer.lines.get()
    assert on_hand(market) == {"Stoke": 300 - sold - (line.sent or 0)}
    assert drift() == []
