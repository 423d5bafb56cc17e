"""Every page of allauth that can be reached looks like ours and works under the security policy."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import get_resolver

from tests.accounts.markup import HasContent, assert_sound
from tests.accounts.passkey import Passkey
from tests.accounts.test_passkeys import register
from tests.cast import PASSWORD, Cast, set_password

ANYBODY = ["login/", "signup/", "password/reset/", "password/reset/done/", "inactive/", "confirm-email/"]
ANYBODY += ["confirm-email/no-such-key/", "password/reset/key/1-no-such-key/", "password/reset/key/done/"]
ONESELF = ["email/", "password/change/", "logout/", "companies/", "reauthenticate/", "2fa/"]
ONESELF += ["2fa/totp/activate/", "2fa/webauthn/", "2fa/webauthn/add/", "sessions/"]
WITH_SECOND_STEP = ["2fa/", "2fa/totp/deactivate/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/"]
WITH_SECOND_STEP += ["2fa/reauthenticate/", "2fa/webauthn/reauthenticate/"]
KEYS = ["2fa/webauthn/keys/{pk}/edit/", "2fa/webauthn/keys/{pk}/remove/"]
# They only redirect: there is a password already, no code was sent, nobody is in the second step, or it is a download.
NO_PAGES = ["password/set/", "login/code/confirm/", "2fa/authenticate/", "2fa/recovery-codes/download/", "start/"]
NO_PAGES += ["2fa/webauthn/login/", "sessions/{pk}/removal/", "sessions/others/removal/"]
# An invitation's pages: test_invitation_pages.py.
NO_PAGES += ["invitations/x/", "invitations/x/signup/", "invitations/x/acceptance/"]


def ours(response: HasContent) -> None:
    page = assert_sound(response)
    assert {"main", "find"} <= set(page.ids), "it stands in our frame"


@pytest.mark.parametrize("path", ANYBODY)
def test_what_anybody_can_reach(db: None, client: Client, path: str) -> None:
    ours(client.get(f"/accounts/{path}", follow=True))


@pytest.fixture
def nora(cast: Cast, client: Client) -> Client:
    """Nora's browser, in which she has just typed her password once more, as some of these pages want it."""
    password = set_password(cast.nora)
    client.force_login(cast.nora)
    client.post("/accounts/reauthenticate/", {"password": password})
    return client


@pytest.mark.parametrize("path", ONESELF)
def test_ones_own_account(nora: Client, path: str) -> None:
    response = nora.get(f"/accounts/{path}")
    assert response.status_code == 200
    ours(response)


@pytest.mark.parametrize("path", WITH_SECOND_STEP)
def test_the_second_step(cast: Cast, nora: Client, path: str) -> None:
    totp.TOTP.activate(cast.nora, totp.generate_totp_secret())
    RecoveryCodes.activate(cast.nora)
    register(nora, Passkey())
    response = nora.get(f"/accounts/{path}")
    assert response.status_code == 200
    ours(response)


@pytest.mark.parametrize("path", KEYS)
def test_a_passkey(nora: Client, path: str) -> None:
    register(nora, Passkey())
    stored = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    ours(nora.get("/accounts/" + path.format(pk=stored.pk)))


def test_mistakes_stay_on_our_pages(nora: Client) -> None:
    ours(nora.post("/accounts/password/change/", {"oldpassword": "x", "password1": "y", "password2": "z"}))
    ours(nora.post("/accounts/email/", {"action_add": "", "email": "no address"}))
    ours(nora.post("/accounts/2fa/totp/activate/", {"code": "1"}))


def test_a_new_address_waits_for_its_confirmation(cast: Cast, nora: Client) -> None:
    nora.post("/accounts/email/", {"action_add": "", "email": "nora@new.example"})
    response = nora.get("/accounts/email/")
    ours(response)
    assert "nora@new.example takes its place once it is confirmed" in response.content.decode()
    cast.nora.refresh_from_db()
    assert cast.nora.email == "nora@northfield.example"


def test_no_page_of_allauth_is_forgotten_here() -> None:
    listed = {*ANYBODY, *ONESELF, *WITH_SECOND_STEP, *KEYS, *NO_PAGES}
    known = {path.format(pk=1) for path in listed}
    routes = [route for route in every_route() if route.startswith("accounts/")]
    assert len(routes) > 20
    for route in routes:
        assert any(matches(route, path) for path in known), f"{route} is not tested here"


def matches(route: str, path: str) -> bool:
    match = get_resolver().resolve(f"/accounts/{path}")
    return match.route == route


def every_route() -> list[str]:
    found: list[str] = []

    def walk(patterns: object, prefix: str) -> None:
        for pattern in patterns:  # type: ignore[attr-defined]
            route = prefix + str(pattern.pattern).removeprefix("^")
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, route)
            else:
                found.append(route)

    walk(get_resolver().url_patterns, "")
    return found


def test_passwords_are_kept_as_argon2(cast: Cast) -> None:
    set_password(cast.nora)
    assert cast.nora.password.startswith("argon2$")
    assert PASSWORD not in cast.nora.password
