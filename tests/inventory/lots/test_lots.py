"""Lots: whatever lies there is of one, what expires first goes first, and what has expired goes to nobody."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection
from django.db.transaction import atomic
from django.test import Client

from backend.accounts.actor import ANONYMOUS
from backend.catalog.models import Sku
from backend.core import clock
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.inventory.actions import adjust_stock, count_stock, receive_stock, sell_stock
from backend.inventory.counts.actions import begin_count, enter_count, post_count
from backend.inventory.incoming.actions import expect_stock, receive_incoming
from backend.inventory.lots.actions import keep_by_lots, leave_lots, pass_best_before
from backend.inventory.lots.queries import running_out
from backend.inventory.models import (
    Availability,
    Lot,
    LotLevel,
    LotMove,
    StockItem,
    StockLevel,
    StockMove,
    Transfer,
    Warehouse,
)
from backend.inventory.reconcile import drift
from backend.inventory.steps import Line
from backend.inventory.transfers.actions import Arrived, receive_transfer, request_transfer, send_transfer
from backend.logistics.actions import dispatch_goods
from backend.logistics.models import ShipmentLot
from backend.logistics.queries import orders_with_lot
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order
from backend.orders.returns.states import Outcome
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.orders.ordering import ordered
from tests.orders.test_returns import arrive, ask, come_back, settle

MAY, JUNE = date(2099, 5, 1), date(2099, 6, 1)
A_LOT: Mapping[str, object] = {"L-MAY": 300}
AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE"


def run(statement: str, *values: str | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def begin(cast: Cast, number: str = "L-MAY", best_before: date | None = MAY) -> StockItem:
    """Northfield's 300 mugs are of one lot."""
    return keep_by_lots(cast.mug, number=number, best_before=best_before, actor=actor_of(cast.wes))


def receive(cast: Cast, lot: str, best_before: date | None, quantity: int = 50) -> None:
    line = Line(cast.mug, quantity, lot, best_before)
    receive_stock([line], cast.shelf, reference="D1", key=f"{lot}{quantity}", actor=actor_of(cast.wes))


def lots(cast: Cast) -> dict[str, int]:
    """What lies there of each, after everything was looked at as a commit looks at it."""
    run(f"{AT_ONCE}; SET CONSTRAINTS ALL DEFERRED")
    assert drift() == []
    there = LotLevel.objects.filter(lot__item=cast.mug.pk, on_hand__gt=0).select_related("lot")
    return {own.lot.number: own.on_hand for own in there.order_by("lot__number")}


def expire(cast: Cast, number: str) -> None:
    """Its day was yesterday, and nobody has noticed yet."""
    run("UPDATE inventory_lot SET best_before = current_date - 1 WHERE number = %s", number)


def send(cast: Cast, quantity: int, key: str = "k") -> ShipmentLot | None:
    order = accept_order(ordered(cast, {cast.mug: quantity}, key=key), actor=actor_of(cast.sally))
    line = {order.lines.get().pk: quantity}
    dispatch_goods(order, cast.shelf, line, Consignment(), key=f"s{key}", actor=actor_of(cast.wes))
    return ShipmentLot.objects.filter(shipment_line__shipment__order=order).first()


# --- Beginning -------------------------------------------------------------------------------------------------------
def test_what_lies_there_when_lots_begin_is_of_the_one_that_is_named(cast: Cast) -> None:
    assert begin(cast).by_lots
    begin(cast, "OTHER")
    assert lots(cast) == A_LOT
    with pytest.raises(Refused, match="22114 is not kept by lots"):
        receive_stock([Line(cast.plate, 12, "L")], cast.shelf, reference="D", key="p", actor=actor_of(cast.wes))


def test_stock_needs_a_number_to_begin_and_whoever_may_adjust(cast: Cast) -> None:
    with pytest.raises(Refused, match="say which, with a number of at most 40 characters"):
        begin(cast, " ")
    with pytest.raises(NotAllowed):
        keep_by_lots(cast.mug, number="L", actor=actor_of(cast.rita))


def leave(cast: Cast, reason: str = "Sold by the pallet now", who: str = "wes") -> StockItem:
    return leave_lots(cast.mug, reason=reason, actor=actor_of(getattr(cast, who)))


