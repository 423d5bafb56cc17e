import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tests.accounts.passkey import Passkey
from tests.cast import Cast, set_password

ADD, LOGIN = "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/login/"
JSON = {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}


@pytest.fixture
def nora(cast: Cast, client: Client) -> Client:
    """Nora's browser, in which she has just typed her password once more."""
    password = set_password(cast.nora)
    client.force_login(cast.nora)
    client.post("/accounts/reauthenticate/", {"password": password})
    return client


def register(browser: Client, key: Passkey) -> None:
    options: dict[str, Any] = browser.get(ADD).context["js_data"]["creation_options"]
    answer = json.dumps(key.register(json.loads(json.dumps(options, default=str))))
    response = browser.post(ADD, {"name": "Phone", "passwordless": "on", "credential": answer})
    assert response.status_code == 302


def log_in(browser: Client, key: Passkey) -> str:
    options = browser.get(LOGIN, headers=JSON).json()["request_options"]
    return str(browser.post(LOGIN, {"credential": json.dumps(key.sign(options))})["Location"])


def test_a_passkey_logs_in_without_a_password(cast: Cast, nora: Client) -> None:
    key = Passkey()
    register(nora, key)
    browser = Client()
    assert log_in(browser, key) == "/accounts/start/"
    assert browser.get("/c/northfield/members/").status_code == 200


def test_the_challenge_is_for_this_site_and_asks_for_the_person(db: None, client: Client) -> None:
    options = client.get(LOGIN, headers=JSON).json()["request_options"]["publicKey"]
    assert (options["rpId"], options["userVerification"]) == ("testserver", "required")


def test_an_answer_counts_for_one_challenge_only(nora: Client) -> None:
    key = Passkey()
    register(nora, key)
    browser = Client()
    old = key.sign(browser.get(LOGIN, headers=JSON).json()["request_options"])
    browser.get(LOGIN, headers=JSON)
    assert browser.post(LOGIN, {"credential": json.dumps(old)})["Location"] == "/accounts/login/"
    assert browser.get("/c/northfield/members/").status_code == 302


def test_another_key_does_not_open_the_account(nora: Client) -> None:
    key, forged = Passkey(), Passkey()
    register(nora, key)
    forged.id, forged.user_handle = key.id, key.user_handle
    browser = Client()
    assert log_in(browser, forged) == "/accounts/login/"


@pytest.mark.parametrize("nonsense", ["", "{}", "null", "[]", "not json", '{"response": {"userHandle": "Jw"}}'])
def test_nonsense_instead_of_a_key_opens_nothing(db: None, client: Client, nonsense: str) -> None:
    client.get(LOGIN, headers=JSON)
    assert client.post(LOGIN, {"credential": nonsense})["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session


def test_a_passkey_is_the_second_step_after_a_password(cast: Cast, nora: Client) -> None:
    key = Passkey()
    register(nora, key)
    browser = Client()
    password = {"login": cast.nora.email, "password": set_password(cast.nora)}
    assert browser.post("/accounts/login/", password)["Location"] == "/accounts/2fa/authenticate/"
    options = browser.get("/accounts/2fa/authenticate/").context["js_data"]["request_options"]
    answer = json.dumps(key.sign(json.loads(json.dumps(options))))
    assert browser.post("/accounts/2fa/authenticate/", {"credential": answer}).status_code == 302
    assert browser.get("/c/northfield/members/").status_code == 200


def test_a_lost_passkey_is_removed_and_opens_nothing_more(nora: Client) -> None:
    key = Passkey()
    register(nora, key)
    stored = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    nora.post(f"/accounts/2fa/webauthn/keys/{stored.pk}/remove/")
    assert log_in(Client(), key) == "/accounts/login/"


def test_the_password_is_asked_again_before_a_passkey_is_added(cast: Cast, client: Client) -> None:
    set_password(cast.nora)
    client.force_login(cast.nora)
    assert client.get(ADD)["Location"].startswith("/accounts/reauthenticate/")
