"""The third fence: whoever comes from outside, with whatever role, and asks for everything, gets nothing.

Nothing here names an address, a table or a topic: a new one is tried as soon as it exists. What can't be made up by
the look of it says where it wants to be told of: tests/routes.py (an address), tests/canaries.py (a table).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.api_secrets import hash_of, new_secret
from backend.accounts.models import ApiToken, Membership
from backend.accounts.roles import ROLES_OF, Role
from backend.accounts.scopes import ApiScope
from backend.catalog.models import Product
from frontend_htmx.middleware import PUBLIC
from frontend_htmx.urls import urlpatterns as the_site
from realtime.topics import TOPICS, TopicKind, grant_for
from tests.canaries import MADE, Estate, estates
from tests.cast import Cast, actor_of, make_person
from tests.crawling import FLOOR, OPEN, Stranger, crawl, crawl_topics, every_topic, heard, said_by, subjects
from tests.routes import Route, every_route

ROLES = [str(role) for role in ROLES_OF["manufacturer"]]
STRANGERS = ["anonymous", "token", "operator", "buyer", *ROLES]


@pytest.fixture
def both(cast: Cast) -> tuple[Estate, Estate]:
    return estates(cast)


def stranger_as(who: str, cast: Cast, own: Estate) -> Stranger:
    """Nobody, a token of Eastwick's, an operator, a retailer who buys; or Eastwick's, in each of its roles."""
    if who == "anonymous":
        return Stranger(Client(), ANONYMOUS, own, slug="", is_thorough=True)
    if who == "token":
        return _with_token(own)
    user = {"operator": cast.olga, "buyer": cast.carl}.get(who) or make_person(f"{who}@eastwick.example")
    if who in ROLES:
        Membership.objects.create(user=user, company=own.company, role=who)
    client, membership = Client(), user.memberships.select_related("company").get()
    client.force_login(user)
    return Stranger(client, membership.as_actor(), own, membership.company.slug, is_thorough=who == Role.OWNER)


def _with_token(own: Estate) -> Stranger:
    secret = new_secret()
    token = ApiToken.objects.create(
        company=own.company,
        name="ERP",
        secret_hash=hash_of(secret),
        scopes=ApiScope.values,
        expires_at=timezone.now() + timedelta(days=1),
    )
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    return Stranger(client, token.as_actor(), own, own.company.slug)


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_gets_nothing_from_any_address(cast: Cast, both: tuple[Estate, Estate], who: str) -> None:
    victim, own = both
    doors = {route for route in every_route() if route.name in PUBLIC and route.name.startswith(("account_", "mfa_"))}
    routes = [route for route in every_route() if who == "anonymous" or route not in doors]
    assert crawl(cast, victim, stranger_as(who, cast, own), routes) == []


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_hears_nothing_on_any_topic(cast: Cast, both: tuple[Estate, Estate], who: str) -> None:
    victim, own = both
    assert crawl_topics(victim, stranger_as(who, cast, own).actor) == []


def test_the_victim_itself_may_watch_every_topic(cast: Cast, both: tuple[Estate, Estate]) -> None:
    """Else the crawler would try topics that don't exist, and find nothing."""
    (victim, _own), nora = both, actor_of(cast.nora)
    opened = grant_for(nora, every_topic(victim)).topics
    assert {topic.partition(":")[0] for topic in opened} == set(TOPICS) - FLOOR, (
        "tests/crawling.py: subjects() has to name what these topics are about"
    )
    assert any(heard(thing, pk, victim) for thing in set(TOPICS) - set(OPEN) for pk in subjects(victim))


def test_the_victim_itself_reads_its_words(cast: Cast, both: tuple[Estate, Estate], client: Client) -> None:
    """Else no page would show them to anybody, and the crawler could not tell."""
    victim, _own = both
    client.force_login(cast.nora)
    pages = [route for route in every_route() if route.takes == {"company"}]
    said = " ".join(said_by(client.get(route.path({"company": "northfield"}))) for route in pages)
    assert len([word for word in victim.words if word in said]) >= 5


# --- It finds what is planted ----------------------------------------------------------------------------------------
def unguarded(request: HttpRequest, company: str, product_id: int) -> HttpResponse:
    """Finds by number alone, and never asks whose it is."""
    return HttpResponse(Product._base_manager.get(pk=product_id).name)


def unscoped(request: HttpRequest, company: str) -> HttpResponse:
    """Lists everybody's."""
    return HttpResponse(", ".join(Product._base_manager.values_list("name", flat=True)))


def telling(request: HttpRequest, company: str, product_id: int) -> HttpResponse:
    """Says no, and says too much beside it."""
    return HttpResponse(status=404, headers={"X-Reason": Product._base_manager.get(pk=product_id).name})


def deleting(request: HttpRequest, company: str) -> HttpResponse:
    """Takes off what a form names, whoever sends it."""
    Product._base_manager.filter(pk=request.POST.get("product") or 0).update(name="gone")
    return HttpResponse("done")


PLANTED: dict[str, tuple[Any, str, str]] = {
    "unguarded": (unguarded, "c/<slug:company>/planted/<int:product_id>/", "says zqproductname"),
    "unscoped": (unscoped, "c/<slug:company>/planted/", "says zqproductname"),
    "telling": (telling, "c/<slug:company>/planted/<int:product_id>/", "says zqproductname"),
    "deleting": (deleting, "c/<slug:company>/planted/names/", "changes what is not theirs"),
}
urlpatterns = [*the_site, *(path(pattern, view, name=name) for name, (view, pattern, _) in PLANTED.items())]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("leak", PLANTED)
def test_the_crawler_finds_a_planted_leak(cast: Cast, both: tuple[Estate, Estate], leak: str) -> None:
    _view, pattern, complaint = PLANTED[leak]
    takes = frozenset({"company"} | ({"product_id"} if "product_id" in pattern else set()))
    victim, own = both
    found = crawl(cast, victim, stranger_as(Role.OWNER, cast, own), [Route(leak, takes, pattern)])
    assert any(complaint in line for line in found), found


@pytest.mark.parametrize("thing", sorted(set(TOPICS) - set(OPEN)))
def test_the_crawler_finds_a_topic_without_a_policy(
    cast: Cast, both: tuple[Estate, Estate], monkeypatch: pytest.MonkeyPatch, thing: str
) -> None:
    everybody: Callable[..., Any] = lambda _actor, pks: pks  # noqa: E731  # a policy that is none
    scopes: Callable[[Actor, Any], Any] = lambda _actor, pks: dict.fromkeys(pks, ("public",))  # noqa: E731
    monkeypatch.setitem(TOPICS, thing, TopicKind(scopes, everybody))
    victim, own = both
    found = crawl_topics(victim, stranger_as("buyer", cast, own).actor)
    assert any(line.startswith(f"{thing}:") for line in found)


def test_a_table_that_cannot_be_made_up_says_where_to_tell_of_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(MADE, "accounts.Membership")
    with pytest.raises(AssertionError, match=r"say in MADE of tests/canaries.py how a row of accounts\.Membership"):
        estates(cast)


def test_an_address_whose_arguments_are_unknown_says_where_to_tell_of_it(both: tuple[Estate, Estate]) -> None:
    with pytest.raises(AssertionError, match=r"give planet a value in tests/routes\.py"):
        Route("new", frozenset({"planet"}), "planets/<planet>/").path({})