def test_a_sku_leaves_lots_again_and_everything_adds_up(cast: Cast) -> None:
    begin(cast)
    receive(cast, "L-JUNE", JUNE)
    for _ in range(2):
        assert not leave(cast).by_lots
    assert lots(cast) == {}
    last = StockMove.objects.filter(item=cast.mug.pk).latest("seq")
    assert (last.reason, last.quantity, last.on_hand_after) == ("Sold by the pallet now", 0, 350)
    assert sorted(last.lots.values_list("lot__number", "quantity")) == [("L-JUNE", -50), ("L-MAY", -300)]
    sell_stock(cast.mug, 50, reference="S", actor=actor_of(cast.sally))
    expire(cast, "L-MAY")
    assert pass_best_before(actor=ANONYMOUS) == 0, "a lot of which nothing is kept any more is nobody's concern"
    assert begin(cast, "NEW").by_lots
    assert lots(cast) == {"NEW": 300}


def test_a_sku_does_not_leave_lots_without_a_reason_nor_past_what_expired_or_is_being_counted(cast: Cast) -> None:
    begin(cast)
    with pytest.raises(NotAllowed):
        leave(cast, who="rita")
    with pytest.raises(Refused, match="Say why"):
        leave(cast, " ")
    begin_count(cast.shelf, name="Spring", text=cast.mug.code, key="c", actor=actor_of(cast.wes))
    with pytest.raises(Refused, match="being counted lot by lot in “Spring”"):
        leave(cast)
    expire(cast, "L-MAY")
    with pytest.raises(Refused, match="Lot L-MAY is past its day"):
        leave(cast)


def test_a_seller_leaves_lots_on_the_page_of_the_sku(cast: Cast, client: Client) -> None:
    begin(cast)
    client.force_login(cast.nora)
    page = f"/c/northfield/inventory/skus/{cast.mug.pk}/"
    assert client.post(f"{page}lots/end/", {"reason": ""}).status_code == 422
    with assert_live(client, "/c/northfield/inventory/lots/?days=36600"):
        leave(cast)
    begin(cast, "AGAIN")
    assert client.post(f"{page}lots/end/", {"reason": "Sold by the pallet now"}).status_code == 303
    said = client.get(page).content.decode()
    assert "Sold by the pallet now" in said
    assert "Keep it by lots" in said


# --- Coming in -------------------------------------------------------------------------------------------------------
def test_goods_that_come_in_name_their_lots(cast: Cast) -> None:
    begin(cast)
    receive(cast, "L-JUNE", JUNE)
    receive(cast, "L-JUNE", None, 7)
    assert lots(cast) == {"L-MAY": 300, "L-JUNE": 57}
    assert StockLevel.objects.get(item=cast.mug.pk).on_hand == 357


@pytest.mark.parametrize(
    ("lot", "day", "said"),
    [
        ("", None, "85123A is kept by lots: say which"),
        ("x" * 41, None, "at most 40 characters"),
        ("L-MAY", JUNE, "is best before 2099-05-01, not 2099-06-01"),
        ("OLD", date(2001, 1, 1), "it can’t be sold any more"),
    ],
)
def test_a_lot_that_is_missing_contradicts_or_is_past_is_refused(
    cast: Cast, lot: str, day: date | None, said: str
) -> None:
    begin(cast)
    with pytest.raises(Refused, match=said):
        receive(cast, lot, day)


def test_an_expected_delivery_names_its_lot_when_it_comes(cast: Cast) -> None:
    begin(cast)
    later = clock.now().date() + timedelta(days=9)
    coming = expect_stock(cast.mug, cast.shelf, 20, later, reference="", key="e", actor=actor_of(cast.nora))
    with pytest.raises(Refused, match="say which"):
        receive_incoming(coming, 20, is_last=True, key="r", actor=actor_of(cast.wes))
    receive_incoming(coming, 20, is_last=True, lot="N", best_before=MAY, key="r", actor=actor_of(cast.wes))
    assert lots(cast) == {"L-MAY": 300, "N": 20}


# --- Going out -------------------------------------------------------------------------------------------------------
def test_what_expires_first_is_sent_first_and_the_shipment_says_so(cast: Cast) -> None:
    begin(cast, "LATE", JUNE)
    receive(cast, "EARLY", MAY)
    receive(cast, "KEEPS", None)
    send(cast, 60)
    assert lots(cast) == {"LATE": 290, "KEEPS": 50}
    assert sorted(ShipmentLot.objects.values_list("lot__number", "quantity")) == [("EARLY", 50), ("LATE", 10)]
    early = Lot.objects.get(number="EARLY")
    with acting_for(cast.northfield.pk):
        got = [(each.buyer, each.units) for each in orders_with_lot(cast.northfield.pk, early.pk)]
    assert got == [("Cornershop", 50)]


