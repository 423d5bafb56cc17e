"""Carts and orders as pages: with htmx, without scripts, and whatever a person types."""

import csv
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from backend.catalog.models import TierPrice
from backend.orders.actions import accept_order
from backend.orders.exporting.queries import every_line
from backend.orders.models import CartLine, Order
from backend.orders.placing.details import Details
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.orders.ordering import fill_cart, ordered, place

HTMX = {"HX-Request": "true"}
SHOP, MAKER = "/c/cornershop/", "/c/northfield/"
ADDRESS = {"recipient": "Corner Shop", "street": "1 High Street", "city": "Leeds", "postcode": "LS1 1AA"}


@pytest.fixture
def bea(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bea)
    return client


@pytest.fixture
def sally(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.sally)
    return client


def words(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def put(client: Client, cast: Cast, quantity: str, **headers: str) -> Any:
    return client.post(f"{SHOP}cart/lines/", {"sku": cast.mug.pk, "quantity": quantity}, headers=headers)


def checkout(client: Client, cast: Cast, *, key: str = "k", seen: str = "295", **more: str) -> Any:
    typed = {**ADDRESS, "key": key, f"seen-{cast.mug.pk}": seen, f"seen-{cast.plate.pk}": "295", **more}
    return client.post(f"{SHOP}cart/orders/", typed, headers=HTMX)


# --- The cart --------------------------------------------------------------------------------------------------------
def test_a_product_is_put_into_the_cart_from_its_page(cast: Cast, bea: Client) -> None:
    page = bea.get(f"{SHOP}catalogue/{cast.mug.product_id}-blue-enamel-mug/").content.decode()
    assert f'action="{SHOP}cart/lines/"' in page
    assert "It is in your cart" in words(put(bea, cast, "12", **HTMX))
    assert CartLine.objects.get().quantity == 12


def test_whoever_may_not_order_is_offered_no_cart(cast: Cast, sally: Client) -> None:
    page = sally.get(f"{MAKER}catalogue/{cast.kettle.product_id}-copper-kettle/").content.decode()
    assert "cart/lines/" not in page
    assert sally.get(f"{MAKER}cart/").status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0.5", "fraction of one"),
        ("-1", "out of range"),
        ("1e12", "too much"),
        ("twelve", "is not a number"),
        ("", "Fill this in: it is required."),
    ],
)
def test_nonsense_is_refused_beside_the_field_and_kept(cast: Cast, bea: Client, typed: str, said: str) -> None:
    response = put(bea, cast, typed, **HTMX)
    assert response.status_code == 422
    assert said in words(response)
    assert f'value="{typed}"' in response.content.decode() or not typed
    assert not CartLine.objects.exists()


def test_a_line_of_the_cart_is_changed_and_taken_out(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 12})
    changed = put(bea, cast, "32", **HTMX, **{"HX-Target": "cart"})
    assert "£81.60" in words(changed)
    assert "Your cart is empty" in words(put(bea, cast, "0", **HTMX, **{"HX-Target": "cart"}))


def test_a_quantity_that_is_refused_leaves_the_cart_as_it_is_and_says_so_in_its_line(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 12, cast.plate: 12})
    refused = put(bea, cast, "7.5", **HTMX, **{"HX-Target": "cart"})
    assert refused.status_code == 422
    assert "7.5 is a fraction of one" in words(refused)
    assert "The cart holds 12 as before." in words(refused)
    assert "£35.40" in words(refused)
    assert cast.plate.code in words(refused), "the other lines stand as they stood"
    assert 'value="7.5"' in refused.content.decode()


def test_a_cart_of_several_sellers_says_what_all_of_it_comes_to(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 12})
    assert "All orders together" not in words(bea.get(f"{SHOP}cart/"))
    fill_cart(cast, {cast.kettle: 1})
    page = words(bea.get(f"{SHOP}cart/"))
    ours, theirs = (Decimal(each) for each in re.findall(r"Total £([\d.]+)", page))
    assert f"All orders together £{ours + theirs}" in page


