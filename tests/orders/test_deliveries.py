"""To which countries sellers deliver, what tax that carries, and what may be sold there."""

import pytest
from django.test import Client

from backend.accounts.addresses.actions import AddressDraft, keep_address
from backend.accounts.addresses.models import Use
from backend.accounts.models import Address, Company
from backend.catalog.audiences.actions import set_territory
from backend.catalog.models import SellerTerms
from backend.catalog.offers.actions import set_seller_terms
from backend.core.errors import Refused
from backend.core.row_security import acting_for
from backend.orders.carts.queries import read_cart
from backend.orders.models import Order
from backend.orders.placing.details import Details
from tests.cast import Cast, actor_of
from tests.frontend.test_orders import SHOP, checkout, words
from tests.orders.ordering import fill_cart, ordered, place

DUBLIN = {"recipient": "Corner Shop", "street": "1 Quay", "city": "Dublin", "postcode": "D01", "country": "IE"}


def deliver_to(cast: Cast, *countries: str, seller: Company | None = None) -> None:
    company, person = (seller, cast.otto) if seller else (cast.northfield, cast.nora)
    terms = SellerTerms.objects.filter(company=company).first() or SellerTerms()
    set_seller_terms(
        company,
        currency="GBP",
        order_minimum_minor=0,
        lead_time_days=None,
        delivers_to=countries,
        base_version=terms.version,
        key=f"to {countries}",
        actor=actor_of(person),
    )


def sums(cast: Cast, to: str) -> list[tuple[int, int]]:
    with acting_for(cast.cornershop.pk):
        cart = read_cart(actor_of(cast.bea), cast.cornershop, to)
    return [(part.net.amount_minor, part.tax.amount_minor) for part in cart.parts]


# --- Where to --------------------------------------------------------------------------------------------------------
def test_who_never_said_anything_delivers_to_each_buyers_own_country_and_nowhere_else(cast: Cast) -> None:
    assert ordered(cast, {cast.mug: 2}).tax_minor == 118
    fill_cart(cast, {cast.mug: 2})
    with pytest.raises(
        Refused, match="Northfield delivers to your own country only, United Kingdom, and not to Ireland"
    ):
        place(cast, key="abroad", details=Details(ship_to=DUBLIN))


def test_a_seller_names_his_countries_and_what_goes_abroad_is_an_export_without_tax(cast: Cast) -> None:
    deliver_to(cast, "gb", "IE", "GB")
    fill_cart(cast, {cast.mug: 2})
    assert [sums(cast, to) for to in ("", "GB", "IE")] == [[(590, 118)], [(590, 118)], [(590, 0)]]
    order = place(cast, details=Details(ship_to=DUBLIN)).orders.get()
    assert (order.net_minor, order.tax_minor, order.ship_to) == (590, 0, DUBLIN)
    assert {line.tax_rate for line in order.lines.all()} == {0}


def test_a_country_that_he_left_out_is_refused_and_those_that_would_do_are_named(cast: Cast) -> None:
    deliver_to(cast, "IE", "FR")
    fill_cart(cast, {cast.mug: 2})
    with pytest.raises(Refused, match="Northfield does not deliver to United Kingdom, but to: France, Ireland") as no:
        place(cast)
    assert no.value.field == "deliver_to"


def test_of_a_cart_of_two_sellers_the_one_who_does_not_deliver_there_is_named(cast: Cast) -> None:
    deliver_to(cast, "GB", "IE")
    fill_cart(cast, {cast.mug: 2, cast.kettle: 1})
    with pytest.raises(Refused, match="Eastwick delivers to your own country only"):
        place(cast, details=Details(ship_to=DUBLIN))
    assert not Order.objects.exists()
    deliver_to(cast, "IE", seller=cast.eastwick)
    assert place(cast, key="again", details=Details(ship_to=DUBLIN)).orders.count() == 2


@pytest.mark.parametrize(("typed", "said"), [(["XX"], "XX: no country"), (["Ireland"], "IRELAND: no country")])
def test_what_is_no_country_is_refused(cast: Cast, typed: list[str], said: str) -> None:
    with pytest.raises(Refused, match=said) as no:
        deliver_to(cast, *typed)
    assert no.value.field == "delivers_to"


# --- What may be sold there ------------------------------------------------------------------------------------------
def test_a_territory_is_asked_with_the_country_that_goods_go_to(cast: Cast) -> None:
    deliver_to(cast, "GB", "IE")
    fill_cart(cast, {cast.mug: 2, cast.plate: 12})
    set_territory(cast.northfield, "22114", ["GB"], actor=actor_of(cast.nora))
    with pytest.raises(Refused, match="22114 is not for sale to Ireland"):
        place(cast, details=Details(ship_to=DUBLIN))
    assert place(cast, key="home").orders.count() == 1


# --- On the page -----------------------------------------------------------------------------------------------------
@pytest.fixture
def dublin(cast: Cast, client: Client) -> Address:
    """Bea's company has a branch there, which it chooses by itself."""
    client.force_login(cast.bea)
    return keep_address(cast.cornershop, AddressDraft("Dublin", **DUBLIN), use=Use.DELIVERY, actor=actor_of(cast.bea))


def test_the_cart_says_what_it_comes_to_where_it_goes_and_who_does_not_deliver_there(
    cast: Cast, client: Client, dublin: Address
) -> None:
    fill_cart(cast, {cast.mug: 2})
    assert "delivers to your own country only" in words(client.get(f"{SHOP}cart/"))
    deliver_to(cast, "IE")
    page = client.get(f"{SHOP}cart/")
    assert "delivers to" not in words(page)
    assert f'name="tax-{cast.northfield.pk}" value="0"' in page.content.decode().replace("\n", "").replace("  ", "")
    assert checkout(client, cast, deliver_to=str(dublin.pk)).status_code == 200
    assert Order.objects.get().tax_minor == 0


def test_tax_that_the_buyer_did_not_see_is_shown_before_anything_is_ordered(
    cast: Cast, client: Client, dublin: Address
) -> None:
    deliver_to(cast, "IE", "GB")
    fill_cart(cast, {cast.mug: 2})
    seen = {f"tax-{cast.northfield.pk}": "0"}
    refused = checkout(client, cast, deliver_to="", **seen)
    assert refused.status_code == 409
    assert "comes to 1.18 GBP of tax" in words(refused)
    assert not Order.objects.exists()
    assert checkout(client, cast, deliver_to="", **{f"tax-{cast.northfield.pk}": "118"}).status_code == 200


def test_a_seller_says_it_on_the_page_of_his_terms(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    where = "/c/northfield/terms/"
    typed = {"currency": "GBP", "order_minimum": "0", "lead_time_days": "", "base_version": "1", "key": "k"}
    refused = client.post(where, {**typed, "delivers_to": "GB; Eire"})
    assert (refused.status_code, "EIRE: no country" in words(refused)) == (422, True)
    client.post(where, {**typed, "delivers_to": "GB; ie"})
    assert "GB, IE" in client.get(where).content.decode()
    assert SellerTerms.objects.get(company=cast.northfield).delivers_to == ["GB", "IE"]
