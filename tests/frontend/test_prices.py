"""What a buyer pays and why, on the catalogue and on a product's page; and a seller's pages of prices."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.catalog.audiences.actions import AssortmentDraft, save_assortment, set_price_login, set_territory
from backend.catalog.lists.actions import notice_schedules
from backend.catalog.lists.models import Assortment, CustomerGroup, PriceList, Territory
from backend.catalog.lists.states import ListKind
from backend.catalog.models import SellerTerms
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.catalog.pricing.lists import draft_list, fixed, in_force, off, put
from tests.live import assert_live

# What a search without words costs, see tests/catalog/test_search.py.
SEARCH = 3
SHOP = "/c/cornershop/catalogue/"
PRICES = "/c/northfield/prices/"


@pytest.fixture
def bea(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bea)
    return client


@pytest.fixture
def sally(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.sally)
    return client


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def product(cast: Cast, start: str = SHOP) -> str:
    return f"{start}{cast.mug.product_id}-blue-enamel-mug/"


# --- Buyers ----------------------------------------------------------------------------------------------------------
def test_a_company_sees_its_own_prices_and_why_under_its_own_address(cast: Cast, bea: Client) -> None:
    in_force(cast, fixed(cast.mug, 1, 240), fixed(cast.mug, 12, 230), name="Contract 2026", kind=ListKind.CONTRACT)
    for url in (SHOP, product(cast)):
        assert_sound(bea.get(url))
        shown = text(bea, url)
        assert "£2.40" in shown
        assert "£2.30" in shown
        assert "Why this price" in shown
        assert "Contract 2026 (Contract)" in shown
        assert "A price of its own" in shown
        assert "£2.95 from 1" in shown, "the base price"
    assert f'href="{product(cast)}"' in text(bea, SHOP)
    assert "Contract 2026" not in text(bea, "/catalogue/")
    assert "£2.40" not in text(bea, product(cast, "/products/"))


def test_nobody_else_reads_a_word_of_it(cast: Cast, client: Client) -> None:
    in_force(cast, fixed(cast.mug, 1, 240), name="Secret")
    client.force_login(cast.otto)
    for url in ("/c/eastwick/catalogue/", product(cast, "/c/eastwick/catalogue/"), "/catalogue/"):
        shown = text(client, url)
        assert "Secret" not in shown
        assert "£2.40" not in shown
        assert f"prices:{cast.cornershop.pk}" not in shown
    assert client.get(SHOP).status_code == 404


def test_the_company_s_catalogue_costs_the_queries_that_it_says(
    cast: Cast, bea: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    in_force(cast, fixed(cast.mug, 1, 240))
    with django_assert_num_queries(SEARCH + 2 + 1 + 2 + 3):  # place, rows; prices; who asks; two grants
        bea.get(SHOP)


def test_a_seller_may_show_prices_to_everybody(cast: Cast, client: Client) -> None:
    assert "£2.95" not in text(client, "/catalogue/")
    set_price_login(cast.northfield, prices_need_login=False, actor=actor_of(cast.nora))
    shown = text(client, "/catalogue/")
    assert "£2.95" in shown
    assert "Log in for prices" in shown, "the kettle's seller shows his to those who are logged in"


def test_what_an_assortment_hides_is_in_no_list_and_has_no_page(cast: Cast, bea: Client) -> None:
    draft = AssortmentDraft("Plates", [cast.plate.code], companies=["Cornershop"])
    with assert_live(bea, SHOP):
        save_assortment(cast.northfield, None, draft, actor=actor_of(cast.sally))
    assert "Blue enamel mug" not in text(bea, SHOP)
    assert bea.get(product(cast)).status_code == 404
    assert "Blue enamel mug" in text(bea, "/catalogue/"), "as everybody sees it"


@pytest.mark.parametrize("where", ["list", "product"])
def test_open_pages_follow_prices_as_they_change_and_schedules_as_they_begin_and_end(
    cast: Cast, bea: Client, where: str
) -> None:
    url = SHOP if where == "list" else product(cast)
    with assert_live(bea, url):
        price_list = in_force(cast, fixed(cast.mug, 1, 240))
    assert "£2.40" in text(bea, url)
    with assert_live(bea, url):
        price_list = put(cast, price_list, off(cast.mug, 1, 50))
    PriceList.objects.filter(pk=price_list.pk).update(ends_at=Now() + timedelta(seconds=0.3))
    with assert_live(bea, url):
        while not notice_schedules():
            pass
    assert "£1.475" not in text(bea, url)


def test_a_public_list_reaches_the_pages_of_everybody(cast: Cast, bea: Client) -> None:
    for url in ("/catalogue/", product(cast, "/products/"), SHOP, "/"):
        with assert_live(bea, url):
            in_force(cast, name=url, kind=ListKind.PUBLIC, companies=[], percent=Decimal(10))


# --- Sellers ---------------------------------------------------------------------------------------------------------
def terms(**changed: str) -> dict[str, str]:
    fields = {"key": "k", "name": "Trade", "kind": "customer", "currency": "GBP", "priority": "0", "percent": ""}
    return {**fields, "starts_at": "", "ends_at": "", "companies": "Cornershop\n", **changed}


def lines(*rows: tuple[str, str, str], seen: int, **changed: str) -> dict[str, str]:
    data = {"seen": str(seen), "lines": str(len(rows)), **changed}
    for n, (code, quantity, price) in enumerate(rows):
        data |= {f"line{n}-code": code, f"line{n}-quantity": quantity, f"line{n}-price": price}
    return data


def test_a_seller_writes_a_list_puts_prices_in_and_puts_it_in_force(cast: Cast, sally: Client, bea: Client) -> None:
    assert_sound(sally.get(f"{PRICES}new/"))
    response = sally.post(f"{PRICES}new/", terms(percent="5", ends_at="2050-01-01T00:00"))
    price_list = PriceList.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"{PRICES}{price_list.pk}/")
    url = response["Location"]
    sally.post(f"{url}lines/", lines(("85123A", "1", "2.40"), ("22114", "12", "10%"), ("", "1", ""), seen=1))
    assert_sound(sally.get(url))
    shown = text(sally, url)
    assert 'value="2.40"' in shown
    assert 'value="10%"' in shown
    sally.post(f"{url}state/", {"to": "active"})
    assert "In force" in text(sally, PRICES)
    assert_sound(sally.get(PRICES))
    assert "£2.40" in text(bea, SHOP)
    price_list.refresh_from_db()
    gone = lines(("85123A", "1", "2.40"), seen=price_list.version, **{"line0-was": "1", "line0-gone": "on"})
    sally.post(f"{url}lines/", gone)
    assert "£2.8025" in text(bea, SHOP), "the list's percentage"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"companies": "Nobody Ltd"}, "There is no company called nobody ltd"),
        ({"percent": "x"}, "is not a percentage"),
        ({"starts_at": "2050-01-02T00:00", "ends_at": "2050-01-01T00:00"}, "before it starts"),
        ({"kind": "public"}, "names no companies"),
        ({"name": ""}, "required"),
    ],
)
def test_a_list_that_can_not_be_keeps_what_was_typed(
    cast: Cast, sally: Client, changed: dict[str, str], said: str
) -> None:
    response = sally.post(f"{PRICES}new/", terms(**{"priority": "7", **changed}))
    assert response.status_code == 422
    assert said in response.content.decode()
    assert 'value="7"' in response.content.decode()
    assert not PriceList.objects.exists()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("85123A", "1", "2.40"), ("85123A", "12", "2.60")], "85123A costs 2.60 from 12 on, more than 2.40"),
        ([("85123A", "1", "2.40"), ("85123a", "1", "10%")], "twice from 1 on: 2.40 and 10 %"),
        ([("NONE", "1", "2.40")], "You have no SKU NONE"),
        ([("85123A", "1", "€2.40")], "is in EUR, and prices here are in GBP"),
        ([("85123A", "0", "2.40")], "out of range"),
        ([("85123A", "1", "two")], "is not a price"),
        ([("85123A", "1", "")], "required"),
    ],
)
def test_lines_that_contradict_each_other_are_named_and_stay_as_typed(
    cast: Cast, sally: Client, rows: list[tuple[str, str, str]], said: str
) -> None:
    price_list = draft_list(cast)
    response = sally.post(f"{PRICES}{price_list.pk}/lines/", lines(*rows, seen=1))
    assert response.status_code == 422
    assert said in " ".join(response.content.decode().split())
    assert not price_list.entries.exists()


def test_a_price_in_yen_with_decimals_is_named_at_its_line(cast: Cast, sally: Client) -> None:
    price_list = draft_list(cast, currency="JPY")
    response = sally.post(f"{PRICES}{price_list.pk}/lines/", lines(("85123A", "1", "120.125"), seen=1))
    assert "120.125 has too many decimals: a price in JPY has at most 0." in response.content.decode()


def test_the_slower_of_two_people_is_shown_the_list_as_it_is(cast: Cast, sally: Client) -> None:
    price_list = put(cast, draft_list(cast), fixed(cast.mug, 1, 200))
    response = sally.post(f"{PRICES}{price_list.pk}/lines/", lines(("22114", "1", "1"), seen=1))
    assert response.status_code == 409
    assert sally.post(f"{PRICES}{price_list.pk}/terms/", {**terms(), "seen": "1"}).status_code == 409
    changed = {**terms(name="Other"), "seen": str(price_list.version)}
    assert sally.post(f"{PRICES}{price_list.pk}/terms/", changed).status_code == 303
    assert "Other" in text(sally, PRICES)


def test_groups_assortments_and_territories_are_written_down(cast: Cast, sally: Client) -> None:
    sally.post(f"{PRICES}groups/", {"name": "Gift shops", "companies": "Cornershop, Eastwick"})
    group = CustomerGroup.objects.get()
    assert "Cornershop, Eastwick" in text(sally, f"{PRICES}groups/")
    sally.post(f"{PRICES}groups/{group.pk}/", {"seen": "1", "name": "Gifts", "companies": "cornershop"})
    assert "Gifts" in text(sally, f"{PRICES}groups/{group.pk}/")
    sally.post(
        f"{PRICES}assortments/", {"name": "Few", "kind": "reserved", "codes": "85123A", "groups": [str(group.pk)]}
    )
    assortment = Assortment.objects.get()
    assert "85123A" in text(sally, f"{PRICES}assortments/{assortment.pk}/")
    sally.post(f"{PRICES}territories/", {"code": "", "countries": "GB, IE", "is_seen_elsewhere": "on"})
    assert (territory := Territory.objects.get()).countries == ["GB", "IE"]
    assert territory.is_seen_elsewhere
    for part in ("groups/", "assortments/", "territories/", f"assortments/{assortment.pk}/"):
        assert_sound(sally.get(f"{PRICES}{part}"))
    sally.post(f"{PRICES}assortments/{assortment.pk}/removal/")
    assert not Assortment.objects.exists()
    assert sally.post(f"{PRICES}groups/", {"name": "X", "companies": "nobody"}).status_code == 422


def test_a_seller_looks_as_a_customer_does(cast: Cast, sally: Client) -> None:
    in_force(cast, fixed(cast.mug, 1, 240), name="Corner's")
    set_territory(cast.northfield, cast.plate.code, ["DE"], actor=actor_of(cast.sally))
    assert_sound(sally.get(f"{PRICES}preview/?customer=cornershop"))
    shown = text(sally, f"{PRICES}preview/?customer=cornershop")
    assert "£2.40" in shown
    assert "Why this price" in shown
    assert "White dinner plate" not in shown
    assert "<tbody>" not in text(sally, f"{PRICES}preview/?customer=eastwick"), "no customer of Northfield's"


def test_prices_behind_the_login_are_a_tick(cast: Cast, sally: Client) -> None:
    sally.post(f"{PRICES}login/", {})
    assert SellerTerms.objects.get(company=cast.northfield).prices_need_login is False
    sally.post(f"{PRICES}login/", {"need_login": "1"})
    assert SellerTerms.objects.get(company=cast.northfield).prices_need_login is True


@pytest.mark.parametrize("who", ["wes", "rita"])
def test_who_may_not_edit_prices_does_not_see_them_either(cast: Cast, client: Client, who: str) -> None:
    price_list = draft_list(cast)
    client.force_login(getattr(cast, who))
    for part in ("", f"{price_list.pk}/", "groups/", "preview/?customer=cornershop"):
        response: Any = client.get(f"{PRICES}{part}")
        assert response.status_code == 403
        assert "Trade" not in response.content.decode()


def test_who_sells_nothing_has_no_price_lists(cast: Cast, bea: Client) -> None:
    assert bea.get("/c/cornershop/prices/").status_code == 404
