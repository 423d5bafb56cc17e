"""The header says who reads and where they are; what is kept of it is shown to nobody else."""

import re

from django.test import Client

from backend.accounts.models import Company
from backend.accounts.roles import Role
from tests.cast import Cast, employ

NEXT = re.compile(r'name="next" value="([^"]*)"')
CURRENT = re.compile(r'aria-current="page">([^<]+)<')


def here(client: Client, path: str) -> list[str]:
    return [name.strip() for name in CURRENT.findall(client.get(path).text)]


def test_a_page_of_a_single_thing_stands_where_its_list_does(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    assert here(client, "/c/northfield/products/")[0] == "Products"
    assert here(client, f"/c/northfield/products/{cast.mug.product_id}/")[0] == "Products"
    assert here(client, f"/c/northfield/inventory/skus/{cast.mug.pk}/")[0] == "Stock"
    assert here(client, "/c/northfield/inventory/receipts/new/")[0] == "Receive goods"


def test_a_companys_name_may_have_digits_in_its_address(cast: Cast, client: Client) -> None:
    Company.objects.filter(pk=cast.northfield.pk).update(slug="northfield-1868")
    client.force_login(cast.nora)
    assert here(client, "/c/northfield-1868/products/")[0] == "Products"


def test_two_readers_of_one_page_each_see_their_own_companies_and_tabs(cast: Cast, client: Client) -> None:
    employ(cast.wes, cast.cornershop, Role.BUYER)
    seen = {}
    for user in (cast.nora, cast.wes, cast.rita):
        client.force_login(user)
        seen[user.name] = client.get("/c/northfield/members/").text
        assert user.email in seen[user.name]
    assert ["Cornershop" in seen[name] for name in ("Nora", "Wes", "Rita")] == [False, True, False]
    assert ["/c/northfield/credit/" in seen[name] for name in ("Nora", "Wes", "Rita")] == [True, False, False]


def test_each_page_has_a_token_of_its_own(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    tokens = [
        set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/c/northfield/members/").text))
        for _ in range(2)
    ]
    assert all(len(token) == 1 for token in tokens)
    assert tokens[0] != tokens[1]


def test_two_pages_of_one_place_each_say_where_they_are(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    for path in ("/c/northfield/products/", "/c/northfield/products/?q=%22%3E%3Cb%3E&status=draft"):
        assert NEXT.findall(client.get(path).text) == [path.replace("&", "&amp;")]
