import re

import pytest
from django.core import mail
from django.test import Client

from backend.accounts.models import Company, User
from backend.accounts.states import CompanyStatus
from tests.accounts.markup import assert_sound
from tests.cast import PASSWORD, Cast

PAGE = "/accounts/signup/"
FRED = {
    "email": "Fred@Fields.example",
    "password1": PASSWORD,
    "company_name": "Fred's Fields",
    "kind": "retailer",
    "country": "IE",
}
LOGIN = {"login": "fred@fields.example", "password": PASSWORD}


def link_in_mail() -> str:
    found = re.search(r"http://testserver(/accounts/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_the_page_asks_for_a_person_and_their_company(db: None, client: Client) -> None:
    response = client.get(PAGE)
    assert_sound(response)
    assert '<option value="GB">United Kingdom</option>' in response.content.decode()


def test_the_home_pages_links_say_which_kind_of_company_it_is(db: None, client: Client) -> None:
    assert '<option value="manufacturer" selected>' in client.get(f"{PAGE}?kind=manufacturer").content.decode()
    assert_sound(client.get(f"{PAGE}?kind=platform"))


def test_its_countries_are_named_in_the_readers_language(db: None, client: Client) -> None:
    response = client.get(PAGE, headers={"Accept-Language": "ar"})
    assert '<option value="DE">ألمانيا</option>' in response.content.decode()


def test_from_sign_up_to_the_first_screen(cast: Cast, client: Client) -> None:
    response = client.post(PAGE, FRED)
    assert response["Location"] == "/accounts/confirm-email/"
    assert_sound(client.get("/accounts/confirm-email/"))
    assert mail.outbox[0].to == ["fred@fields.example"]

    assert client.get("/accounts/companies/").status_code == 302, "nobody acts before they have confirmed"
    assert client.post("/accounts/login/", LOGIN)["Location"] == "/accounts/confirm-email/"

    confirmation = link_in_mail()
    assert_sound(client.get(confirmation))
    assert client.post(confirmation).status_code == 302
    response = client.post("/accounts/login/", LOGIN, follow=True)
    assert response.redirect_chain[-1] == ("/c/freds-fields/catalogue/", 303)


def test_the_company_is_there_at_once_with_its_owner(cast: Cast, client: Client) -> None:
    client.post(PAGE, FRED, headers={"Accept-Language": "ar"})
    company = Company.objects.get(slug="freds-fields")
    owner = company.memberships.get().user
    assert (company.name, company.country, company.status) == ("Fred's Fields", "IE", CompanyStatus.APPROVED)
    assert (owner.email, owner.language) == ("fred@fields.example", "ar")
    assert owner.check_password(PASSWORD)


def test_who_sells_waits_for_an_operator(cast: Cast, client: Client) -> None:
    client.post(PAGE, FRED | {"kind": "manufacturer"})
    assert Company.objects.get(slug="freds-fields") in Company.objects.waiting_for_approval()


def test_an_address_that_is_known_gets_the_same_answer_and_a_mail_that_says_so(cast: Cast, client: Client) -> None:
    people, companies = User.objects.count(), Company.objects.count()
    response = client.post(PAGE, FRED | {"email": cast.nora.email})
    assert response["Location"] == "/accounts/confirm-email/"
    assert [letter.to for letter in mail.outbox] == [[cast.nora.email]]
    assert "already exists" in str(mail.outbox[0].body)
    assert (User.objects.count(), Company.objects.count()) == (people, companies)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("email", "no address", "valid email"),
        ("email", "", "required"),
        ("password1", "short", "at least 10 characters"),
        ("password1", "password1234", "too common"),
        ("password1", "fred@fields.example", "too similar"),
        ("company_name", "", "required"),
        ("company_name", "B", "2 to 120 characters"),
        ("company_name", "x" * 121, "at most 120"),
        ("kind", "platform", "platform is not one of the available choices"),
        ("kind", "", "Choose one: it is required."),
        ("country", "EU", "EU is not one of the available choices"),
        ("country", "", "required"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    cast: Cast, client: Client, field: str, value: str, says: str
) -> None:
    people, companies = User.objects.count(), Company.objects.count()
    response = client.post(PAGE, FRED | {field: value})
    text = response.content.decode()
    assert response.status_code == 422
    assert says in text
    assert PASSWORD not in text
    assert (User.objects.count(), Company.objects.count()) == (people, companies)
    assert mail.outbox == []
    assert_sound(response)


def test_what_was_typed_stays(cast: Cast, client: Client) -> None:
    text = client.post(PAGE, FRED | {"password1": "short"}).content.decode()
    assert 'value="Fred@Fields.example"' in text
    assert "Fred&#x27;s Fields" in text
    assert '<option value="IE" selected>' in text
