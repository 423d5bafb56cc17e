"""Each screen shows what it says, in the number of queries it states."""

from pytest_django import DjangoAssertNumQueries

from backend.catalog.models import Product
from backend.inventory import queries
from backend.inventory.actions import adjust_stock
from backend.inventory.availability.queries import catalogue_rows
from backend.inventory.grid import stock_grid
from backend.inventory.models import StockLevel
from backend.inventory.movements.queries import moves, moves_between
from tests.cast import Cast, actor_of


def test_the_rows_of_a_list_cost_one_query_and_stand_as_they_are_asked_for(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    asked = [cast.plate.pk, cast.mug.pk, cast.kettle.pk]
    with django_assert_num_queries(1):
        rows = catalogue_rows(asked)
        shown = [(row.pk, row.product, row.category, row.seller) for row in rows]
    assert [pk for pk, *_ in shown] == asked
    assert shown[1][1:] == ("Blue enamel mug", "crockery", "Northfield")
    row = rows[1]
    assert (row.availability.quantity, row.availability.version) == (300, 1)


def test_what_is_not_published_or_not_listed_is_in_no_list_whatever_the_index_says(cast: Cast) -> None:
    Product.objects.filter(pk=cast.mug.product_id).update(status="paused")
    cast.plate.listed = False
    cast.plate.save()
    rows = catalogue_rows([cast.mug.pk, cast.plate.pk, cast.kettle.pk])
    assert [row.pk for row in rows] == [cast.kettle.pk]


def test_a_stock_grid_costs_three_queries_and_shows_one_company(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        found = stock_grid(cast.northfield.pk)
        shown = {row.code: (row.disclosure, row.stock.on_hand, row.stock.available) for row in found.rows}
    assert shown == {"85123A": ("exact", 300, 300), "22114": ("bands", 40, 40)}


def test_available_is_what_is_not_promised(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    StockLevel.objects.filter(item_id=cast.mug.pk).update(allocated=20, reserved=5, safety=10)
    with django_assert_num_queries(2):
        stock = queries.stock_level(cast.mug.pk)
    assert (stock.on_hand, stock.available, stock.version) == (300, 265, 1)


def test_many_stock_levels_cost_what_one_costs(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    pks = [cast.mug.pk, cast.plate.pk, 999_999]
    with django_assert_num_queries(2):
        found = queries.stock_levels(pks)
    assert [(found[pk].version, found[pk].on_hand) for pk in pks] == [(1, 300), (1, 40), (0, 0)]


def test_moves_cost_one_query_and_say_who(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    adjust_stock(cast.mug, cast.shelf, by=-2, reason="chipped", key="k", actor=actor_of(cast.wes))
    with django_assert_num_queries(1):
        page = moves(cast.mug.pk)
    assert [(view.quantity, view.by, view.warehouse) for view in page.moves] == [
        (-2, "Wes", "Stoke"),
        (300, "", "Stoke"),
    ]


def test_a_span_of_moves_comes_in_order_and_costs_one_query(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(4):
        adjust_stock(cast.mug, cast.shelf, by=-1, reason=f"cup {n}", key=f"k{n}", actor=actor_of(cast.wes))
    with django_assert_num_queries(1):
        found = moves_between(cast.mug.pk, 3, 4)
    assert [(view.seq, view.reason, view.by, view.warehouse) for view in found] == [
        (3, "cup 1", "Wes", "Stoke"),
        (4, "cup 2", "Wes", "Stoke"),
    ]
