import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from backend.accounts.models import AccessEpoch, Membership, User
from backend.accounts.protection.actions import require_second_step, waive_second_step
from backend.core.errors import NotAllowed, Refused
from backend.events.kinds import Kind
from backend.events.models import Event
from realtime.asking import grant_for
from tests.accounts.passkey import Passkey
from tests.accounts.test_passkeys import register
from tests.cast import PASSWORD, Cast, actor_of, set_password

PAGE = "/c/northfield/members/"
SET_UP = "/accounts/2fa/"


def protect(user: User) -> None:
    totp.TOTP.activate(user, totp.generate_totp_secret())


@pytest.fixture
def required(cast: Cast) -> None:
    """Nora has a second step, and requires one of everybody."""
    protect(cast.nora)
    require_second_step(cast.northfield, actor=actor_of(cast.nora))


def test_who_has_none_is_led_to_set_one_up_and_sees_nothing_of_the_company(
    cast: Cast, client: Client, required: None
) -> None:
    client.force_login(cast.wes)
    for path in (PAGE, "/c/northfield/inventory/", f"/c/northfield/inventory/skus/{cast.mug.pk}/"):
        assert client.get(path)["Location"] == SET_UP
    assert client.post(f"{PAGE}1/removal/")["Location"] == SET_UP
    assert client.get(PAGE, headers={"HX-Request": "true"})["HX-Redirect"] == SET_UP
    text = client.get(SET_UP).content.decode()
    assert "Northfield asks its people for a second step" in text


def test_once_set_up_the_company_opens(cast: Cast, client: Client, required: None) -> None:
    client.force_login(cast.wes)
    protect(cast.wes)
    assert client.get("/c/northfield/inventory/").status_code == 200


def test_recovery_codes_alone_are_no_second_step(cast: Cast, client: Client, required: None) -> None:
    RecoveryCodes.activate(cast.wes)
    client.force_login(cast.wes)
    assert client.get(PAGE)["Location"] == SET_UP


def test_what_they_watched_ends_at_once_and_no_new_grant_is_made(cast: Cast) -> None:
    topic = f"stock_level:{cast.mug.pk}"
    protect(cast.nora)
    actors = {name: actor_of(getattr(cast, name)) for name in ("nora", "wes")}
    grants = {name: grant_for(actor, [topic]) for name, actor in actors.items()}
    require_second_step(cast.northfield, actor=actors["nora"])
    now = dict(AccessEpoch.objects.values_list("scope", "n"))
    void = {name: any(now.get(s, 0) > n for s, n in grant.numbers.items()) for name, grant in grants.items()}
    assert void == {"nora": False, "wes": True}
    assert grant_for(actors["wes"], [topic]).topics == {}
    assert topic in grant_for(actors["nora"], [topic]).topics


def test_other_companies_of_the_person_are_not_touched(cast: Cast, client: Client, required: None) -> None:
    client.force_login(cast.otto)
    assert client.get("/c/eastwick/members/").status_code == 200
    assert client.get(PAGE).status_code == 404, "a stranger is not told that there is a company"


def test_waived_a_password_is_enough(cast: Cast, client: Client, required: None) -> None:
    waive_second_step(cast.northfield, actor=actor_of(cast.nora))
    client.force_login(cast.wes)
    assert client.get(PAGE).status_code == 200


def test_nobody_locks_themselves_out(cast: Cast) -> None:
    with pytest.raises(Refused, match="your own login first"):
        require_second_step(cast.northfield, actor=actor_of(cast.nora))


@pytest.mark.parametrize("who", ["max", "wes", "otto", "olga"])
def test_only_who_manages_people_requires_it(cast: Cast, who: str) -> None:
    protect(getattr(cast, who))
    with pytest.raises(NotAllowed):
        require_second_step(cast.northfield, actor=actor_of(getattr(cast, who)))


def test_required_twice_it_is_required_once(cast: Cast, required: None) -> None:
    require_second_step(cast.northfield, actor=actor_of(cast.nora))
    event = Event.objects.get(kind=Kind.ACCOUNTS_SECOND_STEP_REQUIRED)
    others = Membership.objects.filter(company=cast.northfield).exclude(user=cast.nora)
    assert event.data == {"memberships": sorted(others.values_list("pk", flat=True))}


def test_the_page_requires_it_and_says_why_not(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    response = client.post("/c/northfield/second-step/")
    assert response.status_code == 422
    assert "your own login first" in response.content.decode()
    protect(cast.nora)
    assert client.post("/c/northfield/second-step/").status_code == 303
    assert "Let a password be enough" in client.get(PAGE).content.decode()
    assert client.post("/c/northfield/second-step/waiver/").status_code == 303


def test_a_first_second_step_signs_out_who_showed_a_password_only(cast: Cast, client: Client) -> None:
    set_password(cast.wes)
    for browser in (client, other := Client()):
        browser.post("/accounts/login/", {"login": cast.wes.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    register(client, Passkey())
    assert client.get(PAGE).status_code == 200
    assert other.get(PAGE).status_code == 302
    assert Event.objects.filter(kind=Kind.ACCOUNTS_SECOND_STEP_ADDED).exists()


def test_a_second_step_that_is_taken_away_ends_what_its_person_heard(
    cast: Cast, client: Client, required: None
) -> None:
    set_password(cast.wes)
    client.force_login(cast.wes)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    protect(cast.wes)
    grant = grant_for(actor_of(cast.wes), [f"stock_level:{cast.mug.pk}"])
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(user=cast.wes).exists()
    scope = f"person:{cast.wes.pk}"
    assert AccessEpoch.objects.get(scope=scope).n > grant.numbers[scope]
    assert client.get(PAGE)["Location"] == SET_UP
