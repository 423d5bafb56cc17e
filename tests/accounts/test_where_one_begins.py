import pytest
from django.test import Client

from backend.accounts.models import Company
from backend.accounts.roles import Role
from tests.accounts.markup import assert_sound
from tests.cast import Cast, employ, make_person


@pytest.mark.parametrize(
    ("who", "screen"),
    [
        ("nora", "/c/northfield/inventory/"),
        ("bea", "/c/cornershop/catalogue/"),
        ("olga", "/c/platform/companies/"),
    ],
)
def test_who_acts_for_one_company_begins_at_its_first_screen(cast: Cast, client: Client, who: str, screen: str) -> None:
    user = getattr(cast, who)
    client.force_login(user)
    response = client.get("/accounts/start/")
    assert (response.status_code, response["Location"]) == (303, screen)
    assert client.get(f"/c/{user.memberships.get().company.slug}/")["Location"] == screen


def test_who_acts_for_several_chooses(cast: Cast, client: Client) -> None:
    employ(cast.bea, cast.northfield, Role.SALES)
    client.force_login(cast.bea)
    response = client.get("/accounts/start/", follow=True)
    page = assert_sound(response)
    assert {"/c/northfield/", "/c/cornershop/"} <= set(page.links)


def test_who_acts_for_none_reads_what_to_do_about_it(cast: Cast, client: Client) -> None:
    client.force_login(make_person("pia@people.example"))
    response = client.get("/accounts/start/", follow=True)
    assert "An owner of one can invite you as pia@people.example" in response.content.decode()


def test_another_company_is_opened_from_there(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    data = {"company_name": "Bea's Beads", "kind": "retailer", "country": "IE"}
    response = client.post("/accounts/companies/", data)
    assert (response.status_code, response["Location"]) == (303, "/c/beas-beads/catalogue/")
    assert Company.objects.of_member(cast.bea.pk).filter(slug="beas-beads", country="IE").exists()


def test_what_was_typed_stays_when_a_rule_says_no(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    response = client.post("/accounts/companies/", {"company_name": "B", "kind": "retailer", "country": "IE"})
    assert response.status_code == 422
    assert "2 to 120 characters" in response.content.decode()
    assert 'value="B"' in response.content.decode()
    assert_sound(response)