def test_a_cart_works_without_scripts(cast: Cast, bea: Client) -> None:
    response = put(bea, cast, "12")
    assert (response.status_code, response["Location"]) == (303, f"{SHOP}cart/")
    assert "£35.40" in words(bea.get(f"{SHOP}cart/"))


def test_what_went_off_sale_is_said_and_can_be_taken_out(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 12})
    cast.mug.listed = False
    cast.mug.save()
    assert "85123A is no longer for sale" in words(bea.get(f"{SHOP}cart/"))
    put(bea, cast, "0", **HTMX)
    assert not CartLine.objects.exists()


# --- Placing ---------------------------------------------------------------------------------------------------------
def test_a_cart_becomes_an_order_and_the_browser_goes_there(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 12})
    response = checkout(bea, cast, po_number="PO-1")
    order = Order.objects.get()
    assert response["HX-Redirect"] == f"{SHOP}orders/{order.pk}/"
    assert (order.ship_to["city"], order.ship_to["country"], order.po_number) == ("Leeds", "GB", "PO-1")


def test_an_order_without_an_address_keeps_what_was_typed(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 12})
    response = checkout(bea, cast, street="", po_number="PO-<script>1")
    assert response.status_code == 422
    assert 'value="PO-&lt;script&gt;1"' in response.content.decode()
    assert not Order.objects.exists()


def test_a_price_that_rose_is_a_conflict_and_the_new_one_is_shown(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 12})
    TierPrice.objects.filter(sku=cast.mug).update(unit_price_minor=Decimal(310))
    response = checkout(bea, cast)
    assert response.status_code == 409
    assert "higher than the one you saw" in words(response)
    assert f'name="seen-{cast.mug.pk}" value="310' in " ".join(response.content.decode().split())
    assert checkout(bea, cast, seen="310", key="again")["HX-Redirect"]


@pytest.mark.parametrize("seen", ["", "NaN", "a lot", "-1"])
def test_a_price_that_was_not_seen_is_a_conflict(cast: Cast, bea: Client, seen: str) -> None:
    fill_cart(cast, {cast.mug: 12})
    assert checkout(bea, cast, seen=seen).status_code == 409
    assert not Order.objects.exists()


def test_what_is_in_a_cart_is_reserved_and_given_back(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 12})
    assert "Nothing is reserved" in words(bea.get(f"{SHOP}cart/"))
    assert "Reserved for you" in words(bea.post(f"{SHOP}cart/reservation/", headers=HTMX))
    assert bea.post(f"{SHOP}cart/reservation/")["Location"] == f"{SHOP}cart/"
    assert "Nothing is reserved" in words(bea.post(f"{SHOP}cart/release/", headers=HTMX))
    assert bea.post(f"{SHOP}cart/release/")["Location"] == f"{SHOP}cart/"


def test_what_may_not_be_reserved_is_named_and_can_be_ordered(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 200, cast.plate: 12})
    assert "Not reserved: 85123A" in words(bea.post(f"{SHOP}cart/reservation/", headers=HTMX))
    assert checkout(bea, cast)["HX-Redirect"]


def test_a_reservation_of_more_than_there_is_says_what_is_left(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 301})
    for headers in (HTMX, {}):
        refused = bea.post(f"{SHOP}cart/reservation/", headers=headers)
        assert refused.status_code == 422
        assert "Only 300 of 85123A are left, not 301" in words(refused)


def test_the_seller_sees_what_is_reserved_as_it_is(cast: Cast, bea: Client, sally: Client) -> None:
    fill_cart(cast, {cast.mug: 12})
    with assert_live(sally, f"{MAKER}inventory/skus/{cast.mug.pk}/"):
        bea.post(f"{SHOP}cart/reservation/")
    assert "12 of it reserved" in words(sally.get(f"{MAKER}inventory/skus/{cast.mug.pk}/"))


def test_a_po_number_is_shown_as_it_was_typed_and_runs_nowhere(cast: Cast, bea: Client, sally: Client) -> None:
    fill_cart(cast, {cast.mug: 12})
    checkout(bea, cast, po_number="<script>alert(1)</script>")
    order = Order.objects.get()
    for who, side in ((bea, SHOP), (sally, MAKER)):
        page = who.get(f"{side}orders/{order.pk}/").content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert(1)" not in page


