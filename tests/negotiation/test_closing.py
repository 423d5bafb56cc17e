"""The closing time binds everybody by the database's clock, and sealed offers are sealed from their buyer, too."""

from datetime import timedelta

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.inventory.models import StockLevel
from backend.negotiation.closing.actions import end_enquiry, prolong_enquiry
from backend.negotiation.enquiries.actions import take_enquiry_back
from backend.negotiation.models import Enquiry, Entry, Notice, Room
from backend.negotiation.states import Audience, Board
from backend.negotiation.tasks import close_enquiries
from tests.cast import Cast, actor_of
from tests.core.test_row_security import ask
from tests.crawling import said_by
from tests.live import assert_live
from tests.negotiation.haggling import enquire, in_days, offer
from tests.orders.test_agreements import accept


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def room_in(enquiry: Enquiry) -> Room:
    return Room.objects.with_parties().get(enquiry=enquiry)


def time_is_over(enquiry: Enquiry, *, swept: bool = True) -> Enquiry:
    for table in (Enquiry.objects.filter(pk=enquiry.pk), Notice.objects.filter(enquiry=enquiry)):
        table.update(closes_at=in_days(-0.01))
    if swept:
        close_enquiries(0)
    return Enquiry.objects.get(pk=enquiry.pk)


def test_after_the_closing_time_a_seller_offers_nothing_but_what_the_buyer_asks_back_for(cast: Cast) -> None:
    first, second = (room_in(enquire(cast)) for _ in range(2))
    offer(cast, first)
    for room in (first, second):
        time_is_over(room.enquiry, swept=False)
        with pytest.raises(Refused, match="has taken offers until"):
            offer(cast, room)
    offer(cast, first, "220", by=cast.bea)
    offer(cast, first, "230")


def test_the_buyer_prolongs_what_is_open_or_closed_and_sellers_read_it(cast: Cast) -> None:
    enquiry = enquire(cast, audience=Audience.VERIFIED)
    bea, until = actor_of(cast.bea), in_days(10)
    assert time_is_over(enquiry).status == "closed"
    for _ in range(2):
        assert prolong_enquiry(enquiry, until, actor=bea).closes_at == until
    now = Enquiry.objects.get()
    assert (now.status, now.closes_at, now.notice.closes_at) == ("open", until, until)
    assert [entry.word for entry in Entry.objects.all()] == ["asked", "prolonged"]
    offer(cast, room_in(enquiry))
    for wrong in (in_days(9), in_days(61)):
        with pytest.raises(Refused, match="Say a later time than"):
            prolong_enquiry(enquiry, wrong, actor=bea)
    for stranger in (cast.sally, cast.otto):
        with pytest.raises(NotAllowed):
            prolong_enquiry(enquiry, in_days(20), actor=actor_of(stranger))


def test_an_enquiry_that_comes_to_nothing_ends_politely_for_all_and_frees_the_stock(cast: Cast) -> None:
    enquiry, bea = enquire(cast, cast.mug, cast.kettle), actor_of(cast.bea)
    offer(cast, Room.objects.get(seller=cast.northfield), holds_stock=True)
    with pytest.raises(Refused, match="Take this one back"):
        end_enquiry(enquiry, actor=bea)
    time_is_over(enquiry)
    with pytest.raises(Refused):
        take_enquiry_back(enquiry, actor=bea)
    for _ in range(2):
        assert end_enquiry(enquiry, actor=bea).status == "no_award"
    assert list(Room.objects.values_list("status", flat=True)) == ["declined"] * 2
    assert Entry.objects.filter(word="not_chosen").count() == 2
    assert StockLevel.objects.get(item_id=cast.mug.pk).reserved == 0
    with pytest.raises(Refused, match="has ended"):
        prolong_enquiry(enquiry, in_days(9), actor=bea)


def test_the_buyers_page_and_the_room_are_live_as_time_passes(cast: Cast) -> None:
    enquiry = enquire(cast)
    room, bea, sally = room_in(enquiry), logged_in(cast.bea), logged_in(cast.sally)
    page = f"/c/cornershop/negotiations/enquiries/{enquiry.pk}/"
    with assert_live(bea, page):
        offer(cast, room)
    with assert_live(bea, page), assert_live(sally, f"/c/northfield/negotiations/{room.pk}/"):
        time_is_over(enquiry)
        prolong_enquiry(enquiry, in_days(9), actor=actor_of(cast.bea))
        time_is_over(enquiry)
    with assert_live(bea, page):
        end_enquiry(enquiry, actor=actor_of(cast.bea))


