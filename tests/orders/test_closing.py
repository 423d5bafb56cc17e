"""An order closes by itself, once nothing of it can come back any more; and never opens again."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from backend.core.errors import Refused
from backend.orders.models import Order
from backend.orders.returns.actions import reject_return, request_return
from backend.orders.returns.states import Outcome
from backend.orders.states import CLOSE_AFTER
from backend.orders.tasks import close_orders
from tests.cast import Cast, actor_of
from tests.orders.test_returns import arrive, ask, delivered, settled


def be_late() -> None:
    Order.objects.filter(closes_at__isnull=False).update(closes_at=Now())


def test_a_completed_order_closes_some_days_later(cast: Cast) -> None:
    order = delivered(cast)
    order.refresh_from_db()
    completed = order.entries.get(step="completed").at
    assert order.closes_at
    assert abs(order.closes_at - completed - CLOSE_AFTER) < timedelta(minutes=1)
    assert close_orders(0) == 0
    be_late()
    assert [close_orders(0), close_orders(0)] == [1, 0]
    order.refresh_from_db()
    assert (order.commercial, order.entries.last().step) == ("closed", "closed")  # type: ignore[union-attr]


def test_an_order_stays_open_as_long_as_something_is_on_its_way_back(cast: Cast) -> None:
    order = delivered(cast)
    goods = ask(cast, order, 5)
    be_late()
    assert close_orders(0) == 0
    reject_return(goods, reason="Too late", actor=actor_of(cast.sally))
    assert close_orders(0) == 1


def test_an_order_of_which_goods_are_owed_again_does_not_close(cast: Cast) -> None:
    order = delivered(cast)
    settled(cast, order, 5, Outcome.REPLACE)
    be_late()
    assert close_orders(0) == 0
    arrive(cast, order, 5)
    order.refresh_from_db()
    assert order.closes_at


def test_nothing_is_sent_back_of_a_closed_order(cast: Cast) -> None:
    order = delivered(cast)
    be_late()
    close_orders(0)
    with pytest.raises(Refused, match="Closed"):
        request_return(order, {order.lines.get().pk: 1}, reason="x", key="r", actor=actor_of(cast.bea))
