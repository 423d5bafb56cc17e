"""What a buyer calls a seller's SKU: kept by pairs, typed instead of a SKU, frozen on orders, and nobody else's."""

import csv
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from backend.catalog.actions import pause_product
from backend.catalog.models import Sku
from backend.catalog.pricing.buyers import buyer_of_company
from backend.catalog.search.engine import PostgresSearch
from backend.catalog.search.port import Buyer as SearchBuyer
from backend.catalog.search.port import Filters, Query
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.orders.exporting.queries import every_line
from backend.orders.models import Order, PartNumber
from backend.orders.part_numbers.actions import Kept, forget_part_number, keep_part_numbers
from backend.orders.part_numbers.reading import MOST_PAIRS, pairs_of
from backend.orders.quick.actions import Typed, paste_table, put_pad_in_cart, write_lines
from backend.orders.quick.pasting import rows_of
from backend.orders.quick.queries import check_line, read_pad
from tests.cast import Cast, actor_of, make_skus
from tests.frontend.test_orders import words
from tests.live import assert_live
from tests.orders.ordering import agreed, ordered

PAGE = "/c/cornershop/part-numbers/"
HTMX = {"HX-Request": "true"}


def keep(cast: Cast, text: str) -> Kept:
    return keep_part_numbers(cast.cornershop, pairs_of(rows_of(text)), actor=actor_of(cast.bea))


def called(cast: Cast) -> dict[str, str]:
    own = PartNumber.objects.filter(company=cast.cornershop).select_related("sku__product")
    return {str(each.sku.product): each.number for each in own}


def pad_line(cast: Cast, code: str, quantity: str = "12") -> Any:
    """What the pad makes of it."""
    actor, buyer = actor_of(cast.bea), buyer_of_company(cast.cornershop)
    write_lines([Typed(1, code, quantity)], actor=actor)
    with acting_for(cast.cornershop.pk):
        return check_line(actor, buyer, 1)


# --- Keeping them ----------------------------------------------------------------------------------------------------
def test_pairs_are_kept_and_what_is_wrong_with_a_row_loses_no_other(cast: Cast) -> None:
    text = "A-17\t85123A\tnorthfield\nA-18\t22114\n\t22114\nA-19\t85123A\nA-20\tNO-SUCH\nA-21\t22114\tEastwick"
    kept = keep(cast, text)
    assert called(cast) == {"Blue enamel mug": "A-17", "White dinner plate": "A-18"}
    said = {pair.row: why for pair, why in kept.refused}
    assert set(said) == {3, 4, 5, 6}
    assert "1 to 40 characters" in said[3]
    assert "name one of Eastwick, Northfield" in said[4]
    assert "no SKU and no GTIN" in said[5]
    assert "“Eastwick” has no “22114”" in said[6]


def test_columns_are_found_by_their_titles(cast: Cast) -> None:
    keep(cast, "Supplier;SKU;Our part number\nEastwick;85123A;K-1\n;22114;P-1\n")
    assert called(cast) == {"Copper kettle": "K-1", "White dinner plate": "P-1"}


def test_kept_again_it_is_the_same_and_a_later_number_takes_its_place(cast: Cast) -> None:
    for text in ("A-18,22114", "A-18,22114", "B-18,22114"):
        keep(cast, text)
    assert called(cast) == {"White dinner plate": "B-18"}
    found = PartNumber.objects.select_related("company").get()
    for _twice in range(2):
        forget_part_number(found, actor=actor_of(cast.bea))
    assert called(cast) == {}


