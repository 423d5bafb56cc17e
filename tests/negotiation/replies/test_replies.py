"""What a seller's people say and offer again and again: kept by title, filled in each room, and theirs alone."""

from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.catalog.models import SellerTerms
from backend.core.errors import NotAllowed, Refused
from backend.core.money import Money
from backend.core.row_security import acting_for
from backend.negotiation.models import CannedReply, OfferTemplate, Room
from backend.negotiation.replies.actions import TemplateDraft, drop_reply, drop_template, keep_reply, keep_template
from backend.negotiation.replies.queries import goods_found, goods_named, replies_in
from tests.cast import Cast, actor_of
from tests.negotiation.haggling import open_room


def keep_words(cast: Cast, title: str = "Minimum", text: str = "Dear {buyer}", by: User | None = None) -> CannedReply:
    return keep_reply(cast.northfield, title, text, actor=actor_of(by or cast.sally))


def template(cast: Cast, title: str = "Trade", **given: Any) -> OfferTemplate:
    draft = TemplateDraft(title, **given)
    return keep_template(cast.northfield, draft, actor=actor_of(cast.sally))


def said_in(cast: Cast, room: Room) -> list[str]:
    with acting_for(cast.northfield.pk):
        return [reply.text for reply in replies_in(room, "Sally")]


def test_a_reply_is_kept_by_its_title_and_its_gaps_are_filled_in_each_room(cast: Cast) -> None:
    room = open_room(cast)
    keep_words(cast, text="Hi")
    keep_words(cast, text="Dear {buyer}, {title} ({number}) to {town}: from {minimum} on. {me}, {seller} {other}")
    assert said_in(cast, room) == [
        f"Dear Cornershop, Mugs for spring ({room.enquiry.number}) to Leeds: from none on. Sally, Northfield {{other}}"
    ]
    SellerTerms.objects.create(company=cast.northfield, order_minimum_minor=150_000)
    assert "from 1,500.00 GBP on" in said_in(cast, room)[0]


def test_what_is_dropped_stays_dropped(cast: Cast) -> None:
    reply, kept = keep_words(cast), template(cast)
    for _ in range(2):
        drop_reply(cast.northfield, reply.pk, actor=actor_of(cast.sally))
        drop_template(cast.northfield, kept.pk, actor=actor_of(cast.sally))
    assert not CannedReply.objects.exists()
    assert not OfferTemplate.objects.exists()


@pytest.mark.parametrize(("title", "text"), [(" ", "Hello"), ("Hello", " "), ("x" * 61, "Hello"), ("Hi", "x" * 2_001)])
def test_nothing_and_too_much_are_not_kept(cast: Cast, title: str, text: str) -> None:
    with pytest.raises(Refused):
        keep_words(cast, title, text)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"percent_off": Decimal(100)}, "percent_off"),
        ({"freight": Money(-1)}, "freight"),
        ({"net_days": 121}, "net_days"),
        ({"lead_time_days": 366}, "lead_time_days"),
        ({"valid_days": 91}, "valid_days"),
        ({"note": "x" * 1_001}, "note"),
    ],
)
def test_terms_that_no_offer_may_have_are_not_kept(cast: Cast, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        template(cast, **given)
    assert refused.value.field == field


@pytest.mark.parametrize("who", ["wes", "rita", "bea", "otto", "olga"])
def test_who_does_not_negotiate_for_the_seller_keeps_and_drops_nothing(cast: Cast, who: str) -> None:
    reply, kept, actor = keep_words(cast), template(cast), actor_of(getattr(cast, who))
    for attempt in (
        lambda: keep_reply(cast.northfield, "Mine", "Hello", actor=actor),
        lambda: keep_template(cast.northfield, TemplateDraft("Mine"), actor=actor),
        lambda: drop_reply(cast.northfield, reply.pk, actor=actor),
        lambda: drop_template(cast.northfield, kept.pk, actor=actor),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_goods_are_found_by_code_and_by_name_among_the_sellers_published_ones(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    room = open_room(cast)
    with acting_for(cast.northfield.pk):
        with django_assert_num_queries(1):
            found = {text: [sku.code for sku in goods_found(room, text)] for text in ("plate",)}
        assert found == {"plate": ["22114"]}
        assert [sku.code for sku in goods_found(room, "8512")] == ["85123A"], (
            "the kettle of the same code is Eastwick's"
        )
        assert goods_found(room, " ") == []
        named = goods_named(room, [cast.plate.pk, cast.kettle.pk, cast.mug.pk])
        assert [sku.code for sku in named] == ["22114", "85123A"]
        cast.plate.listed = False
        cast.plate.save()
        assert goods_found(room, "plate") == []
