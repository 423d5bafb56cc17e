"""Each screen shows what it says, in the number of queries it states."""

from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.catalog.models import Product
from backend.inventory import queries
from backend.inventory.actions import adjust_stock, sell_stock
from backend.inventory.models import StockLevel
from backend.inventory.queries import Filters
from tests.cast import Cast, actor_of, make_sku


def names(filters: Filters) -> list[str]:
    return [row.sku.product.name for row in queries.catalogue(filters).rows]


def test_a_catalogue_page_costs_three_queries(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):
        page = queries.catalogue(Filters())
        shown = [(row.sku.product.category.name, row.sku.company.name, row.single, row.best) for row in page.rows]
    assert len(shown) == 3
    row = next(row for row in page.rows if row.sku.pk == cast.mug.pk)
    assert row.single is not None
    assert row.best is not None
    assert (row.single.unit_price_minor, row.best.unit_price_minor) == (Decimal(295), Decimal(255))
    assert (row.availability.quantity, row.availability.version) == (300, 1)


def test_what_is_not_published_or_not_listed_is_not_in_the_catalogue(cast: Cast) -> None:
    Product.objects.filter(pk=cast.mug.product_id).update(status="paused")
    cast.plate.listed = False
    cast.plate.save()
    assert names(Filters()) == ["Copper kettle"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(text="MUG blue"), ["Blue enamel mug"]),
        (Filters(text="2211"), ["White dinner plate"]),
        (Filters(text="mug plate"), []),
        (Filters(text="%"), []),
        (Filters(category="crockery", sort="name"), ["Blue enamel mug", "Copper kettle", "White dinner plate"]),
        (Filters(category="nothing"), []),
        (Filters(sort="no such sort", text="kettle"), ["Copper kettle"]),
    ],
)
def test_the_catalogue_finds_what_is_asked_for(cast: Cast, filters: Filters, found: list[str]) -> None:
    assert names(filters) == found


def test_in_stock_leaves_out_what_is_out(cast: Cast) -> None:
    sell_stock(cast.kettle, 7, reference="1/1", actor=actor_of(cast.otto))
    assert sorted(names(Filters(in_stock=True))) == ["Blue enamel mug", "White dinner plate"]


def test_prices_sort_by_what_one_unit_costs(cast: Cast) -> None:
    cast.plate.tiers.filter(min_quantity=1).update(unit_price_minor=100)
    assert names(Filters(sort="price"))[0] == "White dinner plate"
    assert names(Filters(sort="-price"))[-1] == "White dinner plate"


@pytest.mark.parametrize(("number", "shown"), [(-5, 1), (1, 1), (2, 2), (99, 2)])
def test_a_page_that_does_not_exist_is_the_nearest_that_does(cast: Cast, number: int, shown: int) -> None:
    for n in range(queries.PAGE_SIZE):
        make_sku(f"Cup {n}", f"7{n:04}", cast.crockery, cast.shelf)
    page = queries.catalogue(Filters(), number).page
    assert (page.number, page.total, page.pages) == (shown, queries.PAGE_SIZE + 3, 2)


def test_a_stock_grid_costs_three_queries_and_shows_one_company(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        grid = queries.stock_grid(cast.northfield.pk)
        shown = {row.sku.code: (row.disclosure, row.stock.on_hand, row.stock.available) for row in grid.rows}
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


def test_moves_cost_three_queries_and_say_who(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    adjust_stock(cast.mug, cast.shelf, by=-2, reason="chipped", key="k", actor=actor_of(cast.wes))
    with django_assert_num_queries(3):
        page = queries.moves(cast.mug.pk)
    assert [(view.quantity, view.by, view.warehouse) for view in page.moves] == [
        (-2, "Wes", "Stoke"),
        (300, "", "Stoke"),
    ]


def test_a_span_of_moves_comes_in_order_and_costs_two_queries(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(4):
        adjust_stock(cast.mug, cast.shelf, by=-1, reason=f"cup {n}", key=f"k{n}", actor=actor_of(cast.wes))
    with django_assert_num_queries(2):
        found = queries.moves_between(cast.mug.pk, 3, 4)
    assert [(view.seq, view.reason, view.by, view.warehouse) for view in found] == [
        (3, "cup 1", "Wes", "Stoke"),
        (4, "cup 2", "Wes", "Stoke"),
    ]
