import re

import pytest
from django.test import Client

from backend.accounts.actions import create_api_token
from backend.accounts.models import ApiToken, User
from backend.accounts.queries import presented_token
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of

PAGE = "/c/northfield/tokens/"
HTMX = {"HX-Request": "true"}
TYPED = {"key": "form-1", "name": "ERP in Stoke", "lives_days": "30", "scopes": ["stock_level.read"]}


def enter(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def make(cast: Cast, name: str = "Till") -> ApiToken:
    wanted = {"scopes": ["stock.read"], "lives_days": 90, "key": name}
    return create_api_token(cast.northfield, name=name, **wanted, actor=actor_of(cast.nora)).token  # type: ignore[arg-type]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_token_is_made_and_its_secret_shown_once(cast: Cast, client: Client, headers: dict[str, str]) -> None:
    enter(client, cast.max)
    response = client.post(PAGE, TYPED, headers=headers)
    text = response.content.decode()
    assert response.status_code == 201
    assert "no-store" in response["Cache-Control"]
    found = re.search(r'id="new-secret"\s+value="([^"]+)"', text)
    assert found
    presented = presented_token(found[1])
    assert presented is not None
    assert (presented.token.name, presented.token.scopes) == ("ERP in Stoke", ["stock_level.read"])
    assert presented.token.company == cast.northfield
    assert found[1] not in client.get(PAGE).content.decode()
    assert 'value="ERP in Stoke"' not in text, "the form is fresh again"


def test_the_whole_page_is_sound_with_and_without_a_secret(cast: Cast, client: Client) -> None:
    enter(client, cast.nora)
    assert_sound(client.get(PAGE))
    assert_sound(client.post(PAGE, TYPED))
    assert_sound(client.post(PAGE, {"name": ""}))


def test_sent_twice_it_says_that_the_secret_was_shown_before(cast: Cast, client: Client) -> None:
    enter(client, cast.nora)
    client.post(PAGE, TYPED)
    response = client.post(PAGE, TYPED)
    assert "its secret was shown then" in response.content.decode()
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_was_typed_stays_beside_what_was_wrong_with_it(
    cast: Cast, client: Client, headers: dict[str, str]
) -> None:
    wrong = {**TYPED, "scopes": [], "lives_days": "365"}
    response = enter(client, cast.nora).post(PAGE, wrong, headers=headers)
    text = response.content.decode()
    assert response.status_code == 422
    assert 'value="ERP in Stoke"' in text
    assert '<option value="365" selected' in text
    assert 'id="token-scopes-error"' in text
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "data", [{}, {"lives_days": "5"}, {"scopes": ["orders.write"]}, {"name": "a\x00b"}, {"key": ""}, {"name": "x" * 90}]
)
def test_nonsense_is_refused_before_any_rule(cast: Cast, client: Client, data: dict[str, object]) -> None:
    assert enter(client, cast.nora).post(PAGE, {**TYPED, **data} if data else {}).status_code == 422
    assert not ApiToken.objects.exists()


def test_the_list_shows_what_a_token_may_and_never_its_secret(cast: Cast, client: Client) -> None:
    token = make(cast)
    text = enter(client, cast.nora).get(PAGE).content.decode()
    for shown in ("Till", token.prefix, "stock.read", "Nora", "Never used", "In use"):
        assert shown in text
    assert token.secret_hash not in text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_token_is_revoked(cast: Cast, client: Client, headers: dict[str, str]) -> None:
    token = make(cast)
    response = enter(client, cast.nora).post(f"{PAGE}{token.pk}/revocation/", headers=headers)
    assert response.status_code == (200 if headers else 303)
    assert not ApiToken.objects.live().exists()
    text = client.get(PAGE).content.decode()
    assert "Revoked" in text
    assert f"/tokens/{token.pk}/revocation/" not in text


@pytest.mark.parametrize("who", ["wes", "sally", "rita"])
def test_others_of_the_company_see_neither_the_tokens_nor_the_way_to_them(cast: Cast, client: Client, who: str) -> None:
    token = make(cast)
    enter(client, getattr(cast, who))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, TYPED).status_code == 403
    assert client.post(f"{PAGE}{token.pk}/revocation/").status_code == 403
    assert PAGE not in client.get("/c/northfield/members/").content.decode()
    assert ApiToken.objects.live().get() == token


def test_owners_and_managers_find_the_tokens_beside_the_people(cast: Cast, client: Client) -> None:
    for user in (cast.nora, cast.max):
        assert PAGE in assert_sound(enter(client, user).get("/c/northfield/members/")).links
