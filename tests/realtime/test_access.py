"""Who may hear what: the policies of the topics, and the moment at which they are asked."""

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from backend.accounts.access import epoch_numbers, raise_epoch
from backend.accounts.actions import change_role, remove_member
from backend.accounts.actor import ANONYMOUS
from backend.accounts.models import Membership
from backend.accounts.roles import Role
from backend.catalog.models import Product, Sku
from backend.catalog.states import ProductStatus
from realtime.access import (
    CLOSED,
    NOBODY,
    BadGrant,
    BadTicket,
    Grant,
    read_grant,
    read_ticket,
    sign_grant,
    sign_ticket,
)
from realtime.asking import grant_for
from realtime.pushes import THE_CATALOGUE
from tests.cast import Cast, actor_of


def draft(cast: Cast) -> int:
    Product.objects.filter(pk=cast.plate.product_id).update(status=ProductStatus.DRAFT)
    return cast.plate.pk


def test_nobody_watches_what_is_not_published(cast: Cast) -> None:
    """Who is a stranger to a company's own topics stands in tests/test_house.py."""
    sku = draft(cast)
    topics = [f"stock:{sku}", f"product:{Sku.objects.get(pk=sku).product_id}", f"catalogue:{THE_CATALOGUE + 1}"]
    for stranger in (ANONYMOUS, actor_of(cast.carl), actor_of(cast.otto)):
        assert grant_for(stranger, topics).topics == {}


def test_everybody_watches_what_a_seller_discloses(cast: Cast) -> None:
    topic = f"stock:{cast.mug.pk}"
    hangs_on = ("public", f"product:{cast.mug.product_id}", f"offers:{cast.northfield.pk}")
    assert grant_for(ANONYMOUS, [topic]).topics == {topic: hangs_on}
    for actor in (actor_of(cast.carl), actor_of(cast.nora)):
        acting = (f"person:{actor.user_id}", f"membership:{actor.membership_id}")
        assert grant_for(actor, [topic]).topics == {topic: (*hangs_on, *acting)}


def test_a_seller_watches_their_own_counters_only(cast: Cast) -> None:
    own, others = f"stock_level:{cast.mug.pk}", f"stock_level:{cast.kettle.pk}"
    nora = actor_of(cast.nora)
    grant = grant_for(nora, [own, others])
    assert grant.topics == {own: (f"person:{cast.nora.pk}", f"membership:{nora.membership_id}")}


def test_a_member_who_was_removed_while_the_page_was_made_gets_no_grant(cast: Cast) -> None:
    wes = actor_of(cast.wes)
    remove_member(Membership.objects.get(user=cast.wes), actor=actor_of(cast.nora))
    assert grant_for(wes, [f"stock_level:{cast.mug.pk}"]).topics == {}


def test_a_changed_role_voids_the_grants_of_the_old_one(cast: Cast) -> None:
    nora, wes = actor_of(cast.nora), actor_of(cast.wes)
    scope = f"membership:{wes.membership_id}"
    before = grant_for(wes, [f"stock_level:{cast.mug.pk}"]).numbers[scope]
    change_role(Membership.objects.get(user=cast.wes), Role.READ_ONLY, actor=nora)
    assert epoch_numbers([scope])[scope] > before


def test_the_numbers_are_older_than_the_decision(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken away in between: the decision sees it, or the number is already void."""
    read = epoch_numbers

    def read_and_lose(scopes: set[str]) -> dict[str, int]:
        numbers = read(scopes)
        Product.objects.filter(pk=cast.mug.product_id).update(status=ProductStatus.PAUSED)
        raise_epoch(f"product:{cast.mug.product_id}")
        return numbers

    monkeypatch.setattr("realtime.asking.epoch_numbers", read_and_lose)
    assert grant_for(ANONYMOUS, [f"stock:{cast.mug.pk}"]).topics == {}


@pytest.mark.parametrize(("thing", "queries"), [("stock", 4), ("stock_level", 3), ("prices", 2)])
def test_a_grant_costs_the_same_for_one_topic_and_for_many(
    thing: str, queries: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    nora = actor_of(cast.nora)
    for skus in ([cast.mug], [cast.mug, cast.plate, cast.kettle]):
        with django_assert_num_queries(queries):
            grant_for(nora, [f"{thing}:{sku.pk}" for sku in skus])
    with django_assert_num_queries(0):
        grant_for(nora, [])


def test_what_is_no_topic_is_a_bug(cast: Cast) -> None:
    with pytest.raises(ValueError, match="'gossip:1' is no topic; there are stock, stock_level"):
        grant_for(ANONYMOUS, ["gossip:1"])


def test_a_grant_survives_the_way_over_the_page() -> None:
    grant = Grant({"stock:1": ("public", "product:7"), "stock:2": ()}, {"public": 0, "product:7": 3})
    assert read_grant(sign_grant(5, grant), 5) == grant


@pytest.mark.parametrize(("person", "why"), [(6, "not_yours"), (NOBODY, "not_yours")])
def test_a_grant_is_for_one_person(person: int, why: str) -> None:
    with pytest.raises(BadGrant, match=why):
        read_grant(sign_grant(5, Grant({}, {})), person)


def test_a_ticket_is_no_grant_and_a_grant_no_ticket() -> None:
    with pytest.raises(BadGrant, match="forged"):
        read_grant(sign_ticket(5), 5)
    with pytest.raises(BadTicket):
        read_ticket(sign_grant(5, Grant({}, {})))


def test_a_region_prints_one_grant_for_what_its_reader_may_watch_and_closes_the_rest(cast: Cast) -> None:
    request = RequestFactory().get("/catalogue/?q=mug&page=2")
    request.actor = ANONYMOUS  # type: ignore[attr-defined]
    topics = [f"stock:{cast.mug.pk}", f"stock_level:{cast.mug.pk}"]
    page = Template("{% load live %}<section {% live topics %}></section>").render(
        Context({"request": request, "topics": topics})
    )
    assert 'data-url="/catalogue/?q=mug&amp;page=2"' in page
    token = page.partition('data-grant="')[2].partition('"')[0]
    grant = read_grant(token, NOBODY)
    scopes = ("public", f"product:{cast.mug.product_id}", f"offers:{cast.northfield.pk}")
    assert grant.topics == {topics[0]: scopes, topics[1]: (CLOSED,)}
    assert grant.numbers[CLOSED] != epoch_numbers([CLOSED])[CLOSED]


def test_a_ticket_says_who_the_page_was_made_for(cast: Cast) -> None:
    request = RequestFactory().get("/")
    request.actor = actor_of(cast.nora)  # type: ignore[attr-defined]
    head = Template("{% load live %}{% live_ticket %}").render(Context({"request": request}))
    assert read_ticket(head.partition('content="')[2].partition('"')[0]).person == cast.nora.pk