def test_sold_over_the_counter_too(cast: Cast) -> None:
    begin(cast, "LATE", JUNE)
    receive(cast, "EARLY", MAY)
    sell_stock(cast.mug, 60, reference="S1", actor=actor_of(cast.sally))
    assert lots(cast) == {"LATE": 290}


def test_an_expired_lot_is_promised_to_nobody_swept_or_not(cast: Cast) -> None:
    begin(cast)
    receive(cast, "L-JUNE", JUNE)
    expire(cast, "L-MAY")
    with pytest.raises(Refused, match="Only 50 of 85123A are left"):
        ordered(cast, {cast.mug: 60})
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 350
    assert (pass_best_before(actor=ANONYMOUS), pass_best_before(actor=ANONYMOUS)) == (1, 0)
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 50
    send(cast, 50)
    assert lots(cast) == A_LOT, "it lies there until somebody takes it off"
    adjust_stock(cast.mug, cast.shelf, by=-300, reason="Thrown away", lot="L-MAY", key="t", actor=actor_of(cast.wes))
    assert lots(cast) == {}


def test_what_expires_after_it_was_promised_is_not_sent(cast: Cast) -> None:
    begin(cast)
    order = accept_order(ordered(cast, {cast.mug: 40}), actor=actor_of(cast.sally))
    expire(cast, "L-MAY")
    line = {order.lines.get().pk: 40}
    with pytest.raises(Refused, match="Only 0 of 85123A can leave"):
        dispatch_goods(order, cast.shelf, line, Consignment(), key="s", actor=actor_of(cast.wes))


def sell_of(cast: Cast) -> StockMove:
    """A sale that nobody has said the lot of."""
    level = StockLevel.objects.get(item=cast.mug.pk)
    said = {"seq": 99, "kind": "sale", "quantity": -1, "on_hand_after": 299, "reference": "x"}
    return StockMove.objects.create(item_id=cast.mug.pk, level=level, **said)


def test_postgresql_itself_sells_no_expired_lot(cast: Cast) -> None:
    begin(cast)
    expire(cast, "L-MAY")
    move = sell_of(cast)
    with pytest.raises(IntegrityError, match="past its day"), atomic():
        LotMove.objects.create(move=move, lot=Lot.objects.get(), quantity=-1)


def test_postgresql_itself_lets_no_level_differ_from_its_lots(cast: Cast) -> None:
    begin(cast)
    run("UPDATE inventory_stocklevel SET on_hand = 299 WHERE item_id = %s", cast.mug.pk)
    with pytest.raises(IntegrityError, match="has 299 on hand and 300 of its lots"), atomic():
        run(AT_ONCE)
    run("UPDATE inventory_stocklevel SET on_hand = 300 WHERE item_id = %s", cast.mug.pk)


# --- Correcting, moving, coming back ---------------------------------------------------------------------------------
def test_an_adjustment_is_of_a_lot(cast: Cast) -> None:
    begin(cast)
    receive(cast, "L-JUNE", JUNE)
    how = {"reason": "Broken", "actor": actor_of(cast.wes)}
    for lot, said in (("", "say which"), ("NONE", "has no lot NONE"), ("L-JUNE", "Only 50 of lot L-JUNE")):
        with pytest.raises(Refused, match=said):
            adjust_stock(cast.mug, cast.shelf, by=-51, lot=lot, key=f"a{lot}", **how)  # type: ignore[arg-type]
    adjust_stock(cast.mug, cast.shelf, by=-5, lot="L-JUNE", key="ok", **how)  # type: ignore[arg-type]
    version = StockLevel.objects.get(item=cast.mug.pk).version
    with pytest.raises(Refused, match="say which"):
        count_stock(cast.mug, cast.shelf, counted=9, seen_version=version, key="c", **how)  # type: ignore[arg-type]
    assert lots(cast) == {"L-JUNE": 45, "L-MAY": 300}


def test_a_count_goes_lot_by_lot(cast: Cast) -> None:
    begin(cast)
    receive(cast, "L-JUNE", JUNE)
    sheet = begin_count(cast.shelf, name="Spring", text=cast.mug.code, key="c", actor=actor_of(cast.wes))
    for number, counted in (("L-MAY", 290), ("L-JUNE", 52)):
        line = sheet.lines.select_related("sheet", "sku").get(lot__number=number)
        enter_count(line, counted, reason="Found", seen=0, actor=actor_of(cast.wes))
    post_count(sheet, reason="", actor=actor_of(cast.wes))
    assert lots(cast) == {"L-JUNE": 52, "L-MAY": 290}


