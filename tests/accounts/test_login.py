import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import BACKEND_SESSION_KEY
from django.core import mail
from django.test import Client

from tests.accounts.markup import assert_sound
from tests.cast import Cast, set_password

PAGE = "/accounts/login/"


@pytest.fixture
def nora(cast: Cast) -> dict[str, str]:
    """What Nora types to log in."""
    return {"login": cast.nora.email, "password": set_password(cast.nora)}


def test_the_password_opens_the_first_screen(nora: dict[str, str], client: Client) -> None:
    response = client.post(PAGE, nora)
    assert response["Location"] == "/accounts/start/"
    assert client.get("/accounts/start/")["Location"] == "/c/northfield/inventory/"


def test_the_address_may_be_typed_in_capitals(nora: dict[str, str], client: Client) -> None:
    assert client.post(PAGE, nora | {"login": nora["login"].upper()}).status_code == 302


def test_one_comes_back_to_where_one_was_and_never_to_another_site(nora: dict[str, str], client: Client) -> None:
    assert client.post(PAGE, nora | {"next": "/c/northfield/members/"})["Location"] == "/c/northfield/members/"
    client.logout()
    assert client.post(PAGE, nora | {"next": "https://elsewhere.example/"})["Location"] == "/accounts/start/"


@pytest.mark.parametrize("wrong", [{"password": "not the password"}, {"login": "nobody@people.example"}])
def test_a_wrong_login_says_the_same_whoever_it_was(
    nora: dict[str, str], client: Client, wrong: dict[str, str]
) -> None:
    response = client.post(PAGE, nora | wrong)
    assert "The email address and/or password you specified are not correct" in response.content.decode()
    assert_sound(response)


def test_guessing_is_stopped_even_for_the_right_password(nora: dict[str, str], client: Client) -> None:
    for _ in range(5):
        client.post(PAGE, nora | {"password": "not the password"})
    response = client.post(PAGE, nora)
    assert "Too many failed login attempts" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_too_many_tries_of_whatever_kind_are_told_to_wait(nora: dict[str, str], client: Client) -> None:
    statuses = {client.post(PAGE, {"login": f"{n}@x.example", "password": "y"}).status_code for n in range(31)}
    assert 429 in statuses
    assert_sound(client.post(PAGE, nora))


def test_an_address_that_is_not_confirmed_gets_a_mail_instead(cast: Cast, nora: dict[str, str], client: Client) -> None:
    EmailAddress.objects.filter(user=cast.nora).update(verified=False)
    assert client.post(PAGE, nora)["Location"] == "/accounts/confirm-email/"
    assert len(mail.outbox) == 1


def test_who_is_closed_out_reads_so(cast: Cast, nora: dict[str, str], client: Client) -> None:
    cast.nora.is_active = False
    cast.nora.save()
    response = client.post(PAGE, nora, follow=True)
    assert "_auth_user_id" not in client.session
    assert_sound(response)


def test_the_persons_language_is_taken_up_on_a_device_that_has_none(
    cast: Cast, nora: dict[str, str], client: Client
) -> None:
    cast.nora.language = "ar"
    cast.nora.save()
    assert client.post(PAGE, nora).cookies["django_language"].value == "ar"


def test_a_device_that_has_chosen_keeps_its_language(cast: Cast, nora: dict[str, str], client: Client) -> None:
    cast.nora.language = "ar"
    cast.nora.save()
    client.cookies["django_language"] = "en"
    assert "django_language" not in client.post(PAGE, nora).cookies


def test_a_choice_of_language_is_kept_for_the_device_and_the_person(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    response = client.post("/language/", {"language": "ar", "next": "/accounts/companies/"})
    assert response["Location"] == "/accounts/companies/"
    assert response.cookies["django_language"].value == "ar"
    cast.bea.refresh_from_db()
    assert cast.bea.language == "ar"
    assert 'dir="rtl"' in client.get("/accounts/companies/").content.decode()


def test_a_language_that_we_do_not_speak_changes_nothing(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    client.post("/language/", {"language": "tlh"})
    cast.bea.refresh_from_db()
    assert cast.bea.language == ""


def test_logging_out_takes_a_post(nora: dict[str, str], client: Client) -> None:
    client.post(PAGE, nora)
    assert_sound(client.get("/accounts/logout/"))
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_a_form_of_before_another_login_is_refused_on_a_page_of_ours(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post(PAGE, {"login": "x@y.example", "password": "z"})
    assert response.status_code == 403
    assert_sound(response)


# --- A forgotten password ---------------------------------------------------------------------------------------------
def test_a_forgotten_password_is_replaced_through_a_link_that_counts_once(nora: dict[str, str], client: Client) -> None:
    response = client.post("/accounts/password/reset/", {"email": nora["login"]}, follow=True)
    assert_sound(response)
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert found
    form = client.get(found[1], follow=True)
    assert_sound(form)
    new = {"password1": "an-entirely-new-one", "password2": "an-entirely-new-one"}
    response = client.post(form.redirect_chain[-1][0], new)
    assert response.status_code == 302
    client.logout()
    assert client.post(PAGE, nora | {"password": "an-entirely-new-one"}).status_code == 302
    client.logout()
    response = client.get(found[1], follow=True)
    assert "This link counts no more" in response.content.decode()
    assert_sound(response)


def test_a_stranger_who_resets_learns_nothing(cast: Cast, client: Client) -> None:
    known = client.post("/accounts/password/reset/", {"email": cast.nora.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@people.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


# --- The second step --------------------------------------------------------------------------------------------------
def test_with_an_authenticator_app_the_password_is_not_enough(cast: Cast, nora: dict[str, str], client: Client) -> None:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(cast.nora, secret)
    assert client.post(PAGE, nora)["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/c/northfield/members/").status_code == 302
    assert_sound(client.get("/accounts/2fa/authenticate/"))

    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    assert client.get("/c/northfield/members/").status_code == 200


def test_a_recovery_code_opens_once(cast: Cast, nora: dict[str, str], client: Client) -> None:
    totp.TOTP.activate(cast.nora, totp.generate_totp_secret())
    code = RecoveryCodes.activate(cast.nora).generate_codes()[0]
    client.post(PAGE, nora)
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    client.logout()
    client.post(PAGE, nora)
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_login_that_names_another_backend_goes_on(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    session = client.session
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session.save()
    assert client.get("/c/northfield/members/").status_code == 200
