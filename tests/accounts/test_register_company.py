import threading

import pytest
from django.db import connection

from backend.accounts.actions import register_company
from backend.accounts.models import Company, CompanyKind, Membership, User
from backend.accounts.roles import ROLES_OF, Role
from backend.accounts.states import CompanyStatus
from backend.core.errors import Refused
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, make_person


@pytest.fixture
def fred(cast: Cast) -> User:
    return make_person("fred@fields.example")


def test_a_retailer_may_buy_at_once(fred: User) -> None:
    shop = register_company(fred, name="Fred's Fields", kind="retailer", country="IE")
    assert (shop.slug, shop.status, shop.country) == ("freds-fields", CompanyStatus.APPROVED, "IE")


@pytest.mark.parametrize("kind", ["manufacturer", "distributor"])
def test_who_sells_waits_for_an_operator(fred: User, kind: str) -> None:
    assert register_company(fred, name="Fields Ltd", kind=kind, country="GB").status == CompanyStatus.APPLIED


def test_the_person_becomes_its_owner(fred: User) -> None:
    company = register_company(fred, name="Fields Ltd", kind="retailer", country="GB")
    assert Membership.objects.get(company=company).role == Role.OWNER
    event = Event.objects.get()
    assert (event.kind, event.subject) == (Kind.ACCOUNTS_COMPANY_REGISTERED, f"company:{company.pk}")
    assert (event.version, event.actor_id, event.company_id) == (1, fred.pk, company.pk)


def test_sent_twice_it_opens_one_company(fred: User) -> None:
    first = register_company(fred, name="Fields Ltd", kind="retailer", country="GB")
    assert register_company(fred, name="  fields   LTD ", kind="retailer", country="GB") == first
    assert Event.objects.count() == 1


def test_two_people_may_name_their_companies_alike(fred: User, cast: Cast) -> None:
    second = register_company(fred, name="Northfield", kind="manufacturer", country="GB")
    assert second.name == cast.northfield.name
    assert second.slug != cast.northfield.slug
    assert second.slug.startswith("northfield-")


def test_sent_several_times_at_once_it_opens_one_company(transactional_db: None, fred: User) -> None:
    def register() -> None:
        try:
            register_company(fred, name="Fields Ltd", kind="retailer", country="GB")
        finally:
            connection.close()

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Company.objects.of_member(fred.pk).count() == 1
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "slug"), [("شركة النور", "company"), ("x" * 120, "x" * 54), ("a " * 60, "a-" * 26 + "a")]
)
def test_every_name_gets_an_address(fred: User, name: str, slug: str) -> None:
    company = register_company(fred, name=name, kind="retailer", country="EG")
    assert (company.name, company.slug) == (name.strip(), slug)


@pytest.mark.parametrize(
    ("name", "kind", "country", "field", "says"),
    [
        ("x", "retailer", "GB", "company_name", "2 to 120 characters"),
        ("  ", "retailer", "GB", "company_name", "this one has 0"),
        ("x" * 121, "retailer", "GB", "company_name", "this one has 121"),
        ("Fi\x00elds", "retailer", "GB", "company_name", "visible"),
        ("Fields", "platform", "GB", "kind", "Retailer, Manufacturer, Distributor"),
        ("Fields", "bank", "GB", "kind", "“bank”"),
        ("Fields", "retailer", "EU", "country", "“EU” is not a country"),
        ("Fields", "retailer", "gb", "country", "“gb” is not a country"),
        ("Fields", "retailer", "", "country", "such as GB"),
    ],
)
def test_what_is_refused_says_what_would_be_accepted(
    fred: User, name: str, kind: str, country: str, field: str, says: str
) -> None:
    companies = Company.objects.count()
    with pytest.raises(Refused, match=says) as refused:
        register_company(fred, name=name, kind=kind, country=country)
    assert refused.value.field == field
    assert Company.objects.count() == companies
    assert not Event.objects.exists()


def test_every_kind_of_company_has_its_roles() -> None:
    assert set(ROLES_OF) == set(CompanyKind.values)
    assert all(roles[0] == Role.OWNER for roles in ROLES_OF.values())
    assert all(Role.SYSTEM not in roles for roles in ROLES_OF.values())
    assert {kind for kind, roles in ROLES_OF.items() if Role.OPERATOR in roles} == {"platform"}
    assert {kind for kind, roles in ROLES_OF.items() if Role.BUYER in roles} == {"retailer", "distributor"}
