"""What passes its day in a parcel is told to both sides, stands at the packing desk, and is unpacked."""

from datetime import date

import pytest

from backend.core.errors import Refused
from backend.inventory.lots.actions import pass_best_before
from backend.inventory.models import Lot
from backend.logistics.models import Shipment
from backend.logistics.packing.unpacking.actions import unpack_shipment
from backend.logistics.tasks import note_spoilt_parcels
from backend.orders.models import Order
from backend.orders.tasks import replace_expired_goods
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.frontend.test_orders import words
from tests.live import assert_live
from tests.logistics.test_dispatch import accepted
from tests.logistics.test_packing import client_of, depart, in_two_lots, pack

PAST = date(2020, 1, 1)


def pass_the_day(cast: Cast) -> None:
    Lot.objects.filter(number="L-MAY").update(best_before=PAST)
    pass_best_before(actor=actor_of(cast.wes))


def spoilt(cast: Cast) -> tuple[Order, Shipment]:
    """Forty mugs of May are packed as May ends; June's lie free."""
    in_two_lots(cast)
    order = accepted(cast, mug=40)
    shipment = pack(cast, order, 40)
    pass_the_day(cast)
    return order, shipment


def told(order: Order) -> list[str]:
    return [entry.step for entry in order.entries.all()][2:]


def test_it_is_told_once_and_other_goods_are_packed_in_its_place(cast: Cast) -> None:
    order, shipment = spoilt(cast)
    assert [note_spoilt_parcels(0) for _ in range(2)] == [1, 0]
    entry = order.entries.get(step="packed_expired")
    assert (entry.data["contents"], entry.data["shipment"]) == ([[cast.mug.code, 40]], shipment.pk)
    with pytest.raises(Refused, match="unpack them"):
        depart(cast, order, shipment)
    unpack_shipment(shipment, actor=actor_of(cast.wes))
    replace_expired_goods(0)
    depart(cast, order, pack(cast, order, 40, key="anew"))
    assert told(order) == ["packed", "packed_expired", "unpacked", "packed", "dispatched"]


def test_what_left_in_time_is_nobodys_concern(cast: Cast) -> None:
    in_two_lots(cast)
    order = accepted(cast, mug=40)
    depart(cast, order, pack(cast, order, 40))
    pass_the_day(cast)
    assert note_spoilt_parcels(0) == 0
    assert "Past its day" not in words(client_of(cast, "wes").get(f"/c/northfield/orders/{order.pk}/"))


def test_the_desk_and_the_stock_say_live_what_to_do_and_the_buyer_reads_it(cast: Cast) -> None:
    order, _shipment = spoilt(cast)
    wes, bea = client_of(cast, "wes"), client_of(cast, "bea")
    sold, bought = f"/c/northfield/orders/{order.pk}/", f"/c/cornershop/orders/{order.pk}/"
    with assert_live(wes, sold), assert_live(bea, bought):
        note_spoilt_parcels(0)
    at_the_desk = words(wes.get(sold))
    assert "Unpack that, and pack other goods in its place" in at_the_desk
    assert "40 × 85123A ( L-MAY ) Past its day" in at_the_desk.replace("(L-MAY)", "( L-MAY )")
    assert "Send what is packed" not in at_the_desk
    assert "The seller packs other goods in its place" in words(bea.get(bought))
    assert "40 of it in parcels Expired What is in parcels can’t be sent" in words(
        wes.get(f"/c/northfield/inventory/skus/{cast.mug.pk}/")
    )


def test_unpacking_and_two_clocks_at_once_tell_it_once_at_most(transactional_db: None, at_once: AtOnce) -> None:
    market = make_cast()
    order, shipment = spoilt(market)
    results = at_once(
        [*[lambda: note_spoilt_parcels(0)] * 2, lambda: unpack_shipment(shipment, actor=actor_of(market.wes))]
    )
    assert not [each for each in results if isinstance(each, Exception)]
    assert told(order) in (["packed", "packed_expired", "unpacked"], ["packed", "unpacked"])