@pytest.mark.parametrize("typed", ["2.5", "-1", "1000000000000", "a lot", ""])
def test_what_is_no_quantity_is_refused_and_stays_as_typed(cast: Cast, bea: Client, typed: str) -> None:
    refused = put(bea, cast, typed, **HTMX)
    assert refused.status_code == 422
    assert f'value="{typed}"' in refused.content.decode() or not typed
    assert not CartLine.objects.exists()


def test_a_page_with_another_currency_is_a_conflict(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 12})
    page = " ".join(bea.get(f"{SHOP}cart/").content.decode().split())
    assert f'name="currency-{cast.northfield.pk}" value="GBP"' in page
    refused = checkout(bea, cast, **{f"currency-{cast.northfield.pk}": "JPY", "currency-x": "GBP"})
    assert refused.status_code == 409
    assert "Northfield takes GBP, not JPY" in words(refused)


def test_whoever_wants_an_order_only_whole_says_so_and_both_sides_read_it(
    cast: Cast, bea: Client, sally: Client
) -> None:
    fill_cart(cast, {cast.mug: 12})
    assert "Send it only whole" in words(bea.get(f"{SHOP}cart/"))
    checkout(bea, cast, only_whole="on")
    order = accept_order(Order.objects.get(), actor=actor_of(cast.sally))
    line, page = f"line-{order.lines.get().pk}", f"orders/{order.pk}/"
    for side, url in ((bea, SHOP), (sally, MAKER)):
        assert "How it is sent Only whole" in words(side.get(f"{url}{page}"))
    packer = Client()
    packer.force_login(cast.wes)
    assert "send all that is open of it at once" in words(packer.get(f"{MAKER}{page}"))
    typed = {"warehouse": cast.shelf.pk, line: "11", "carrier": "Kestrel", "key": "s"}
    refused = packer.post(f"{MAKER}{page}shipments/", typed, headers=HTMX)
    assert (refused.status_code, 'value="Kestrel"' in refused.content.decode()) == (422, True)
    assert "The buyer wants this order only whole. Send all that is open of it at once: 12 × 85123A." in words(refused)


def test_the_next_cart_knows_the_address(cast: Cast, bea: Client) -> None:
    fill_cart(cast, {cast.mug: 12})
    checkout(bea, cast)
    fill_cart(cast, {cast.mug: 1})
    assert 'value="1 High Street"' in bea.get(f"{SHOP}cart/").content.decode()


# --- The order -------------------------------------------------------------------------------------------------------
def test_both_sides_see_the_order_and_what_is_theirs_to_do(cast: Cast, bea: Client, sally: Client) -> None:
    order = ordered(cast, {cast.mug: 12})
    buyers = words(bea.get(f"{SHOP}orders/{order.pk}/"))
    sellers = words(sally.get(f"{MAKER}orders/{order.pk}/"))
    assert "Cancel the order" in buyers
    assert "Accept the order" not in buyers
    assert "Accept the order" in sellers
    assert "Cancel the order" not in sellers


def test_an_order_stands_in_both_lists(cast: Cast, bea: Client, sally: Client) -> None:
    order = ordered(cast, {cast.mug: 12})
    assert order.number in words(bea.get(f"{SHOP}orders/"))
    assert order.number in words(sally.get(f"{MAKER}sales/?status=placed"))
    assert order.number not in words(sally.get(f"{MAKER}sales/?status=accepted"))
    assert bea.get(f"{SHOP}sales/").status_code == 404


def test_an_order_is_accepted_sent_and_delivered(cast: Cast, bea: Client, sally: Client) -> None:
    order = ordered(cast, {cast.mug: 12})
    page = f"{MAKER}orders/{order.pk}/"
    assert "Accepted" in words(sally.post(f"{page}acceptance/", headers=HTMX))
    packer = Client()
    packer.force_login(cast.wes)
    typed = {"warehouse": cast.shelf.pk, f"line-{order.lines.get().pk}": "12", "carrier": "DHL", "key": "k"}
    assert "Shipment 1" in words(packer.post(f"{page}shipments/", typed, headers=HTMX))
    shipment = order.shipments.get()
    delivery = f"{SHOP}orders/{order.pk}/shipments/{shipment.pk}/delivery/"
    assert "Completed" in words(bea.post(delivery, headers=HTMX))


