"""What becomes of an order: answered, taken back, forgotten, and each time with the stock that it held."""

import pytest
from django.db.models.functions import Now

from backend.accounts.actor import ANONYMOUS
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import across_companies
from backend.inventory.models import Availability, Hold, StockLevel
from backend.orders.actions import accept_order, cancel_order, decline_order, expire_order
from backend.orders.models import Order
from backend.orders.tasks import expire_orders
from tests.cast import Cast, actor_of
from tests.orders.ordering import ordered


def steps_of(order: Order) -> list[str]:
    return [entry.step for entry in order.entries.all()]


def test_an_accepted_order_keeps_what_it_holds(cast: Cast) -> None:
    order = accept_order(ordered(cast, {cast.mug: 40}), actor=actor_of(cast.sally))
    assert order.commercial == "accepted"
    assert Hold.objects.get().quantity == 40
    assert steps_of(order) == ["placed", "accepted"]
    assert (order.version, order.last_seq) == (2, 2)


def test_accepting_twice_is_accepting_once(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 40})
    for _ in range(2):
        accept_order(order, actor=actor_of(cast.sally))
    assert steps_of(order) == ["placed", "accepted"]


def test_a_declined_order_gives_its_goods_back_and_says_why(cast: Cast) -> None:
    order = decline_order(ordered(cast, {cast.mug: 40}), reason="Kiln broke", actor=actor_of(cast.sally))
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    assert (level.allocated, level.available) == (0, 300)
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 300
    assert order.entries.last().note == "Kiln broke"  # type: ignore[union-attr]
    assert order.lines.get().cancelled == 40


def test_a_seller_who_declines_says_why(cast: Cast) -> None:
    with pytest.raises(Refused, match="Say why"):
        decline_order(ordered(cast, {cast.mug: 1}), reason=" ", actor=actor_of(cast.sally))


def test_a_buyer_takes_back_what_nobody_has_accepted(cast: Cast) -> None:
    order = cancel_order(ordered(cast, {cast.mug: 40}), actor=actor_of(cast.bea))
    assert order.commercial == "cancelled"
    assert not Hold.objects.exists()


def test_a_buyer_does_not_take_back_what_is_accepted(cast: Cast) -> None:
    order = accept_order(ordered(cast, {cast.mug: 40}), actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="accepted this order already"):
        cancel_order(order, actor=actor_of(cast.bea))
    assert Hold.objects.exists()


@pytest.mark.parametrize("who", ["bea", "wes", "rita", "otto"])
def test_only_the_sellers_people_who_may_answer_do(cast: Cast, who: str) -> None:
    order = ordered(cast, {cast.mug: 1})
    with pytest.raises(NotAllowed):
        accept_order(order, actor=actor_of(getattr(cast, who)))


def test_nobody_accepts_what_was_cancelled(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 1})
    cancel_order(order, actor=actor_of(cast.bea))
    with pytest.raises(Refused, match="can’t become “Accepted”"):
        accept_order(order, actor=actor_of(cast.sally))


def test_an_order_that_nobody_answers_in_time_expires(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 40})
    assert expire_orders(0) == 0
    Order.objects.update(accept_by=Now())
    assert expire_orders(0) == 1
    order.refresh_from_db()
    assert order.commercial == "expired"
    assert not Hold.objects.exists()
    assert expire_orders(0) == 0


def test_an_answer_that_came_in_time_beats_a_late_clock(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 40})
    accept_order(order, actor=actor_of(cast.sally))
    Order.objects.update(accept_by=Now())
    with across_companies(why="the clock runs for every seller"):
        expire_order(order, actor=ANONYMOUS)
    order.refresh_from_db()
    assert order.commercial == "accepted"
