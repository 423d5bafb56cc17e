"""Where goods and bills go, wherever it is asked: chosen from the address book, typed, kept, and frozen."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.accounts.addresses.actions import AddressDraft, keep_address, remove_address
from backend.accounts.addresses.models import Use
from backend.accounts.custom_roles.actions import make_role
from backend.accounts.models import Address
from backend.negotiation.models import Enquiry
from backend.orders.models import Order, Requisition, StandingOrder
from tests.cast import Cast, actor_of, employ, make_person
from tests.frontend.test_orders import ADDRESS, HTMX, SHOP, checkout, words
from tests.frontend.test_standing import STANDING, form
from tests.orders.ordering import fill_cart
from tests.orders.requisitions.asking import hire, rule
from tests.orders.standing.test_standing import work
from tests.orders.test_reordering import keep

LEEDS = AddressDraft("Shop in Leeds", "Corner Shop", "1 High Street", "Leeds", "LS1 1AA", "GB", note="Mondays shut")
YORK = AddressDraft("Shop in York", "Corner Shop York", "4 Coppergate", "York", "YO1 9NR", "GB", "Ann, 0113 4960000")
ACCOUNTS = AddressDraft("Accounts", "Corner Shop Ltd", "PO Box 7", "Leeds", "LS2 7AA", "GB")


@pytest.fixture
def bea(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bea)
    return client


@pytest.fixture
def book(cast: Cast) -> dict[str, Address]:
    """Two branches, the first of them chosen by itself, and where the bills go."""
    uses = {LEEDS: Use.DELIVERY, YORK: Use.DELIVERY, ACCOUNTS: Use.BILLING}
    kept = [keep_address(cast.cornershop, each, use=use, actor=actor_of(cast.bea)) for each, use in uses.items()]
    return {each.city if each.use == Use.DELIVERY else each.name: each for each in kept}


def chosen(page: str) -> list[str]:
    """What is chosen on the page, of addresses."""
    return [part.split("<")[0] for part in page.split(" selected>")[1:]]


def order_to(client: Client, cast: Cast, where: Address | None, bill: Address | None, **typed: str) -> Any:
    empty = dict.fromkeys(ADDRESS, "")
    keys = {"deliver_to": str(where.pk if where else ""), "bill_to": str(bill.pk if bill else "")}
    return checkout(client, cast, **{**empty, **keys, **typed})


def test_a_branch_is_chosen_and_both_addresses_are_frozen(
    cast: Cast, bea: Client, book: dict[str, Address], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    fill_cart(cast, {cast.mug: 2})
    with django_assert_max_num_queries(15):
        page = bea.get(f"{SHOP}cart/").content.decode()
    assert chosen(page) == ["Shop in Leeds: Leeds, United Kingdom", "Accounts: Leeds, United Kingdom"]
    assert order_to(bea, cast, book["York"], book["Accounts"]).status_code == 200
    order = Order.objects.get()
    assert order.ship_to == book["York"].printed
    assert order.bill_to == book["Accounts"].printed
    for each in book.values():
        remove_address(each, actor=actor_of(cast.bea))
    page = words(bea.get(f"{SHOP}orders/{order.pk}/"))
    assert all(each in page for each in ("Ann, 0113 4960000", "PO Box 7")), "what was placed keeps its words"


def test_the_bill_goes_where_the_goods_go_if_nobody_says_otherwise(
    cast: Cast, bea: Client, book: dict[str, Address]
) -> None:
    fill_cart(cast, {cast.mug: 2})
    order_to(bea, cast, book["Leeds"], None)
    assert Order.objects.get().bill_to == book["Leeds"].printed


def test_an_address_that_is_typed_is_kept_if_it_gets_a_name(cast: Cast, bea: Client, book: dict[str, Address]) -> None:
    fill_cart(cast, {cast.mug: 2})
    refused = order_to(bea, cast, None, None, keep_as="Shop in Hull", **{**ADDRESS, "city": ""})
    assert refused.status_code == 422
    assert 'value="Shop in Hull"' in refused.content.decode()
    taken = order_to(bea, cast, None, None, keep_as="Shop in York", **ADDRESS)
    assert "another address “Shop in York”" in words(taken)
    assert not Order.objects.exists()
    order_to(bea, cast, None, None, keep_as="Shop in Hull", **{**ADDRESS, "city": "Hull"})
    assert Order.objects.get().ship_to == Address.objects.get(name="Shop in Hull").printed


def test_one_that_was_removed_meanwhile_or_never_theirs_is_refused(
    cast: Cast, bea: Client, book: dict[str, Address]
) -> None:
    fill_cart(cast, {cast.mug: 2})
    others = keep_address(cast.eastwick, YORK, use=Use.DELIVERY, actor=actor_of(cast.otto))
    remove_address(book["York"], actor=actor_of(cast.bea))
    for gone in (book["York"], others):
        assert "taken out of the address book" in words(order_to(bea, cast, gone, None))
    assert not Order.objects.exists()


def test_whoever_may_not_keep_addresses_is_not_asked_to(cast: Cast, book: dict[str, Address]) -> None:
    role = make_role(
        cast.cornershop, name="Till", permissions=["orders.place", "orders.view"], actor=actor_of(cast.carl)
    )
    till = make_person("till@cornershop.example")
    employ(till, cast.cornershop, role.key)
    client = Client()
    client.force_login(till)
    client.post(f"{SHOP}cart/lines/", {"sku": cast.mug.pk, "quantity": 1})
    assert "keep_as" not in client.get(f"{SHOP}cart/").content.decode()
    order_to(client, cast, None, None, keep_as="Mine", **ADDRESS)
    assert Order.objects.count() == 1
    assert not Address.objects.filter(name="Mine").exists()


def test_enquiries_and_what_becomes_of_them_carry_both(cast: Cast, bea: Client, book: dict[str, Address]) -> None:
    wanted = {"sku": cast.mug.pk, f"quantity-{cast.mug.pk}": "20", "title": "Mugs", "open_for_days": "7", "key": "k"}
    keys = {"deliver_to": book["York"].pk, "bill_to": book["Accounts"].pk}
    assert bea.post(f"{SHOP}negotiations/enquiries/new/?sku={cast.mug.pk}", {**wanted, **keys}).status_code == 303
    enquiry = Enquiry.objects.get()
    assert (enquiry.ship_to, enquiry.bill_to) == (book["York"].printed, book["Accounts"].printed)


def test_a_standing_order_goes_where_it_was_told_to_until_that_is_changed(
    cast: Cast, bea: Client, book: dict[str, Address]
) -> None:
    typed = dict.fromkeys(ADDRESS, "")
    keys = {"deliver_to": str(book["York"].pk), "bill_to": str(book["Accounts"].pk)}
    bea.post(f"{STANDING}new/", form(keep(cast, {cast.mug: 12}).pk, **typed, **keys))
    standing = StandingOrder.objects.get()
    edit = f"{STANDING}{standing.pk}/edit/"
    assert chosen(bea.get(edit).content.decode())[-2:] == [
        "Shop in York: York, United Kingdom",
        "Accounts: Leeds, United Kingdom",
    ]
    work()
    assert Order.objects.get().ship_to == book["York"].printed
    assert Order.objects.get().bill_to == book["Accounts"].printed
    terms = {**form(0), **typed, "deliver_to": str(book["Leeds"].pk), "bill_to": "", "version": standing.version}
    standing.refresh_from_db()
    bea.post(edit, {**terms, "first_on": str(standing.next_on), "version": standing.version})
    standing.refresh_from_db()
    assert (standing.ship_to, standing.bill_to) == (book["Leeds"].printed, {})


def test_what_waits_for_an_approval_carries_both_and_back_in_the_cart_both_are_chosen(
    cast: Cast, bea: Client, book: dict[str, Address]
) -> None:
    rule(cast, hire(cast, "ann"))
    fill_cart(cast, {cast.mug: 2})
    keys = {"deliver_to": str(book["York"].pk), "bill_to": "", "key": "k", f"seen-{cast.mug.pk}": "295"}
    bea.post(f"{SHOP}cart/requisitions/", keys, headers=HTMX)
    requisition = Requisition.objects.get()
    assert requisition.ship_to == book["York"].printed
    answer = bea.post(f"{SHOP}approvals/{requisition.pk}/withdrawal/", headers=HTMX)
    assert chosen(bea.get(answer["HX-Redirect"]).content.decode()) == [
        "Shop in York: York, United Kingdom",
        "Where the goods go",
    ]
