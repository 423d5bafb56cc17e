"""The keys with which other systems read for a company: made, shown once, revoked."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from backend.accounts.actions import MadeToken, create_api_token, note_use_of_token, revoke_api_token
from backend.accounts.actor import Actor
from backend.accounts.api_secrets import hash_of
from backend.accounts.models import AccessEpoch, ApiToken
from backend.accounts.queries import TokenState, api_tokens, presented_token
from backend.accounts.roles import Permission
from backend.accounts.scopes import ApiScope
from backend.accounts.steps import MAX_API_TOKENS
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of

WANTED = {"name": "Till of the shop", "scopes": ["stock_level.read", "stock.read"], "lives_days": 90, "key": "form-1"}


def make(cast: Cast, **other: object) -> MadeToken:
    actor = other.pop("actor", None) or actor_of(cast.nora)
    return create_api_token(cast.northfield, actor=actor, **{**WANTED, **other})  # type: ignore[arg-type]


def test_an_owner_makes_a_token_whose_secret_is_kept_nowhere(cast: Cast) -> None:
    made = make(cast)
    token = ApiToken.objects.get()
    assert made.token == token
    assert made.secret.startswith("ept_")
    assert len(made.secret) == 47
    assert (token.prefix, token.secret_hash) == (made.secret[:12], hash_of(made.secret))
    assert made.secret not in str(vars(token)) + repr(made)
    assert (token.name, token.scopes) == ("Till of the shop", ["stock.read", "stock_level.read"])
    assert abs(token.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=5)
    event = Event.objects.get()
    assert (event.kind, event.subject) == (Kind.ACCOUNTS_API_TOKEN_CREATED, f"company:{cast.northfield.pk}")
    assert (event.version, event.data, event.actor_id) == (2, {"api_token": token.pk}, cast.nora.pk)


def test_two_tokens_have_two_secrets(cast: Cast) -> None:
    assert make(cast).secret != make(cast, key="form-2").secret


def test_sent_twice_it_is_made_once_and_its_secret_is_not_known_again(cast: Cast) -> None:
    first = make(cast)
    assert make(cast) == MadeToken(first.token, "")
    assert Event.objects.count() == 1
    with pytest.raises(Conflict):
        make(cast, name="Another")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["stock.read", "orders.write"]}, "scopes"),
        ({"lives_days": 0}, "lives_days"),
        ({"lives_days": 36_500}, "lives_days"),
    ],
)
def test_a_token_that_is_none_is_refused(cast: Cast, given: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        make(cast, **given)
    assert refused.value.field == field
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("who", ["wes", "sally", "rita", "otto", "olga"])
def test_only_owners_and_managers_of_the_company_make_and_revoke(cast: Cast, who: str) -> None:
    token = make(cast, actor=actor_of(cast.max)).token
    with pytest.raises(NotAllowed):
        make(cast, key="form-2", actor=actor_of(getattr(cast, who)))
    with pytest.raises(NotAllowed):
        revoke_api_token(token, actor=actor_of(getattr(cast, who)))
    assert ApiToken.objects.live().get() == token


def test_a_company_has_so_many_tokens_at_a_time(cast: Cast) -> None:
    tokens = [make(cast, key=f"form-{n}").token for n in range(MAX_API_TOKENS)]
    with pytest.raises(Refused, match="at most 50 tokens"):
        make(cast, key="one more")
    revoke_api_token(tokens[0], actor=actor_of(cast.nora))
    make(cast, key="one more")


def test_a_revoked_token_opens_nothing_and_voids_what_was_granted_for_it(cast: Cast) -> None:
    made = make(cast)
    revoke_api_token(made.token, actor=actor_of(cast.max))
    revoke_api_token(made.token, actor=actor_of(cast.max))
    assert AccessEpoch.objects.get(scope=f"token:{made.token.pk}").n == 1
    presented = presented_token(made.secret)
    assert presented is not None
    assert presented.state == TokenState.REVOKED
    assert not ApiToken.objects.live().exists()
    events = Event.objects.order_by("pk").values_list("kind", "data")
    assert list(events) == [
        (Kind.ACCOUNTS_API_TOKEN_CREATED, {"api_token": made.token.pk}),
        (Kind.ACCOUNTS_API_TOKEN_REVOKED, {"api_token": made.token.pk}),
    ]


def test_a_secret_finds_its_token_and_nothing_else_does(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = make(cast)
    with django_assert_num_queries(1):
        presented = presented_token(made.secret)
    assert presented is not None
    assert (presented.token, presented.state) == (made.token, TokenState.LIVE)
    assert 89 * 86_400 < presented.left_s <= 90 * 86_400
    for wrong in ("", made.secret[:-1], made.secret + "x", made.secret.upper(), made.token.prefix, "ept_" + "x" * 9999):
        assert presented_token(wrong) is None


def test_an_expired_token_says_so(cast: Cast) -> None:
    made = make(cast)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    presented = presented_token(made.secret)
    assert presented is not None
    assert presented.state == TokenState.EXPIRED
    assert presented.left_s < 0


def test_a_token_acts_for_its_company_with_what_its_scopes_allow(cast: Cast) -> None:
    reading = make(cast, scopes=["stock.read"]).token
    counting = make(cast, scopes=["stock_level.read"], key="form-2").token
    assert reading.as_actor() == Actor(company_id=cast.northfield.pk, token_id=reading.pk)
    assert counting.as_actor().permissions == {Permission.INVENTORY_VIEW}
    assert not counting.as_actor().is_anonymous
    reading.scopes = ["stock.read", "a scope of tomorrow"]
    assert reading.as_actor().permissions == frozenset()


def test_the_day_of_use_is_written_once(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    token = make(cast).token
    note_use_of_token(token)
    token.refresh_from_db()
    assert token.last_used_on is not None
    ApiToken.objects.update(last_used_on="2026-01-01")
    note_use_of_token(token)
    token.refresh_from_db()
    assert str(token.last_used_on) > "2026-01-01"


def test_the_list_tells_what_still_opens_something_first(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    old, kept, ended = (make(cast, key=f"form-{n}", name=f"Token {n}").token for n in range(3))
    ApiToken.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(days=1))
    revoke_api_token(ended, actor=actor_of(cast.nora))
    with django_assert_num_queries(1):
        listed = api_tokens(cast.northfield.pk)
    assert [(view.name, view.state) for view in listed] == [
        (kept.name, TokenState.LIVE),
        (ended.name, TokenState.REVOKED),
        (old.name, TokenState.EXPIRED),
    ]
    assert listed[0].created_by == "Nora"
    assert [scope for scope, _ in listed[0].scopes] == [ApiScope.STOCK_READ, ApiScope.STOCK_LEVEL_READ]
    assert api_tokens(cast.eastwick.pk) == []
