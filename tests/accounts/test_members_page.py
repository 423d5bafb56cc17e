import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.accounts.actions import change_role
from backend.accounts.custom_roles.actions import make_role
from backend.accounts.models import Invitation, Membership, User
from backend.accounts.roles import Role
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of

PAGE = "/c/northfield/members/"
INVITE = "/c/northfield/invitations/"
WHO = 2  # the session, and the person with where they may act
HTMX = {"HX-Request": "true"}


def enter(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def membership_of(user: User) -> Membership:
    return user.memberships.select_related("company").get()


def test_an_owner_sees_everybody_and_what_can_be_changed(cast: Cast, client: Client) -> None:
    response = enter(client, cast.nora).get(PAGE)
    assert_sound(response)
    text = response.content.decode()
    assert all(name in text for name in ("Nora", "Max", "Wes", "Sally", "Rita", "rita@northfield.example"))
    assert f"/members/{membership_of(cast.rita).pk}/role/" in text
    assert f"/members/{membership_of(cast.nora).pk}/role/" not in text, "the last owner is fixed"


def test_others_see_who_is_there_and_nothing_to_change(cast: Cast, client: Client) -> None:
    response = enter(client, cast.wes).get(PAGE)
    assert "Sally" in response.content.decode()
    assert "<select" not in response.content.decode()


def test_an_owner_invites_somebody(cast: Cast, client: Client) -> None:
    response = enter(client, cast.nora).post(INVITE, {"email": "pia@people.example", "role": "sales"})
    assert (response.status_code, response["Location"]) == (303, PAGE)
    text = client.get(PAGE).content.decode()
    assert "pia@people.example" in text
    assert f"/invitations/{Invitation.objects.get().pk}/letter/" in text


def test_with_htmx_the_list_comes_back_with_the_invitation_and_an_empty_form(cast: Cast, client: Client) -> None:
    response = enter(client, cast.nora).post(INVITE, {"email": "pia@people.example", "role": "sales"}, headers=HTMX)
    text = response.content.decode()
    assert response.status_code == 200
    assert f'id="invitation-{Invitation.objects.get().pk}"' in text
    assert "<html" not in text
    assert 'value="pia@people.example"' not in text


def test_the_page_says_the_same_of_an_address_with_an_account_and_of_one_without(cast: Cast, client: Client) -> None:
    enter(client, cast.nora)
    answers = []
    for email in (cast.bea.email, "nobody@nowhere.example"):
        response = client.post(INVITE, {"email": email, "role": "sales"}, headers=HTMX)
        answers.append((response.status_code, email in response.content.decode()))
    assert answers == [(200, True), (200, True)]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_was_typed_stays_beside_what_was_wrong_with_it(
    cast: Cast, client: Client, headers: dict[str, str]
) -> None:
    response = enter(client, cast.nora).post(INVITE, {"email": cast.rita.email, "role": "sales"}, headers=headers)
    text = response.content.decode()
    assert response.status_code == 422
    assert "Rita is already here as Read-only" in text
    assert f'value="{cast.rita.email}"' in text


@pytest.mark.parametrize(
    "data",
    [{}, {"email": "no address", "role": "sales"}, {"email": "a@b.example", "role": "emperor"}, {"email": "a\x00@b.c"}],
)
def test_nonsense_is_refused_before_any_rule(cast: Cast, client: Client, data: dict[str, str]) -> None:
    assert enter(client, cast.nora).post(INVITE, data).status_code == 422
    assert not Invitation.objects.exists()


def test_who_may_not_manage_is_refused_even_with_a_form_made_by_hand(cast: Cast, client: Client) -> None:
    enter(client, cast.max)
    rita = membership_of(cast.rita)
    assert client.post(INVITE, {"email": cast.bea.email, "role": "sales"}).status_code == 403
    assert client.post(f"{PAGE}{rita.pk}/role/", {"role": "manager"}).status_code == 403
    assert client.post(f"{PAGE}{rita.pk}/removal/").status_code == 403
    assert membership_of(cast.rita).role == Role.READ_ONLY


def test_an_invitation_is_withdrawn_from_the_list(cast: Cast, client: Client) -> None:
    enter(client, cast.nora).post(INVITE, {"email": "pia@people.example", "role": "sales"})
    path = f"{INVITE}{Invitation.objects.get().pk}"
    assert client.post(f"{path}/letter/", headers=HTMX).status_code == 422, "it was sent just now"
    assert client.post(f"{path}/withdrawal/", headers=HTMX).status_code == 200
    assert "pia@people.example" not in client.get(PAGE).content.decode()


def test_the_page_costs_a_fixed_number_of_queries(
    cast: Cast, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    enter(client, cast.nora)
    role = make_role(cast.northfield, name="Packer", permissions=["inventory.view"], actor=actor_of(cast.nora))
    change_role(membership_of(cast.rita), role.key, actor=actor_of(cast.nora))
    client.post(INVITE, {"email": "pia@people.example", "role": role.key})
    client.post(INVITE, {"email": "paul@people.example", "role": "sales"})
    with django_assert_num_queries(4 + WHO):
        assert client.get(PAGE).status_code == 200


def test_a_role_is_changed_in_the_list(cast: Cast, client: Client) -> None:
    rita = membership_of(cast.rita)
    response = enter(client, cast.nora).post(f"{PAGE}{rita.pk}/role/", {"role": "warehouse"}, headers=HTMX)
    assert response.status_code == 200
    assert '<option value="warehouse" selected' in response.content.decode()
    assert membership_of(cast.rita).role == Role.WAREHOUSE


def test_a_role_that_does_not_exist_is_refused_with_those_that_do(cast: Cast, client: Client) -> None:
    rita = membership_of(cast.rita)
    response = enter(client, cast.nora).post(f"{PAGE}{rita.pk}/role/", {"role": "operator"}, headers=HTMX)
    assert response.status_code == 422
    assert "Owner, Manager, Sales, Warehouse, Finance, Read-only" in response.content.decode()


def test_a_member_of_another_company_does_not_exist_here(cast: Cast, client: Client) -> None:
    otto = membership_of(cast.otto)
    enter(client, cast.nora)
    assert client.post(f"{PAGE}{otto.pk}/role/", {"role": "sales"}).status_code == 404
    assert client.post(f"{PAGE}{otto.pk}/removal/").status_code == 404
    assert membership_of(cast.otto).role == Role.OWNER


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_member_is_removed(cast: Cast, client: Client, headers: dict[str, str]) -> None:
    rita = membership_of(cast.rita)
    response = enter(client, cast.nora).post(f"{PAGE}{rita.pk}/removal/", headers=headers)
    assert response.status_code == (200 if headers else 303)
    assert f'id="member-{rita.pk}"' not in response.content.decode()
    assert not cast.rita.memberships.exists()


def test_the_last_owner_stays_and_the_page_says_why(cast: Cast, client: Client) -> None:
    response = enter(client, cast.nora).post(f"{PAGE}{membership_of(cast.nora).pk}/removal/")
    assert response.status_code == 422
    assert "Nora is the last owner of Northfield" in response.content.decode()


def test_an_owner_who_steps_back_sees_the_list_without_its_forms(cast: Cast, client: Client) -> None:
    change_role(membership_of(cast.max), Role.OWNER, actor=actor_of(cast.nora))
    enter(client, cast.nora)
    response = client.post(f"{PAGE}{membership_of(cast.nora).pk}/role/", {"role": "manager"}, headers=HTMX)
    assert response.status_code == 200
    assert "<select" not in response.content.decode()


def test_an_owner_who_leaves_is_led_away(cast: Cast, client: Client) -> None:
    change_role(membership_of(cast.max), Role.OWNER, actor=actor_of(cast.nora))
    enter(client, cast.nora)
    response = client.post(f"{PAGE}{membership_of(cast.nora).pk}/removal/", headers=HTMX)
    assert response["HX-Redirect"] == "/accounts/start/"
    assert client.get(PAGE).status_code == 404
