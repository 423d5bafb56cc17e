"""The third fence: whoever comes from outside, with whatever role, and asks for everything, gets nothing.

Nothing here names an address, a table or a topic: a new one is tried as soon as it exists. What can't be made up by
the look of it says where it wants to be told of: tests/routes.py (an address), tests/canaries.py (a table).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.api_secrets import hash_of, new_secret
from backend.accounts.models import ApiToken, Membership
from backend.accounts.roles import ROLES_OF, Role
from backend.accounts.scopes import ApiScope
from backend.catalog.models import Product, Sku
from backend.catalog.transfer.exporting import Column
from backend.events.kinds import Kind
from backend.inventory.queries import stock_level
from frontend_htmx.exports import export
from frontend_htmx.middleware import PUBLIC
from frontend_htmx.urls import urlpatterns as the_site
from realtime.asking import grant_for
from realtime.pushes import Replace
from realtime.topics import TOPICS, TopicKind
from tests.canaries import MADE, Estate, estates
from tests.cast import Cast, actor_of, make_person
from tests.crawling import Stranger, crawl, said_by
from tests.listening import FLOOR, OPEN, crawl_topics, every_topic, heard, opened_to, subjects, wrongly
from tests.routes import Route, every_route

ROLES = [str(role) for role in ROLES_OF["manufacturer"]]
STRANGERS = ["anonymous", "token", "operator", "buyer", *ROLES]


@pytest.fixture
def both(cast: Cast) -> tuple[Estate, Estate]:
    return estates(cast)


def stranger_as(who: str, cast: Cast, own: Estate) -> Stranger:
    """Nobody, a token of Eastwick's, an operator, a retailer who buys; or Eastwick's, in each of its roles."""
    if who == "anonymous":
        return Stranger(Client(), ANONYMOUS, own, slug="", is_thorough=True, asks_further=True)
    if who == "token":
        return _with_token(own)
    user = {"operator": cast.olga, "buyer": cast.carl}.get(who) or make_person(f"{who}@eastwick.example")
    if who in ROLES:
        Membership.objects.create(user=user, company=own.company, role=who)
    client, membership = Client(), user.memberships.select_related("company").get()
    client.force_login(user)
    is_owner, sees_all = who == Role.OWNER, who in ("operator", "buyer", Role.OWNER)
    return Stranger(client, membership.as_actor(), own, membership.company.slug, is_owner, sees_all)


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
def name_of(pk: object) -> str:
    """Of anybody's product, found by its number alone."""
    return "".join(Product._base_manager.filter(pk=str(pk)).values_list("name", flat=True)) if f"{pk}".isdigit() else ""


def unguarded(request: HttpRequest, company: str, product_id: int) -> HttpResponse:
    """Finds by number alone, and never asks whose it is."""
    return HttpResponse(name_of(product_id))


def unscoped(request: HttpRequest, company: str) -> HttpResponse:
    """Lists everybody's."""
    return HttpResponse(", ".join(Product._base_manager.values_list("name", flat=True)))


def telling(request: HttpRequest, company: str, product_id: int) -> HttpResponse:
    """Says no, and says too much beside it."""
    return HttpResponse(status=404, headers={"X-Reason": name_of(product_id)})


def deleting(request: HttpRequest, company: str) -> HttpResponse:
    """Takes off what a form names, whoever sends it."""
    Product._base_manager.filter(pk=request.POST.get("product") or 0).update(name="gone")
    return HttpResponse("done")


def renaming(request: HttpRequest, company: str) -> HttpResponse:
    """The same, by a name that nobody has thought of."""
    chosen = [pk for pk in request.POST.getlist("chosen-things") if pk.isdigit()]
    Product._base_manager.filter(pk__in=chosen).update(name="gone")
    return HttpResponse("done")


def filtered(request: HttpRequest, company: str) -> HttpResponse:
    """Begins with what the query names, such as a copy of something."""
    return HttpResponse(f"<h1>As {name_of(request.GET.get('begin-with'))}</h1>")


class ChosenForm(forms.Form):
    """A query that is read as a form."""

    choice = forms.ModelChoiceField(Product._base_manager.all())


def read_as_a_form(request: HttpRequest, company: str) -> HttpResponse:
    """Offers what is one's own, and takes what is anybody's."""
    form = ChosenForm(request.GET.copy())
    return HttpResponse(form.cleaned_data["choice"].name if form.is_valid() else "nothing")


def searched(request: HttpRequest, company: str) -> HttpResponse:
    """Finds a code on anybody's goods."""
    found = Sku._base_manager.filter(code=request.GET.get("goods", ""))
    return HttpResponse(", ".join(found.values_list("variant__product__name", flat=True)))


