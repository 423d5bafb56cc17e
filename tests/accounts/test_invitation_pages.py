import re

import pytest
from django.core import mail
from django.test import Client

from backend.accounts.invitations.actions import invite_person, withdraw_invitation
from backend.accounts.models import Invitation, Membership, User
from backend.accounts.roles import Role
from tests.accounts.markup import assert_sound
from tests.cast import PASSWORD, Cast, actor_of, make_person, set_password

EMAIL = "pia@people.example"


@pytest.fixture
def invitation(cast: Cast) -> Invitation:
    return invite_person(cast.northfield, email=EMAIL, role=Role.SALES, language="en", actor=actor_of(cast.nora))


@pytest.fixture
def page(invitation: Invitation) -> str:
    return f"/accounts/invitations/{invitation.token}/"


def link_in_mail() -> str:
    found = re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_the_page_is_the_same_whether_or_not_there_is_an_account(client: Client, page: str) -> None:
    before = client.get(page)
    assert_sound(before)
    make_person(EMAIL)
    assert shown(Client().get(page).content.decode()) == shown(before.content.decode())
    assert EMAIL not in before.content.decode()


def shown(text: str) -> str:
    return re.search(r"<main.*</main>", text, re.DOTALL)[0]  # type: ignore[index]


def test_who_has_an_account_logs_in_and_accepts(cast: Cast, client: Client, page: str) -> None:
    pia = make_person(EMAIL)
    set_password(pia)
    response = client.post(f"/accounts/login/?next={page}", {"login": EMAIL, "password": PASSWORD})
    assert response["Location"] == page
    assert "Accept" in client.get(page).content.decode()
    response = client.post(f"{page}acceptance/")
    assert (response.status_code, response["Location"]) == (303, "/c/northfield/inventory/")
    assert client.post(f"{page}acceptance/").status_code == 303, "sent twice it changes nothing"
    assert client.get(page)["Location"] == "/c/northfield/"


def test_who_has_none_signs_up_confirms_and_is_in(cast: Cast, client: Client, page: str) -> None:
    assert_sound(client.get(f"{page}signup/"))
    response = client.post(f"{page}signup/", {"email": "other@evil.example", "password1": PASSWORD})
    assert response["Location"] == "/accounts/confirm-email/"
    assert mail.outbox[-1].to == [EMAIL], "the address is the invited one, whatever was sent"
    pia = User.objects.get(email=EMAIL)
    assert not pia.memberships.exists(), "nobody is in before they have confirmed"
    Client().post(link_in_mail())
    assert pia.memberships.get().company == cast.northfield
    login = {"login": EMAIL, "password": PASSWORD}
    response = Client().post("/accounts/login/", login, follow=True)
    assert response.redirect_chain[-1] == ("/c/northfield/inventory/", 303)


def test_a_sign_up_for_a_known_address_answers_the_same(cast: Cast, client: Client, page: str) -> None:
    make_person(EMAIL)
    response = client.post(f"{page}signup/", {"email": EMAIL, "password1": PASSWORD})
    assert response["Location"] == "/accounts/confirm-email/"
    assert "already exists" in str(mail.outbox[-1].body)
    assert not Membership.objects.filter(user__email=EMAIL).exists()


def test_a_place_withdrawn_before_the_confirmation_is_gone(cast: Cast, client: Client, page: str) -> None:
    client.post(f"{page}signup/", {"email": EMAIL, "password1": PASSWORD})
    withdraw_invitation(Invitation.objects.get(), actor=actor_of(cast.nora))
    assert client.post(link_in_mail()).status_code == 302
    assert not Membership.objects.filter(user__email=EMAIL).exists()


def test_a_bad_password_stays_on_the_page(cast: Cast, client: Client, page: str) -> None:
    response = client.post(f"{page}signup/", {"email": EMAIL, "password1": "short"})
    assert response.status_code == 422
    assert_sound(response)
    assert not User.objects.filter(email=EMAIL).exists()


def test_somebody_else_is_told_so_and_let_in_nowhere(cast: Cast, client: Client, page: str) -> None:
    client.force_login(cast.bea)
    text = client.get(page).content.decode()
    assert "another address than yours" in text
    assert EMAIL not in text
    assert client.post(f"{page}acceptance/").status_code == 403
    assert not cast.bea.memberships.filter(company=cast.northfield).exists()


@pytest.mark.parametrize("path", ["no-such-token/", "1.AAAA/", "no-such-token/signup/"])
def test_a_link_that_opens_nothing_says_so(db: None, client: Client, path: str) -> None:
    response = client.get(f"/accounts/invitations/{path}")
    assert response.status_code == 404
    assert_sound(response)


def test_an_open_invitation_waits_among_ones_companies(cast: Cast, client: Client, invitation: Invitation) -> None:
    client.force_login(make_person(EMAIL))
    response = client.get("/accounts/start/", follow=True)
    assert_sound(response)
    assert f"/accounts/invitations/{invitation.token}/acceptance/" in response.content.decode()


def test_another_companys_invitations_do_not_exist(cast: Cast, client: Client, invitation: Invitation) -> None:
    client.force_login(cast.otto)
    for verb in ("letter", "withdrawal"):
        assert client.post(f"/c/eastwick/invitations/{invitation.pk}/{verb}/").status_code == 404