def test_lots_travel_between_warehouses(cast: Cast) -> None:
    begin(cast, "LATE", JUNE)
    receive(cast, "EARLY", MAY)
    annexe = Warehouse.objects.create(company=cast.northfield, code="annexe", name="Annexe", country="GB")
    wes = actor_of(cast.wes)
    asked = request_transfer(cast.shelf, annexe, [Line(cast.mug, 60)], note="", key="t", actor=wes)
    line = asked.lines.get()
    send_transfer(asked, {line.pk: 60}, actor=wes)
    assert lots(cast) == {"LATE": 290}
    receive_transfer(Transfer.objects.get(), {line.pk: Arrived(58, "Two broke")}, actor=wes)
    moved = LotLevel.objects.filter(level__warehouse=annexe).values_list("lot__number", "on_hand")
    assert sum(units for _lot, units in moved) == 58
    assert {lot for lot, _units in moved} == {"EARLY", "LATE"}
    assert drift() == []


def test_what_comes_back_is_of_the_lot_that_went(cast: Cast) -> None:
    begin(cast)
    receive(cast, "L-JUNE", JUNE)
    order = accept_order(ordered(cast, {cast.mug: 40}), actor=actor_of(cast.sally))
    arrive(cast, order, 40)
    settle(cast, come_back(cast, ask(cast, order, 5)), Outcome.RESTOCK)
    assert lots(cast) == {"L-JUNE": 50, "L-MAY": 265}


# --- The pages -------------------------------------------------------------------------------------------------------
def test_the_list_says_what_runs_out_within_so_many_days(cast: Cast) -> None:
    begin(cast)
    soon = StockItem.objects.get(pk=cast.mug.pk).lots.get()
    run("UPDATE inventory_lot SET best_before = current_date + 10 WHERE id = %s", soon.pk)
    assert not running_out(cast.northfield.pk, days=9).rows
    assert [(row.number, row.days_left, row.on_hand) for row in running_out(cast.northfield.pk, days=10).rows] == [
        ("L-MAY", 10, 300)
    ]
    assert not running_out(cast.eastwick.pk, days=10).rows


def test_a_seller_begins_receives_adjusts_and_looks_up_who_got_what(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    page = f"/c/northfield/inventory/skus/{cast.mug.pk}/"
    assert client.post(f"{page}lots/", {"lot": ""}).status_code == 422
    assert client.post(f"{page}lots/", {"lot": "L-MAY", "best_before": "2099-05-01"}).status_code == 303
    note = {"key": "n", "reference": "D1", "warehouse": cast.shelf.pk, "lines": "1"}
    note |= {"line0-code": cast.mug.code, "line0-quantity": "50"}
    refused = client.post("/c/northfield/inventory/receipts/", note)
    assert "is kept by lots: say which" in refused.content.decode()
    lot = {"line0-lot": "L-JUNE", "line0-best_before": "2099-06-01"}
    assert client.post("/c/northfield/inventory/receipts/", note | lot).status_code == 303
    said = client.get(page).content.decode()
    assert "Lot L-JUNE: 50 in Stoke" in said
    adjusted = {"key": "a", "quantity": "-1", "reason": "Broken", "warehouse": cast.shelf.pk, "lot": "L-JUNE"}
    assert client.post(f"{page}adjustments/", adjusted).status_code == 303
    url = f"/c/northfield/inventory/lots/{Lot.objects.get(number='L-MAY').pk}/"
    everything = "/c/northfield/inventory/lots/?days=3660"
    assert "Nobody has got anything of it yet" in client.get(url).content.decode()
    with assert_live(client, url), assert_live(client, everything), assert_live(client, page):
        send(cast, 10)
    assert "Cornershop" in client.get(url).content.decode()
    client.force_login(cast.bea)
    order = ShipmentLot.objects.get().shipment_line.shipment.order
    assert "of lot" in client.get(f"/c/cornershop/orders/{order.pk}/").content.decode()


def test_another_sku_of_the_same_receipt_needs_no_lot(cast: Cast) -> None:
    begin(cast)
    lines = [Line(cast.mug, 5, "N", MAY), Line(cast.plate, 12), Line(cast.mug, 6, "N")]
    moves = receive_stock(lines, cast.shelf, reference="D", key="k", actor=actor_of(cast.wes))
    assert sorted(move.quantity for move in moves) == [11, 12]
    other: Sku = cast.plate
    assert not StockItem.objects.get(pk=other.pk).by_lots
