"""What is owed on orders, when the stock of many SKUs has moved at once."""

from datetime import date, timedelta

import pytest
from django.db.transaction import atomic
from pytest_django import DjangoAssertNumQueries

from backend.core.row_security import across_companies
from backend.inventory.incoming.actions import change_incoming, expect_stock
from backend.orders.models import OrderLine
from backend.orders.owing.steps import note_owed
from backend.orders.states import Step
from tests.cast import Cast, actor_of
from tests.orders.ordering import ordered

pytestmark = pytest.mark.django_db
SOON, LATER = (date.today() + timedelta(days=days) for days in (14, 30))  # noqa: DTZ011  # days of the calendar


def test_of_many_skus_what_is_owed_is_noted_at_once_and_each_order_tells_of_it_once(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    nora, skus = actor_of(cast.nora), (cast.mug, cast.plate)
    coming = [expect_stock(sku, cast.shelf, 500, SOON, reference="", key=sku.code, actor=nora) for sku in skus]
    order = ordered(cast, {cast.mug: 400, cast.plate: 408})
    for each in coming:
        change_incoming(each, 500, LATER, reference="", seen=1, actor=nora)
    with across_companies(why="as the listener does"), atomic():
        with django_assert_num_queries(8):
            assert note_owed([sku.pk for sku in skus]) == 1
        with django_assert_num_queries(4):
            assert note_owed([sku.pk for sku in skus]) == 0
        with django_assert_num_queries(2):
            assert note_owed([cast.kettle.pk]) == 0
    assert set(OrderLine.objects.filter(order=order).values_list("due_on", flat=True)) == {LATER}
    assert order.entries.filter(step=Step.OWED_CHANGED).count() == 1
