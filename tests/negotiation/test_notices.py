"""An enquiry that is open to all verified sellers: found, joined or passed; who asks learns whoever takes part."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.negotiation.enquiries.actions import Asked, take_enquiry_back
from backend.negotiation.models import Enquiry, Notice, Pass, Room
from backend.negotiation.notices.actions import join_enquiry, pass_enquiry
from backend.negotiation.notices.queries import NoticeView, Sought, open_notices
from backend.negotiation.states import Audience
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.core.test_row_security import ask
from tests.live import assert_live
from tests.negotiation.haggling import enquire, in_days, offer
from tests.orders.test_agreements import accept

LIST = "/c/eastwick/negotiations/open/"


def ask_everybody(cast: Cast, **given: Any) -> Notice:
    """Bea asks Northfield for 100 mugs, and every verified seller beside."""
    return Notice.objects.get(enquiry=enquire(cast, audience=Audience.VERIFIED, **given))


def found_by(user: User, **sought: Any) -> list[NoticeView]:
    actor = actor_of(user)
    with acting_for(actor.company_id):
        return list(open_notices(actor, Sought(**sought)))


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_verified_seller_finds_what_is_wanted_and_nobody_else(cast: Cast) -> None:
    ask_everybody(cast, lines=[Asked(cast.mug.pk, 100, breaks=[500])])
    enquire(cast, cast.kettle)
    for user in (cast.otto, cast.sally, cast.wes):
        (notice,) = found_by(user)
        assert [(line.name, line.quantity, line.breaks) for line in notice.lines] == [("Blue enamel mug", 100, [500])]
    assert found_by(cast.sally)[0].sold == 1
    assert found_by(cast.otto)[0].sold == 0
    for user in (cast.bea, cast.nick, cast.olga):
        assert found_by(user) == []


def test_the_database_itself_tells_sellers_what_is_wanted_and_never_who_wants_it(cast: Cast) -> None:
    notice = ask_everybody(cast)
    seen = {}
    for company in (cast.eastwick, cast.newcomer, cast.platform, cast.cornershop):
        with acting_for(company.pk):
            tables = ("negotiation_notice", "negotiation_enquiry", "negotiation_room")
            seen[company.slug] = [ask(f"SELECT count(*) FROM {table}")[0][0] for table in tables]  # noqa: S608
    assert seen == {"eastwick": [1, 0, 0], "newcomer": [0, 0, 0], "platform": [0, 0, 0], "cornershop": [1, 1, 1]}
    otto = logged_in(cast.otto)
    for page in (LIST, f"{LIST}{notice.pk}/"):
        shown = otto.get(page).content.decode()
        assert "Blue enamel mug" in shown
        assert ("?variant=" in shown) == (page != LIST), "the way to selling it, too"
        assert not [word for word in ("Cornershop", "Leeds", "LS1", "High St") if word in shown]
    assert "Cornershop" in otto.post(f"{LIST}{notice.pk}/participation/", follow=True).content.decode()


def test_a_seller_searches_by_words_and_category(cast: Cast) -> None:
    ask_everybody(cast)
    crockery = cast.mug.product.category_id
    for sought, n in (
        ({"words": "MUG blue"}, 1), ({"words": "spring"}, 1), ({"words": "kettle"}, 0), ({"words": "%"}, 0),
        ({"category_id": crockery}, 1), ({"category_id": crockery + 1}, 0),
    ):  # fmt: skip
        assert len(found_by(cast.otto, **sought)) == n, sought
    assert logged_in(cast.otto).get(f"{LIST}?category=nonsense&q={'x' * 500}").status_code == 200


def test_a_seller_joins_once_and_has_a_room_of_his_own(cast: Cast) -> None:
    notice = ask_everybody(cast)
    rooms = {join_enquiry(notice, actor=actor_of(cast.otto)).pk for _ in range(2)}
    room = Room.objects.with_parties().get(pk=rooms.pop())
    assert (room.seller, room.buyer, room.status) == (cast.eastwick, cast.cornershop, "awaiting_seller")
    assert [entry.word for entry in room.entries.all()] == ["joined"]
    assert join_enquiry(notice, actor=actor_of(cast.sally)).seller == cast.northfield
    assert Room.objects.count() == 2


def test_whoever_passes_no_longer_has_it_in_the_list_and_may_still_join(cast: Cast) -> None:
    notice, otto = ask_everybody(cast), actor_of(cast.otto)
    for _ in range(2):
        pass_enquiry(notice, actor=otto)
    assert found_by(cast.otto) == []
    assert [each.is_passed for each in found_by(cast.otto, passed=True)] == [True]
    assert len(found_by(cast.sally)) == 1
    join_enquiry(notice, actor=otto)
    assert found_by(cast.otto)[0].room_id


@pytest.mark.parametrize("who", ["bea", "nick", "olga", "rita", "wes"])
def test_who_is_no_verified_seller_or_does_not_negotiate_takes_no_part(cast: Cast, who: str) -> None:
    notice, actor = ask_everybody(cast), actor_of(getattr(cast, who))
    for act in (join_enquiry, pass_enquiry):
        with pytest.raises(NotAllowed):
            act(notice, actor=actor)
    assert Room.objects.count() == 1


def test_nobody_joins_after_the_closing_time_swept_or_not(cast: Cast) -> None:
    notice = ask_everybody(cast)
    Enquiry.objects.update(closes_at=in_days(-1))
    with pytest.raises(Refused, match="is closed"):
        join_enquiry(notice, actor=actor_of(cast.otto))
    Notice.objects.update(closes_at=in_days(-1))
    assert found_by(cast.otto) == []
    assert logged_in(cast.otto).post(f"{LIST}{notice.pk}/participation/").status_code == 404


def test_what_has_ended_or_was_ordered_is_no_longer_told(cast: Cast) -> None:
    first, second = ask_everybody(cast), ask_everybody(cast)
    pass_enquiry(first, actor=actor_of(cast.otto))
    take_enquiry_back(first.enquiry, actor=actor_of(cast.bea))
    assert [each.pk for each in found_by(cast.otto)] == [second.pk]
    room = Room.objects.with_parties().get(enquiry=second.enquiry)
    offer(cast, room)
    accept(cast, room)
    assert not Notice.objects.exists()
    assert not Pass.objects.exists()


def test_the_list_and_the_page_are_live(cast: Cast) -> None:
    otto = logged_in(cast.otto)
    with assert_live(otto, LIST):
        notice = ask_everybody(cast)
    with assert_live(otto, LIST), assert_live(otto, f"{LIST}{notice.pk}/"):
        join_enquiry(notice, actor=actor_of(cast.otto))
    other = ask_everybody(cast)
    with assert_live(otto, LIST), assert_live(otto, f"{LIST}{other.pk}/"):
        pass_enquiry(other, actor=actor_of(cast.otto))
    with assert_live(otto, f"{LIST}?passed=1"):
        take_enquiry_back(other.enquiry, actor=actor_of(cast.bea))


def test_a_list_costs_the_same_for_one_and_for_two(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    otto = actor_of(cast.otto)
    for n in (1, 2):
        ask_everybody(cast)
        with acting_for(cast.eastwick.pk), django_assert_num_queries(4):
            assert len(open_notices(otto, Sought())) == n


@pytest.mark.django_db(transaction=True)
def test_of_many_who_join_at_once_for_one_seller_there_is_one_room(at_once: AtOnce) -> None:
    cast = make_cast()
    notice = ask_everybody(cast)
    otto = actor_of(cast.otto)
    results = at_once([lambda: join_enquiry(notice, actor=otto) for _ in range(6)])
    assert len({room.pk for room in results if isinstance(room, Room)}) == 1
    assert Room.objects.filter(seller=cast.eastwick).count() == 1


def test_an_enquiry_that_nobody_prolongs_is_open_for_as_long_as_it_said(cast: Cast) -> None:
    notice = ask_everybody(cast, open_for=timedelta(days=3))
    assert notice.closes_at == Enquiry.objects.get().closes_at
