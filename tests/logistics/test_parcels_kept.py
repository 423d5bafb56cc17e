"""What lies in parcels is taken from under them by nothing: no transfer, no adjustment, no count, no other order."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.html import strip_tags

from backend.core.errors import Refused
from backend.inventory.actions import adjust_stock, count_stock
from backend.inventory.counts.actions import begin_count, enter_count, post_count
from backend.inventory.lots.actions import keep_by_lots, leave_lots, pass_best_before
from backend.inventory.models import Hold, Lot, LotLevel, StockLevel, StockMove
from backend.inventory.reconcile import drift
from backend.logistics.models import Shipment
from backend.logistics.packing.unpacking.actions import unpack_shipment
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.inventory.test_transfers import asked
from tests.inventory.test_transfers import send as send_over
from tests.live import assert_live
from tests.logistics.test_dispatch import accepted, send
from tests.logistics.test_packing import MAY, accepted_too, depart, in_two_lots, of_lots, pack
from tests.orders.whole import assert_whole

PAST = date(2020, 1, 1)


def level_of(cast: Cast) -> StockLevel:
    return StockLevel.objects.get(item_id=cast.mug.pk, warehouse=cast.shelf)


def may_be_owed(cast: Cast, units: int = 500) -> None:
    """Where so much may be owed, goods may be taken that are promised: those that are packed all the same not."""
    StockLevel.objects.filter(item_id=cast.mug.pk).update(backorder_limit=units)


def take(cast: Cast, units: int, *, lot: str = "", key: str = "a") -> StockMove:
    return adjust_stock(cast.mug, cast.shelf, by=-units, reason="Broken", lot=lot, key=key, actor=actor_of(cast.wes))


def packed(cast: Cast, units: int = 250) -> Shipment:
    return pack(cast, accepted(cast, mug=300), units)


def test_an_adjustment_leaves_what_is_packed_and_says_for_which_shipments(cast: Cast) -> None:
    may_be_owed(cast)
    shipment = packed(cast)
    said = f"Only 50 of 85123A are in no parcel: 250 are packed as {shipment}. Unpack them first"
    with pytest.raises(Refused, match=said) as refused:
        take(cast, 51)
    assert refused.value.detail == {"loose": 50, "packed": 250}
    take(cast, 50, key="loose")
    unpack_shipment(shipment, actor=actor_of(cast.wes))
    take(cast, 200, key="unpacked")
    assert (level_of(cast).on_hand, level_of(cast).packed) == (50, 0)
    assert drift() == []


def test_a_transfer_says_for_which_shipments_what_it_wants_is_packed(cast: Cast) -> None:
    shipment, transfer = packed(cast), asked(cast, 60)
    with pytest.raises(Refused, match=f"250 are packed as {shipment}"):
        send_over(transfer, 60, cast)
    with pytest.raises(Refused, match="Only 0 of 85123A are free in Stoke"):
        send_over(transfer, 50, cast)


def test_a_count_that_finds_fewer_than_are_packed_says_what_to_do(cast: Cast) -> None:
    may_be_owed(cast)
    shipment, wes = packed(cast), actor_of(cast.wes)
    sheet = begin_count(cast.shelf, name="Spring", text=cast.mug.code, key="c", actor=wes)
    line = enter_count(sheet.lines.get(), 249, seen=0, actor=wes)
    said = f"250 of 85123A are in parcels, packed as {shipment}: fewer can’t lie there. If some are gone, unpack those"
    with pytest.raises(Refused, match=said):
        post_count(sheet, reason="Stolen", actor=wes)
    seen = level_of(cast).version
    with pytest.raises(Refused, match=said):
        count_stock(cast.mug, cast.shelf, counted=0, seen_version=seen, reason="Stolen", key="k", actor=wes)
    unpack_shipment(shipment, actor=wes)
    post_count(sheet, reason="Stolen", actor=wes)
    assert level_of(cast).on_hand == line.counted == 249


def test_postgresql_itself_takes_nothing_from_under_what_is_packed(cast: Cast) -> None:
    in_two_lots(cast)
    packed(cast)
    levels: list[Callable[[], int]] = [
        lambda: StockLevel.objects.filter(packed=250).update(on_hand=249, backorder_limit=500),
        lambda: LotLevel.objects.filter(packed=250).update(on_hand=249),
    ]
    for level, name in zip(levels, ("what_is_packed_lies_there", "what_is_packed_of_a_lot_lies_there"), strict=True):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            level()


def test_a_number_of_what_is_packed_that_drifted_is_shown(cast: Cast) -> None:
    packed(cast)
    StockLevel.objects.filter(packed=250).update(packed=249)
    assert [(each.counter, each.says, each.adds_up_to) for each in drift()] == [("packed", 249, 250)]


# --- Lots ------------------------------------------------------------------------------------------------------------
def test_a_lot_that_is_packed_is_not_adjusted_away_though_others_lie_there(cast: Cast) -> None:
    in_two_lots(cast)
    shipment = packed(cast, 300)
    with pytest.raises(Refused, match=f"Only 0 of lot L-MAY are in no parcel: 300 .* packed there are {shipment}"):
        take(cast, 1, lot="L-MAY")
    take(cast, 50, lot="L-JUNE", key="june")
    assert of_lots() == {"L-JUNE": (0, 0), "L-MAY": (300, 300)}


def test_of_many_shipments_a_refusal_names_the_first_and_counts_the_others(cast: Cast) -> None:
    in_two_lots(cast)
    first, *_others = [pack(cast, accepted_too(cast, key=f"{n}", mug=1), 1, key=f"{n}") for n in range(7)]
    with pytest.raises(Refused, match=f"packed there are {first}(, [^ ]+){{4}} and 2 more"):
        take(cast, 300, lot="L-MAY")


def test_lots_are_kept_as_long_as_some_of_one_is_packed(cast: Cast) -> None:
    keep_by_lots(cast.mug, number="L-MAY", best_before=MAY, actor=actor_of(cast.wes))
    shipment = packed(cast)
    with pytest.raises(Refused, match=f"packed lot by lot, as {shipment}"):
        leave_lots(cast.mug, reason="By the pallet", actor=actor_of(cast.wes))


def test_what_expired_in_one_orders_parcels_takes_nothing_from_another_order(cast: Cast) -> None:
    in_two_lots(cast)
    first, second = accepted(cast, mug=300), accepted_too(cast, mug=50)
    pack(cast, first, 300)
    Lot.objects.filter(number="L-MAY").update(best_before=PAST)
    pass_best_before(actor=actor_of(cast.wes))
    send(cast, second, 50)
    assert of_lots() == {"L-JUNE": (0, 0), "L-MAY": (300, 300)}


# --- At once ---------------------------------------------------------------------------------------------------------
def test_of_packing_and_adjusting_the_same_units_at_once_one_happens(transactional_db: None, at_once: AtOnce) -> None:
    market = make_cast()
    may_be_owed(market)
    order = accepted(market, mug=300)
    for n in range(4):
        results = at_once([lambda: pack(market, order, 300, key=f"p{n}"), lambda: take(market, 300, key=f"a{n}")])  # noqa: B023  # they are done by then
        (refused,) = [each for each in results if isinstance(each, Exception)]
        assert isinstance(refused, Refused)
        assert_whole()
        done = next(each for each in results if each is not refused)
        if isinstance(done, Shipment):
            unpack_shipment(done, actor=actor_of(market.wes))
        else:
            adjust_stock(market.mug, market.shelf, by=300, reason="", key=f"b{n}", actor=actor_of(market.wes))


def test_packing_and_a_transfer_at_once_share_the_lots_and_both_leave(transactional_db: None, at_once: AtOnce) -> None:
    market = make_cast()
    in_two_lots(market)
    order, transfer = accepted(market, mug=300), asked(market, 50)
    shipment, sent = at_once([lambda: pack(market, order, 300), lambda: send_over(transfer, 50, market)])
    assert (str(shipment), str(sent)) == (f"{order.number}-1", str(transfer))
    depart(market, order, shipment)
    assert level_of(market).on_hand == 0
    assert drift() == []


# --- The page --------------------------------------------------------------------------------------------------------
def test_the_stock_page_shows_what_is_in_parcels_live(cast: Cast, client: Client) -> None:
    in_two_lots(cast)
    client.force_login(cast.wes)
    page, order = f"/c/northfield/inventory/skus/{cast.mug.pk}/", accepted(cast, mug=300)
    with assert_live(client, page):
        shipment = pack(cast, order, 250)
    said = " ".join(strip_tags(client.get(page).content.decode()).split())
    assert said.count("250 of it in parcels") == 2, "of the shelf, and of the lot"
    with assert_live(client, page):
        unpack_shipment(shipment, actor=actor_of(cast.wes))
    assert "in parcels" not in strip_tags(client.get(page).content.decode())
    assert set(Hold.objects.values_list("packed", flat=True)) == {0}