def test_too_much_for_a_shipment_is_refused_where_it_was_typed(cast: Cast) -> None:
    order = accept_order(ordered(cast, {cast.mug: 12}), actor=actor_of(cast.sally))
    packer = Client()
    packer.force_login(cast.wes)
    typed = {"warehouse": cast.shelf.pk, f"line-{order.lines.get().pk}": "13", "key": "k"}
    response = packer.post(f"{MAKER}orders/{order.pk}/shipments/", typed, headers=HTMX)
    assert response.status_code == 422
    assert "Only 12 of 85123A can leave Stoke" in words(response)
    assert 'value="13"' in response.content.decode()


def test_a_refusal_needs_a_reason(cast: Cast, sally: Client) -> None:
    order = ordered(cast, {cast.mug: 12})
    page = f"{MAKER}orders/{order.pk}/"
    assert sally.post(f"{page}refusal/", {"reason": ""}, headers=HTMX).status_code == 422
    assert "Kiln broke" in words(sally.post(f"{page}refusal/", {"reason": "Kiln broke"}, headers=HTMX))


def test_lists_and_the_order_cost_what_they_say(
    cast: Cast, sally: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    order = ordered(cast, {cast.mug: 12, cast.plate: 12})
    sally.get(f"{MAKER}sales/")
    with django_assert_max_num_queries(13):
        sally.get(f"{MAKER}sales/")
    with django_assert_max_num_queries(26):
        sally.get(f"{MAKER}orders/{order.pk}/")


# --- As a file -------------------------------------------------------------------------------------------------------
def rows_of(client: Client, address: str) -> list[list[str]]:
    text = b"".join(client.get(address).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(text.splitlines()))


def test_both_sides_take_their_list_away_with_a_row_for_each_line(cast: Cast, bea: Client, sally: Client) -> None:
    fill_cart(cast, {cast.mug: 40, cast.plate: 12, cast.kettle: 2})
    first = place(cast, key="one", details=Details(po_number="=PO-1")).orders.get(seller=cast.northfield)
    fill_cart(cast, {cast.mug: 1})
    place(cast, key="two", details=Details(po_number="PO-2"))
    assert f"{SHOP}orders/export.csv?q=PO-1" in bea.get(f"{SHOP}orders/?q=PO-1").content.decode()
    titles, *bought = rows_of(bea, f"{SHOP}orders/export.csv")
    assert len(bought) == 4
    titles, *found = rows_of(bea, f"{SHOP}orders/export.csv?q=PO-1")
    assert [row[titles.index("Company")] for row in found].count("Eastwick") == 1
    titles, *sold = rows_of(sally, f"{MAKER}sales/export.csv?q=PO-1&status=placed")
    mug = dict(zip(titles, sold[0], strict=True))
    assert [mug[name] for name in ("Order", "Company", "PO number", "SKU", "Ordered", "Each", "Net", "Currency")] == [
        first.number, "Cornershop", "'=PO-1", "85123A", "40", "2.55", "102.00", "GBP",
    ]  # fmt: skip
    assert len(sold) == 2, "of his own orders alone"
    book = b"".join(bea.get(f"{SHOP}orders/export.xlsx").streaming_content)  # type: ignore[attr-defined]
    assert book.startswith(b"PK")
    assert bea.get(f"{SHOP}sales/export.csv").status_code == 404
    assert rows_of(bea, f"{SHOP}orders/export.csv?status=cancelled") == [titles]


def test_every_order_is_in_the_file_however_many_there_are(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.orders.exporting.queries.AT_ONCE", 2)
    for n in range(5):
        fill_cart(cast, {cast.mug: n + 1})
        place(cast, key=f"k{n}")
    assert [each.line.quantity for each in every_line(cast.cornershop.pk, "purchases")] == [5, 4, 3, 2, 1]
