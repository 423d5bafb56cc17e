"""Lowest prices, cost prices, and offers that wait below them, as the seller's people use them."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.catalog.models import CostPrice
from backend.negotiation.floors.actions import approve_held_offer, return_held_offer, withdraw_held_offer
from backend.negotiation.models import Floor, HeldOffer, Room
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.frontend.test_negotiation_pages import logged_in, page, typed_offer
from tests.live import assert_live
from tests.negotiation.floors.test_floors import cost, keep
from tests.negotiation.floors.test_held_offers import floored_room, hold
from tests.negotiation.haggling import offer, open_room

FLOORS, HELD = "/c/northfield/negotiations/floors/", "/c/northfield/negotiations/approvals/"


def below(cast: Cast, answers: int = 0) -> dict[str, str]:
    return typed_offer(cast, answers, **{f"price-{cast.mug.pk}": "1.50", f"tiers-{cast.mug.pk}": ""})


def test_floors_and_costs_are_said_by_hand_and_by_file(cast: Cast) -> None:
    max_ = logged_in(cast.max)
    refused = max_.post(f"{FLOORS}new/", {"code": "no-such", "min_price": "2"})
    assert refused.status_code == 422
    assert 'value="no-such"' in refused.content.decode()
    assert max_.post(f"{FLOORS}new/", {"code": "85123A", "min_price": "2", "min_margin": "25"}).status_code == 303
    listed = SimpleUploadedFile("costs.csv", b"SKU,Cost\n85123A,1.80\n")
    assert max_.post("/c/northfield/negotiations/costs/", {"file": listed, "currency": "GBP"}).status_code == 303
    wrong = max_.post("/c/northfield/negotiations/costs/", {"text": "85123A cheap", "currency": "GBP"})
    assert wrong.status_code == 422
    assert "85123A cheap" in wrong.content.decode()
    shown = max_.get(FLOORS)
    assert_sound(shown)
    assert "£2.00" in shown.content.decode()
    assert "£1.80" in shown.content.decode()
    assert CostPrice.objects.get().unit_cost_minor == 180
    max_.post(f"{FLOORS}{Floor.objects.get().pk}/removal/")
    assert not Floor.objects.exists()


def test_costs_go_out_as_a_file_that_comes_in_again(cast: Cast) -> None:
    max_ = logged_in(cast.max)
    where = "/c/northfield/negotiations/costs/"
    max_.post(where, {"text": "85123A;1,8025\n22114;1.200,00", "currency": "EUR"})
    assert max_.get(f"{where}export.csv?q=851").getvalue().decode("utf-8-sig").splitlines()[1].startswith(
        "85123A,1.8025,EUR,Blue enamel mug,"
    )  # fmt: skip
    before = set(CostPrice.objects.values_list("sku", "unit_cost_minor"))
    for form in ("csv", "xlsx"):
        data = max_.get(f"{where}export.{form}").getvalue()
        CostPrice.objects.all().delete()
        assert max_.post(where, {"file": SimpleUploadedFile("costs", data), "currency": "EUR"}).status_code == 303
        assert set(CostPrice.objects.values_list("sku", "unit_cost_minor")) == before
    assert logged_in(cast.sally).get(f"{where}export.csv").status_code == 403


def test_what_was_looked_for_stands_whole_in_the_address_that_keeps_the_page_true(cast: Cast) -> None:
    shown = logged_in(cast.max).get(FLOORS, {"q": "85123A&page=2"}).content.decode()
    assert f"{FLOORS}?q=85123A%26page%3D2" in shown


def test_who_does_not_keep_floors_opens_none_of_it_and_is_led_to_none(cast: Cast) -> None:
    sally, bea = logged_in(cast.sally), logged_in(cast.bea)
    assert {sally.get(where).status_code for where in (FLOORS, HELD)} == {403}
    assert {bea.get(where.replace("northfield", "cornershop")).status_code for where in (FLOORS, HELD)} == {404}
    assert FLOORS not in sally.get("/c/northfield/negotiations/").content.decode()
    assert HELD in logged_in(cast.max).get("/c/northfield/negotiations/").content.decode()


def test_an_offer_that_is_typed_below_the_floor_waits_and_says_so(cast: Cast) -> None:
    room, sally = floored_room(cast), logged_in(cast.sally)
    for _ in range(2):
        made = sally.post(f"{page('northfield', room)}offers/", below(cast), headers={"HX-Request": "true"})
        assert made.status_code == 200
    assert HeldOffer.objects.count() == 1
    shown = sally.get(page("northfield", room))
    assert_sound(shown)
    assert "has not gone out yet. Below your lowest price: 85123A" in shown.content.decode()
    assert "£2.00" not in shown.content.decode(), "how low they may go is not everybody's to know"
    sally.post(f"{page('northfield', room)}held/withdrawal/")
    assert HeldOffer.objects.get().state == "withdrawn"
    assert "has not gone out" not in sally.get(page("northfield", room)).content.decode()


def test_a_yes_below_the_floor_waits_and_the_approver_orders(cast: Cast) -> None:
    room = floored_room(cast)
    offer(cast, room, "150", by=cast.bea)
    sally, max_ = logged_in(cast.sally), logged_in(cast.max)
    assert sally.post(f"{page('northfield', room)}acceptance/", {"number": "1", "key": "k"}).status_code == 303
    held = HeldOffer.objects.get()
    shown = max_.get(HELD)
    assert_sound(shown)
    assert "Would accept offer 1 of Cornershop: £165.00 before tax" in shown.content.decode()
    assert max_.post(f"{HELD}{held.pk}/approval/").status_code == 303
    assert Room.objects.get().status == "ordered"


def test_an_approver_decides_on_the_page_and_a_word_that_is_missing_is_asked_for(cast: Cast) -> None:
    held, max_ = hold(cast, floored_room(cast)), logged_in(cast.max)
    refused = max_.post(f"{HELD}{held.pk}/return/", {"word": ""}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    returned = max_.post(f"{HELD}{held.pk}/return/", {"word": "Not below 1.80"}, headers={"HX-Request": "true"})
    assert "Not below 1.80" in returned.content.decode()
    late = max_.post(f"{HELD}{held.pk}/approval/", headers={"HX-Request": "true"})
    assert late.status_code == 409


def test_an_approver_who_is_overtaken_is_told_so(cast: Cast) -> None:
    room, max_ = floored_room(cast), logged_in(cast.max)
    held = hold(cast, room)
    with assert_live(max_, HELD):
        offer(cast, room, "140", by=cast.bea)
    late = max_.post(f"{HELD}{held.pk}/approval/")
    assert late.status_code == 409
    assert "Offer 1 is on the table now; you answered 0" in late.content.decode()


def test_what_waits_is_live_for_all_of_the_sellers_people(cast: Cast) -> None:
    room = floored_room(cast)
    max_, sally = logged_in(cast.max), logged_in(cast.sally)
    pages = [(max_, HELD), (max_, "/c/northfield/negotiations/"), (sally, page("northfield", room))]
    with assert_live(*pages[0]), assert_live(*pages[1]), assert_live(*pages[2]):
        held = hold(cast, room)
    with assert_live(*pages[0]), assert_live(*pages[1]), assert_live(*pages[2]):
        return_held_offer(held, word="Too cheap", actor=actor_of(cast.max))
    again = hold(cast, room, "160")
    with assert_live(*pages[0]), assert_live(*pages[2]):
        approve_held_offer(again, actor=actor_of(cast.max))
    last = hold(cast, room, "155")
    with assert_live(*pages[0]), assert_live(*pages[2]):
        withdraw_held_offer(last, actor=actor_of(cast.sally))


def test_floors_and_costs_are_live_for_who_keeps_them(cast: Cast) -> None:
    room = open_room(cast)
    assert room
    max_: Client = logged_in(cast.max)
    with assert_live(max_, FLOORS):
        keep(cast, "200", code="85123A")
    with assert_live(max_, FLOORS):
        cost(cast, "180")


def test_an_inbox_is_narrowed_in_its_address_and_stays_live(cast: Cast) -> None:
    room, sally = floored_room(cast), logged_in(cast.sally)
    where = "/c/northfield/negotiations/?turn=ours&unread=1&q=cornershop"
    assert_sound(sally.get(where))
    assert "Mugs for spring" in sally.get(where).content.decode()
    with assert_live(sally, where):
        hold(cast, room)
    with assert_live(sally, where):
        offer(cast, room, "240")
    assert "No negotiation is like that" in sally.get(where).content.decode()
    assert sally.get("/c/northfield/negotiations/?turn=nonsense").status_code == 200