def test_a_buyer_prolongs_and_ends_by_hand(cast: Cast) -> None:
    enquiry, bea = enquire(cast), logged_in(cast.bea)
    page = f"/c/cornershop/negotiations/enquiries/{enquiry.pk}/"
    early = bea.post(f"{page}prolongation/", {"until": in_days(1).date().isoformat()})
    assert early.status_code == 422
    assert in_days(1).date().isoformat() in early.content.decode()
    assert bea.post(f"{page}prolongation/", {"until": in_days(20).date().isoformat()}).status_code == 303
    assert Enquiry.objects.get().closes_at > in_days(19)
    time_is_over(enquiry)
    assert bea.post(f"{page}end/").status_code == 303
    assert Enquiry.objects.get().status == "no_award"


# --- Sealed offers ---------------------------------------------------------------------------------------------------
def test_a_sealed_offer_is_nobodys_to_read_before_the_closing_time_but_its_sellers(cast: Cast) -> None:
    enquiry = enquire(cast, board=Board.SEALED)
    room = room_in(enquiry)
    offer(cast, room, "247.75", note="Our secret words")
    pages = [f"/c/cornershop/negotiations/{part}" for part in ("", f"{room.pk}/", f"enquiries/{enquiry.pk}/")]
    pages += [f"{pages[1]}{part}" for part in ("whole/", "whole.json", "whole.csv", "search/?q=words")]
    bea, sally = logged_in(cast.bea), logged_in(cast.sally)
    secrets = ("2.4775", "247.75", "262.75", "secret words")
    for page in pages:
        shown = said_by(bea.get(page))
        assert not [secret for secret in secrets if secret in shown], page
    assert "A sealed offer was handed in" in bea.get(pages[1]).content.decode()
    assert "2.4775" in sally.get(f"/c/northfield/negotiations/{room.pk}/").content.decode()
    with acting_for(cast.cornershop.pk):
        assert ask("SELECT count(*) FROM negotiation_revision") == ask("SELECT count(*) FROM negotiation_revisionline")
        assert ask("SELECT count(*) FROM negotiation_revision") == [(0,)]
    time_is_over(enquiry)
    for page in pages[1:3]:
        assert "262.75" in bea.get(page).content.decode(), page
    assert "secret words" in bea.get(pages[1]).content.decode()


def test_the_buyer_answers_no_sealed_offer_and_opens_none_early(cast: Cast) -> None:
    enquiry = enquire(cast, board=Board.SEALED)
    room = room_in(enquiry)
    with pytest.raises(Refused, match="make yours valid for longer"):
        offer(cast, room, valid_until=enquiry.created_at + timedelta(days=1))
    offer(cast, room, valid_until=in_days(30))
    for answer in (lambda: accept(cast, room), lambda: offer(cast, room, "200", by=cast.bea)):
        with pytest.raises(Refused, match="sealed until"):
            answer()
    assert logged_in(cast.bea).post(
        f"/c/cornershop/negotiations/{room.pk}/acceptance/", {"number": 1, "key": "k"}
    ).status_code == 422  # fmt: skip
    offer(cast, room, "235", valid_until=in_days(30))
    time_is_over(enquiry)
    with pytest.raises(Refused, match="opened: nobody hands in another"):
        prolong_enquiry(enquiry, in_days(9), actor=actor_of(cast.bea))
    assert accept(cast, room).lines.get().unit_price_minor == 235


def test_sealed_offers_of_an_enquiry_that_was_taken_back_stay_sealed(cast: Cast) -> None:
    enquiry = enquire(cast, board=Board.SEALED)
    offer(cast, room_in(enquiry), "247.75", valid_until=in_days(30))
    take_enquiry_back(enquiry, actor=actor_of(cast.bea))
    time_is_over(enquiry)
    shown = logged_in(cast.bea).get(f"/c/cornershop/negotiations/{room_in(enquiry).pk}/").content.decode()
    assert "2.4775" not in shown
    with acting_for(cast.cornershop.pk):
        assert ask("SELECT count(*) FROM negotiation_revision") == [(0,)]


def test_sealed_offers_are_opened_live_on_both_sides(cast: Cast) -> None:
    enquiry = enquire(cast, board=Board.SEALED)
    room, bea, sally = room_in(enquiry), logged_in(cast.bea), logged_in(cast.sally)
    pages = (bea, f"/c/cornershop/negotiations/{room.pk}/"), (sally, f"/c/northfield/negotiations/{room.pk}/")
    for act in (lambda: offer(cast, room, valid_until=in_days(30), note="Our best"), lambda: time_is_over(enquiry)):
        board = f"/c/cornershop/negotiations/enquiries/{enquiry.pk}/"
        with assert_live(*pages[0]), assert_live(*pages[1]), assert_live(bea, board):
            act()