def of_a_customer(request: HttpRequest, company: str) -> HttpResponse:
    """Looks with another company's eyes, if it is asked to."""
    pk = request.GET.get("looking-as", "")
    names = Product._base_manager.filter(company_id=int(pk) if pk.isdigit() else 0).values_list("name", flat=True)
    return HttpResponse(", ".join(names))


def spreadsheet(request: HttpRequest, company: str) -> StreamingHttpResponse:
    """A stranger's line, packed in a file."""
    columns: list[Column[Product]] = [Column("Name", lambda product: product.name)]
    return export(request, "xlsx", "products", columns, Product._base_manager.all())


def part(request: HttpRequest, company: str) -> HttpResponse:
    """The page is one's own; what it asks for again is everybody's."""
    return unscoped(request, company) if request.headers.get("HX-Request") else HttpResponse("yours")


def refusing(request: HttpRequest, company: str) -> HttpResponse:
    """Its error names what it stopped at."""
    what = name_of(request.POST.get("product"))
    return HttpResponse(f"Only 3 of {what} are left", status=422) if what else HttpResponse("done")


SAYS, AT_HOME = "says zqproductname", "c/<slug:company>/planted/{}/"
PLANTED: dict[str, tuple[Any, str, str]] = {
    "unguarded": (unguarded, "c/<slug:company>/planted/<int:product_id>/", SAYS),
    "unscoped": (unscoped, AT_HOME.format("all"), SAYS),
    "telling": (telling, "c/<slug:company>/planted/<int:product_id>/no/", SAYS),
    "deleting": (deleting, AT_HOME.format("names"), "changes what is not theirs"),
    "renaming": (renaming, AT_HOME.format("chosen"), "changes what is not theirs"),
    "filtered": (filtered, AT_HOME.format("begun"), SAYS),
    "read_as_a_form": (read_as_a_form, AT_HOME.format("form"), SAYS),
    "searched": (searched, AT_HOME.format("search"), SAYS),
    "of_a_customer": (of_a_customer, AT_HOME.format("customer"), SAYS),
    "spreadsheet": (spreadsheet, AT_HOME.format("xlsx"), SAYS),
    "part": (part, AT_HOME.format("part"), SAYS),
    "refusing": (refusing, AT_HOME.format("refusal"), SAYS),
}
urlpatterns = [*the_site, *(path(pattern, view, name=name) for name, (view, pattern, _) in PLANTED.items())]


@pytest.mark.urls(__name__)
def test_the_crawler_finds_every_planted_leak(cast: Cast, both: tuple[Estate, Estate]) -> None:
    victim, own = both
    stranger = stranger_as(Role.OWNER, cast, own)
    missed = []
    for leak, (_view, pattern, complaint) in PLANTED.items():
        takes = frozenset({"company"} | ({"product_id"} if "product_id" in pattern else set()))
        found = crawl(cast, victim, stranger, [Route(leak, takes, pattern)])
        missed += [] if any(complaint in line for line in found) else [(leak, found)]
    assert missed == []


def test_the_crawler_finds_every_topic_without_a_policy(
    cast: Cast, both: tuple[Estate, Estate], monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody: Callable[..., Any] = lambda _actor, pks: pks  # noqa: E731  # a policy that is none
    scopes: Callable[[Actor, Any], Any] = lambda _actor, pks: dict.fromkeys(pks, ("public",))  # noqa: E731
    closed = set(TOPICS) - set(OPEN)
    for thing in closed:
        monkeypatch.setitem(TOPICS, thing, TopicKind(scopes, everybody))
    (victim, _own), stranger = both, stranger_as("buyer", cast, both[1]).actor
    found = wrongly(opened_to(victim, stranger), victim, stranger)
    assert {line.partition(":")[0] for line in found} == closed


def test_the_crawler_finds_what_a_topic_of_everybodys_says_too_much(
    cast: Cast, both: tuple[Estate, Estate], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seller's own counters, on the topic that tells buyers what is there."""
    victim, own = both
    counters = Replace("stock", "inventory/_stock.html", "stock", lambda _pk: stock_level(victim.pk), lambda _event: 1)
    monkeypatch.setattr("tests.listening.PUSHES", {Kind.INVENTORY_STOCK_ADJUSTED: (counters,)})
    found = crawl_topics(victim, stranger_as("anonymous", cast, own).actor)
    assert f"stock:{cast.mug.pk} says {victim.number:,}" in found


def test_a_table_that_cannot_be_made_up_says_where_to_tell_of_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(MADE, "accounts.Membership")
    with pytest.raises(AssertionError, match=r"say in MADE of tests/canaries.py how a row of accounts\.Membership"):
        estates(cast)


def test_an_address_whose_arguments_are_unknown_says_where_to_tell_of_it(both: tuple[Estate, Estate]) -> None:
    with pytest.raises(AssertionError, match=r"give planet a value in tests/routes\.py"):
        Route("new", frozenset({"planet"}), "planets/<planet>/").path({})
