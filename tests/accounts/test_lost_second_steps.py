"""Somebody has lost every second step: an operator takes them away, says why, and nobody does so unnoticed."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.usersessions.models import UserSession
from django.core.mail import EmailMessage
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import AccessEpoch
from backend.accounts.protection.actions import reset_second_step
from backend.accounts.protection.queries import protection_of
from backend.accounts.reactions import REACTIONS
from backend.core.errors import NotAllowed, Refused
from backend.events.kinds import Kind
from backend.events.models import Event
from realtime.asking import grant_for
from tests.accounts.test_second_step import protect
from tests.cast import PASSWORD, Cast, actor_of, set_password

PAGE = "/c/platform/recovery/"
WHY = "Ticket 4711: passport seen in a video call"


@pytest.fixture
def lost(cast: Cast) -> Cast:
    """Wes has an app and recovery codes, and has lost them all."""
    protect(cast.wes)
    RecoveryCodes.activate(cast.wes)
    return cast


def reset(cast: Cast, who: str = "olga", reason: str = WHY) -> None:
    reset_second_step(cast.wes, reason=reason, actor=actor_of(getattr(cast, who)))


def test_it_takes_all_of_them_away_and_writes_down_who_did_and_why(lost: Cast) -> None:
    reset(lost)
    assert not Authenticator.objects.filter(user=lost.wes).exists()
    event = Event.objects.get(kind=Kind.ACCOUNTS_SECOND_STEP_RESET)
    assert (event.subject_pk, event.actor_id, event.company_id) == (lost.wes.pk, lost.olga.pk, lost.platform.pk)
    assert event.data == {"reason": WHY, "second_steps": ["recovery_codes", "totp"]}


def test_all_sessions_end_and_what_their_pages_heard(lost: Cast, client: Client) -> None:
    client.force_login(lost.wes)
    assert client.get("/c/northfield/inventory/").status_code == 200
    grant = grant_for(actor_of(lost.wes), [f"stock_level:{lost.mug.pk}"])
    reset(lost)
    assert client.get("/c/northfield/inventory/").status_code == 302
    assert not UserSession.objects.filter(user=lost.wes).exists()
    scope = f"person:{lost.wes.pk}"
    assert AccessEpoch.objects.get(scope=scope).n > grant.numbers[scope]
    set_password(lost.wes)
    client.post("/accounts/login/", {"login": lost.wes.email, "password": PASSWORD})
    assert client.get("/c/northfield/inventory/").status_code == 200, "the password is as it was, and is enough"


def test_the_person_is_told_in_their_language(lost: Cast, mailoutbox: list[EmailMessage]) -> None:
    lost.wes.language = "ar"
    lost.wes.save()
    reset(lost)
    event = Event.objects.get(kind=Kind.ACCOUNTS_SECOND_STEP_RESET)
    REACTIONS[Kind.ACCOUNTS_SECOND_STEP_RESET](event)
    (mail,) = mailoutbox
    assert mail.to == [lost.wes.email]
    assert mail.subject.startswith("أُزيلت")
    assert "/accounts/password/reset/" in mail.body
    assert WHY not in mail.body, "what operators write among themselves"


def test_where_there_is_none_nothing_happens(cast: Cast) -> None:
    reset(cast)
    assert not Event.objects.filter(kind=Kind.ACCOUNTS_SECOND_STEP_RESET).exists()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301, "a\x00b"])
def test_nobody_does_it_without_a_reason(lost: Cast, reason: str) -> None:
    with pytest.raises(Refused, match="stays in the log"):
        reset(lost, reason=reason)


@pytest.mark.parametrize("who", ["nora", "wes", "otto", "carl"])
def test_only_an_operator_does_it(lost: Cast, who: str) -> None:
    with pytest.raises(NotAllowed, match="operators"):
        reset(lost, who)


def test_an_operator_does_not_take_away_their_own(cast: Cast, client: Client) -> None:
    protect(cast.olga)
    with pytest.raises(NotAllowed, match="another operator"):
        reset_second_step(cast.olga, reason=WHY, actor=actor_of(cast.olga))
    client.force_login(cast.olga)
    page = client.get(PAGE, {"email": cast.olga.email}).content.decode()
    assert "Ask another operator" in page
    assert "Take the second steps away" not in page
    assert client.post(f"{PAGE}{cast.olga.pk}/", {"reason": WHY}).status_code == 403
    assert Authenticator.objects.filter(user=cast.olga).exists()


def test_the_page_finds_by_the_address_and_resets(lost: Cast, client: Client) -> None:
    client.force_login(lost.olga)
    page = strip_tags(client.get(PAGE, {"email": lost.wes.email.upper()}).content.decode())
    assert str(lost.wes) in page
    assert "TOTP Authenticator" in page
    where = f"{PAGE}{lost.wes.pk}/"
    assert client.post(where, {"reason": " "}).status_code == 422
    assert "is told by mail" in client.post(where, {"reason": WHY}, follow=True).content.decode()
    assert "Nobody logs in" in client.get(PAGE, {"email": "nobody@zq.example"}).content.decode()


def test_who_is_no_operator_does_not_learn_who_has_an_account(lost: Cast, client: Client) -> None:
    client.force_login(lost.nora)
    assert client.get("/c/northfield/recovery/", {"email": lost.wes.email}).status_code == 403
    assert client.post(f"/c/northfield/recovery/{lost.wes.pk}/", {"reason": WHY}).status_code == 403
    assert client.get(PAGE).status_code == 404


def test_it_costs_three_queries(lost: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):
        assert protection_of(lost.wes.email)
    with django_assert_num_queries(1):
        assert protection_of("nobody@zq.example") is None
