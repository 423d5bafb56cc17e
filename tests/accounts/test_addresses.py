"""A company's address book: who keeps it, what it takes, and what stands there in every case."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.accounts.addresses.actions import (
    AddressDraft,
    correct_address,
    keep_address,
    prefer_address,
    remove_address,
)
from backend.accounts.addresses.models import Use
from backend.accounts.addresses.queries import address_book
from backend.accounts.models import Address, Company, User
from backend.accounts.roles import Role
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, employ, make_person
from tests.live import assert_live

PAGE = "/c/cornershop/addresses/"
HTMX = {"HX-Request": "true"}
LEEDS = AddressDraft("Shop in Leeds", "Corner Shop", "1 High Street", "Leeds", "LS1 1AA", "GB", "Ann, 0113 4960000")
YORK = AddressDraft("Shop in York", "Corner Shop York", "4 Coppergate", "York", "YO1 9NR", "GB", note="Mondays shut")
TYPED = {"use": "delivery", "name": "Shop in Leeds", "recipient": "Corner Shop", "street": "1 High Street",
         "city": "Leeds", "postcode": "LS1 1AA", "country": "GB", "contact": "", "note": "Rings twice"}  # fmt: skip
Keep = Callable[..., Address]


@pytest.fixture
def keep(cast: Cast) -> Keep:
    actor = actor_of(cast.bea)

    def kept(draft: AddressDraft, use: Use = Use.DELIVERY, by: User | None = None) -> Address:
        return keep_address(cast.cornershop, draft, use=use, actor=actor_of(by) if by else actor)

    return kept


def book_of(company: Company) -> list[tuple[str, bool]]:
    with acting_for(company.pk):
        return [(each.name, each.is_default) for each in address_book(company.pk).delivery]


# --- What stands in it -----------------------------------------------------------------------------------------------
def test_the_first_one_of_each_use_is_chosen_by_itself(cast: Cast, keep: Keep) -> None:
    keep(LEEDS), keep(YORK), keep(replace(LEEDS, name="Accounts"), Use.BILLING)
    assert book_of(cast.cornershop) == [("Shop in Leeds", True), ("Shop in York", False)]
    assert Address.objects.get(use=Use.BILLING).is_default
    told = Event.objects.filter(kind=Kind.ACCOUNTS_ADDRESS_KEPT).latest("pk")
    assert (told.subject, set(told.data)) == (f"company:{cast.cornershop.pk}", {"address"})


def test_sent_twice_it_stands_there_once(cast: Cast, keep: Keep) -> None:
    assert keep(LEEDS) == keep(replace(LEEDS, city="  Leeds "))
    assert Event.objects.filter(kind=Kind.ACCOUNTS_ADDRESS_KEPT).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_keep_the_first_one_at_once_one_is_first(cast: Cast, keep: Keep, at_once: AtOnce) -> None:
    assert not any(isinstance(each, Exception) for each in at_once([lambda: keep(LEEDS), lambda: keep(YORK)]))
    assert sorted(each for _name, each in book_of(cast.cornershop)) == [False, True]


@pytest.mark.parametrize(
    ("draft", "field", "said"),
    [
        (replace(LEEDS, street=" "), "street", "1 to 120 characters"),
        (replace(LEEDS, postcode="1" * 13), "postcode", "these are 13"),
        (replace(LEEDS, note="\x07"), "note", "visible"),
        (replace(LEEDS, country="XX"), "country", "“XX” is not a country"),
        (replace(YORK, name="shop in leeds"), "name", "another address “shop in leeds”"),
    ],
)
def test_what_it_does_not_take_is_said_beside_the_field(
    cast: Cast, keep: Keep, draft: AddressDraft, field: str, said: str
) -> None:
    keep(LEEDS)
    with pytest.raises(Refused, match=said) as no:
        keep(draft)
    assert no.value.field == field


def test_who_corrects_what_somebody_else_has_changed_is_told(cast: Cast, keep: Keep) -> None:
    address, moved = keep(LEEDS), replace(LEEDS, street="2 High Street")
    for _twice in range(2):
        assert correct_address(address, moved, seen=1, actor=actor_of(cast.bea)).version == 2
    with pytest.raises(Conflict, match="changed “Shop in Leeds” meanwhile"):
        correct_address(address, YORK, seen=1, actor=actor_of(cast.carl))


def test_where_the_chosen_one_goes_the_oldest_takes_its_place(cast: Cast, keep: Keep) -> None:
    first, second, actor = keep(LEEDS), keep(YORK), actor_of(cast.bea)
    for _twice in range(2):
        prefer_address(second, actor=actor)
    assert book_of(cast.cornershop)[0] == ("Shop in York", True)
    for _twice in range(2):
        remove_address(second, actor=actor)
    assert book_of(cast.cornershop) == [("Shop in Leeds", True)]
    with pytest.raises(Conflict, match="taken out"):
        prefer_address(second, actor=actor)
    remove_address(first, actor=actor)
    assert book_of(cast.cornershop) == []


def test_who_only_approves_or_looks_on_keeps_nothing(cast: Cast, keep: Keep) -> None:
    address = keep(LEEDS)
    ann = make_person("ann@cornershop.example")
    employ(ann, cast.cornershop, Role.APPROVER)
    for act in (prefer_address, remove_address):
        with pytest.raises(NotAllowed):
            act(address, actor=actor_of(ann))
    with pytest.raises(NotAllowed):
        keep(YORK, by=ann)
    with pytest.raises(NotAllowed):
        correct_address(address, YORK, seen=1, actor=actor_of(cast.otto))


# --- Its pages -------------------------------------------------------------------------------------------------------
def test_an_address_is_kept_corrected_chosen_and_removed_on_its_page(
    cast: Cast, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(cast.bea)
    assert client.post(PAGE, TYPED)["Location"] == PAGE
    assert "Shop in York" in client.post(PAGE, {**TYPED, "name": "Shop in York"}, headers=HTMX).content.decode()
    with django_assert_max_num_queries(6):
        page = client.get(PAGE).content.decode()
    assert all(each in page for each in ("Rings twice", "United Kingdom"))
    assert page.count(">Default<") == 1
    first, second = Address.objects.order_by("pk")
    edited = client.post(f"{PAGE}{first.pk}/", {**TYPED, "city": "", "seen": "1"})
    assert (edited.status_code, "required" in edited.content.decode()) == (422, True)
    assert client.post(f"{PAGE}{first.pk}/", {**TYPED, "city": "Hull", "seen": "1"}).status_code == 303
    late = client.post(f"{PAGE}{first.pk}/", {**TYPED, "city": "Ripon", "seen": "1"})
    assert late.status_code == 409
    assert all(each in late.content.decode() for each in ("Hull", 'value="Ripon"')), "both stand there"
    client.post(f"{PAGE}{second.pk}/preference/")
    client.post(f"{PAGE}{first.pk}/removal/")
    assert [each.name for each in Address.objects.all()] == ["Shop in York"]


def test_a_refused_address_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    page = client.post(PAGE, {**TYPED, "country": "XX", "note": "<b>Ring"}, headers=HTMX)
    assert page.status_code == 422
    assert "&lt;b&gt;Ring" in page.content.decode()


def test_colleagues_see_it_live_and_may_not_change_it(cast: Cast, client: Client) -> None:
    ann = make_person("ann@cornershop.example")
    employ(ann, cast.cornershop, Role.READ_ONLY)
    client.force_login(ann)
    assert "address-form" not in client.get(PAGE).content.decode()
    assert client.post(PAGE, TYPED).status_code == 403
    with assert_live(client, PAGE):
        keep_address(cast.cornershop, LEEDS, use=Use.DELIVERY, actor=actor_of(cast.bea))