@pytest.mark.parametrize(("text", "said"), [("", "nothing in this"), ("A,1\n" * (MOST_PAIRS + 1), "1001 rows")])
def test_a_table_of_nothing_or_too_much_is_refused(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        pairs_of(rows_of(text))


def test_who_may_not_order_keeps_none(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        keep_part_numbers(cast.northfield, pairs_of([["A", "85123A"]]), actor=actor_of(cast.sally))


def test_a_thousand_pairs_cost_no_more_statements_than_one(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    skus = make_skus(300, cast.crockery, cast.shelf)
    with django_assert_max_num_queries(20):
        keep(cast, "\n".join(f"N-{sku.pk},{sku.code}" for sku in skus))
    assert PartNumber.objects.count() == 300


# --- Ordering by them ------------------------------------------------------------------------------------------------
def test_the_pad_takes_it_and_it_counts_before_any_sellers_code(cast: Cast) -> None:
    assert not pad_line(cast, "a-17").can_be_ordered
    keep(cast, "A-17,85123A,Northfield\n22114,85123A,Eastwick")
    assert pad_line(cast, "a-17").offer.sku == cast.mug
    assert pad_line(cast, "22114", "1").offer.sku == cast.kettle, "the buyer's own word for it, not Northfield's"


def test_lines_of_both_numbers_of_a_sku_are_judged_together(cast: Cast) -> None:
    keep(cast, "P-1,22114")
    actor, buyer = actor_of(cast.bea), buyer_of_company(cast.cornershop)
    write_lines([Typed(1, "P-1", "6"), Typed(2, "22114", "6")], actor=actor)
    with acting_for(cast.cornershop.pk):
        assert check_line(actor, buyer, 1).together == check_line(actor, buyer, 2).together == 12


def test_a_pasted_table_of_own_numbers_is_understood_and_ordered(cast: Cast) -> None:
    keep(cast, "17 blue,85123A,Northfield\nP-1,22114")
    paste_table(rows_of("red\t17 blue\t2\nwhite\tP-1\t12"), key="p", actor=actor_of(cast.bea))
    with acting_for(cast.cornershop.pk):
        assert read_pad(actor_of(cast.bea), buyer_of_company(cast.cornershop)).ready == 2
    put_pad_in_cart(cast.cornershop, only_ready=False, key="c", actor=actor_of(cast.bea))
    assert cast.cornershop.carts.get().lines.count() == 2


def test_what_is_off_sale_is_not_taken_for_anothers_sku_of_that_code(cast: Cast) -> None:
    keep(cast, "22114,85123A,Northfield")
    Sku.objects.this(cast.mug).update(listed=False)
    assert "no SKU and no GTIN" in pad_line(cast, "22114").trouble


# --- On orders -------------------------------------------------------------------------------------------------------
def test_both_sides_read_it_on_the_order_as_it_was_then(cast: Cast, client: Client) -> None:
    keep(cast, "A-17,85123A,Northfield")
    order = ordered(cast, {cast.mug: 12, cast.plate: 12})
    keep(cast, "A-18,85123A,Northfield")
    assert [line.part_number for line in order.lines.all()] == ["A-17", ""]
    for person, slug in ((cast.bea, "cornershop"), (cast.sally, "northfield")):
        client.force_login(person)
        page = words(client.get(f"/c/{slug}/orders/{order.pk}/"))
        assert "Buyer’s number A-17" in page
        assert "A-18" not in page
    rows = list(every_line(cast.northfield.pk, "sales"))
    assert {row.line.part_number for row in rows} == {"A-17", ""}
    sheet = b"".join(client.get("/c/northfield/sales/export.csv")).decode("utf-8-sig").splitlines()
    assert {row["Buyer’s number"] for row in csv.DictReader(sheet)} == {"A-17", ""}


def test_an_order_that_was_agreed_on_carries_it_whoever_accepted(cast: Cast) -> None:
    keep(cast, "A-17,85123A,Northfield")
    assert agreed(cast, {cast.mug: 12}).lines.get().part_number == "A-17"


# --- Its page, and whose it is ---------------------------------------------------------------------------------------
def test_the_page_keeps_what_was_refused_and_says_why(
    cast: Cast, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(cast.bea)
    page = client.post(PAGE, {"text": "A-17\t85123A\tNorthfield\nA-<b>\tNO-SUCH"}, headers=HTMX)
    assert page.status_code == 200
    assert "1 number counts now." in words(page)
    assert "A-&lt;b&gt;\tNO-SUCH</textarea>" in page.content.decode()
    empty = client.post(PAGE, {"text": ""}, headers=HTMX)
    assert (empty.status_code, "nothing in this" in words(empty)) == (422, True)
    with django_assert_max_num_queries(8):
        assert "Blue enamel mug" in words(client.get(PAGE))
    assert "Blue enamel mug" in words(client.get(f"{PAGE}?q=a-1"))
    assert "Nothing is called so" in words(client.get(f"{PAGE}?q=zzz"))
    with assert_live(client, PAGE):
        keep(cast, "B-1,22114")
    client.post(f"{PAGE}{PartNumber.objects.get(number='A-17').pk}/removal/")
    assert called(cast) == {"White dinner plate": "B-1"}


def test_nobody_else_orders_by_it_or_reads_it(cast: Cast, client: Client) -> None:
    keep(cast, "A-17,85123A,Northfield")
    with acting_for(cast.eastwick.pk):
        assert not PartNumber.objects.across_companies(why="what PostgreSQL shows").exists()
    write_lines([Typed(1, "A-17", "1")], actor=actor_of(cast.otto))
    with acting_for(cast.eastwick.pk):
        assert check_line(actor_of(cast.otto), buyer_of_company(cast.eastwick), 1).offer is None
    client.force_login(cast.otto)
    number = PartNumber.objects.get()
    assert client.post(f"/c/eastwick/part-numbers/{number.pk}/removal/").status_code == 404
    assert not Order.objects.exists()


# --- Found in the catalogue ------------------------------------------------------------------------------------------
def found(text: str, buyer: SearchBuyer, **asked: Any) -> list[str]:
    skus = PostgresSearch().find(Query(text, buyer=buyer, **asked)).ids
    names = dict(Sku.objects.filter(pk__in=skus).values_list("pk", "product__name"))
    return [names[pk] for pk in skus]


def searching(cast: Cast) -> SearchBuyer:
    return SearchBuyer(company_id=cast.cornershop.pk, is_known=True)


def test_an_own_number_finds_its_sku_before_everything_else(cast: Cast) -> None:
    keep(cast, "85123A;22114\nplate mug;85123A;Northfield\nK 7;85123A;Eastwick\n")
    assert found("85123a", searching(cast))[0] == "White dinner plate", "before what a seller calls so"
    assert found("  Plate   MUG ", searching(cast)) == ["Blue enamel mug"]
    assert found("k 7", searching(cast)) == ["Copper kettle"]
    assert found("k 7", searching(cast), filters=Filters(seller="northfield")) == []


def test_nobody_else_finds_anything_by_it(cast: Cast) -> None:
    keep(cast, "Q-991;22114\n")
    assert found("Q-991", searching(cast)) == ["White dinner plate"]
    for stranger in (cast.northfield.pk, cast.eastwick.pk, None):
        assert found("Q-991", SearchBuyer(company_id=stranger, is_known=True)) == []


def test_an_own_number_finds_nothing_that_is_not_for_sale(cast: Cast) -> None:
    keep(cast, "Q-991;22114\n")
    pause_product(cast.plate.product, actor=actor_of(cast.nora))
    assert found("Q-991", searching(cast)) == []


@pytest.mark.parametrize("text", ["mug", "Q-991", "85123A"])
def test_looking_for_own_numbers_is_no_query_more(
    cast: Cast, text: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    keep(cast, "Q-991;22114\n")
    with django_assert_num_queries(3), CaptureQueriesContext(connection) as ran:
        found_ids = PostgresSearch().find(Query(text, buyer=searching(cast))).ids
    assert found_ids
    assert sum("orders_partnumber" in each["sql"] for each in ran) == 1


def test_the_catalogue_of_the_company_finds_by_its_numbers(cast: Cast, client: Client) -> None:
    keep(cast, "Q-991;22114\n")
    client.force_login(cast.bea)
    assert "White dinner plate" in words(client.get("/c/cornershop/catalogue/?q=Q-991"))
    assert "White dinner plate" not in words(client.get("/catalogue/?q=Q-991"))
