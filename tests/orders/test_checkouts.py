"""A checkout reserves what is in the cart: for a while, for this buyer alone, and never twice."""

import pytest
from django.db.models.functions import Now

from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.inventory.actions import adjust_stock
from backend.inventory.holds.models import Hold, HoldKind
from backend.inventory.models import Availability, StockLevel
from backend.inventory.reconcile import drift
from backend.orders.carts.queries import read_cart
from backend.orders.checkouts.actions import begin_checkout, leave_checkout
from backend.orders.checkouts.queries import ReservationView, reservation_of
from backend.orders.models import Order
from tests.cast import Cast, actor_of
from tests.orders.ordering import fill_cart, place


def begin(cast: Cast) -> None:
    begin_checkout(cast.cornershop, actor=actor_of(cast.bea))


def reservation(cast: Cast) -> ReservationView:
    with acting_for(cast.cornershop.pk):
        return reservation_of(read_cart(actor_of(cast.bea), cast.cornershop))


def counters(cast: Cast) -> tuple[int, int]:
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    return level.reserved, level.allocated


def test_what_is_in_the_cart_is_reserved_for_a_quarter_of_an_hour(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 40, cast.kettle: 2})
    begin(cast)
    assert counters(cast) == (40, 0)
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 260
    view = reservation(cast)
    assert (view.until, list(view.unreserved)) == (Hold.objects.first().expires_at, [])  # type: ignore[union-attr]


def test_what_was_reserved_becomes_the_orders(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 40})
    begin(cast)
    place(cast)
    assert counters(cast) == (0, 40)
    assert [hold.kind for hold in Hold.objects.all()] == [HoldKind.ORDER]
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 260


def test_what_lapsed_while_the_form_was_filled_in_is_had_again_if_it_is_there(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 40})
    begin(cast)
    Hold.objects.update(expires_at=Now())
    assert reservation(cast).until is None
    place(cast)
    assert counters(cast) == (0, 40)


def test_what_lapsed_and_is_gone_is_refused_with_what_is_left(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 40})
    begin(cast)
    Hold.objects.update(expires_at=Now())
    adjust_stock(cast.mug, cast.shelf, by=-261, reason="Fire", key="k", actor=actor_of(cast.wes))
    with pytest.raises(Refused, match="Only 39 of 85123A are left, not 40"):
        place(cast)
    assert not Order.objects.exists()


def test_begun_again_it_is_reserved_once_and_as_the_cart_is_now(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 40, cast.kettle: 1})
    begin(cast)
    fill_cart(cast, {cast.mug: 50, cast.kettle: 0})
    assert list(reservation(cast).unreserved) == ["85123A"]
    begin(cast)
    assert [(hold.line > 0, hold.quantity) for hold in Hold.objects.all()] == [(True, 50)]
    assert drift() == []


def test_whoever_leaves_gives_it_back(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 40})
    begin(cast)
    for _ in range(2):
        leave_checkout(actor=actor_of(cast.bea))
    assert counters(cast) == (0, 0)
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 300


def test_more_than_half_of_what_there_is_is_not_reserved_and_can_be_ordered(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 151, cast.kettle: 2})
    begin(cast)
    assert list(reservation(cast).unreserved) == ["85123A"]
    assert counters(cast) == (0, 0)
    place(cast)
    assert counters(cast) == (0, 151)


def test_more_than_there_is_reserves_nothing_and_says_what_is_left(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 301, cast.kettle: 1})
    with pytest.raises(Refused, match="Only 300 of 85123A are left, not 301"):
        begin(cast)
    assert not Hold.objects.exists()


def test_an_empty_cart_reserves_nothing(cast: Cast) -> None:
    with pytest.raises(Refused, match="nothing in your cart"):
        begin(cast)


def test_who_may_not_order_reserves_nothing(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        begin_checkout(cast.northfield, actor=actor_of(cast.rita))
    with pytest.raises(NotAllowed):
        leave_checkout(actor=actor_of(cast.rita))
