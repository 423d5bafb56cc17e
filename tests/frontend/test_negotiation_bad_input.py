"""What nobody types but somebody sends: forged numbers, other people's rooms, what turns text around."""

import pytest
from django.test import Client

from backend.negotiation.models import Entry, Revision, Room
from backend.orders.models import Order
from tests.cast import Cast
from tests.frontend.test_negotiation_pages import logged_in, page, typed_offer
from tests.negotiation.haggling import offer, open_room


@pytest.fixture
def room(cast: Cast) -> Room:
    room = open_room(cast)
    offer(cast, room)
    return room


def untouched(room: Room) -> bool:
    """Still one offer, unanswered, and no order."""
    return Revision.objects.filter(room=room).count() == 1 and not Order.objects.exists()


@pytest.mark.parametrize(("answers", "status"), [("7", 409), ("0", 409), ("-1", 422), ("x", 422), ("9" * 30, 409)])
def test_an_offer_answers_the_one_on_the_table_and_no_forged_one(
    cast: Cast, room: Room, answers: str, status: int
) -> None:
    typed = {**typed_offer(cast, 1), "answers": answers}
    assert logged_in(cast.bea).post(f"{page('cornershop', room)}offers/", typed).status_code == status
    assert untouched(room)


@pytest.mark.parametrize(("number", "status"), [("2", 409), ("0", 422), ("", 422), ("1; --", 422), ("9" * 30, 409)])
def test_what_is_accepted_is_the_offer_on_the_table_and_no_forged_one(
    cast: Cast, room: Room, number: str, status: int
) -> None:
    accepted = logged_in(cast.bea).post(f"{page('cornershop', room)}acceptance/", {"number": number, "key": "k"})
    assert accepted.status_code == status
    assert untouched(room)


@pytest.mark.parametrize(
    "what", ["offers/", "acceptance/", "refusal/", "withdrawal/", "messages/", "report/", "block/"]
)
def test_somebody_elses_room_is_not_there(cast: Cast, room: Room, what: str) -> None:
    typed = {**typed_offer(cast, 1), "number": "1", "reason": "fraud", "text": "Hello"}
    for user, company in ((cast.otto, "eastwick"), (cast.otto, "cornershop"), (cast.olga, "platform")):
        assert logged_in(user).post(f"{page(company, room)}{what}", typed).status_code in (403, 404)
    assert Client().post(f"{page('cornershop', room)}{what}", typed).status_code == 302
    assert untouched(room)
    assert not Entry.objects.filter(word="message").exists()


def test_an_offer_has_no_currency_but_its_rooms_and_no_price_of_nothing(cast: Cast, room: Room) -> None:
    sally, where = logged_in(cast.sally), f"{page('northfield', room)}offers/"
    for price in ("0", "0.00", "-1", "NaN", "1e9", "EUR 2"):
        typed = {**typed_offer(cast, 1), f"price-{cast.mug.pk}": price}
        assert sally.post(where, typed).status_code == 422, price
    assert untouched(room)
    assert sally.post(where, {**typed_offer(cast, 1), "currency": "EUR"}).status_code == 303
    assert Room.objects.get().currency == "GBP"


def test_what_turns_text_around_is_taken_out_of_all_that_is_written(cast: Cast, room: Room) -> None:
    sally = logged_in(cast.sally)
    evil, kept = "paid \u202egpj.exe\x07\u2066", "paid gpj.exe"
    typed = {**typed_offer(cast, 1), "note": evil}
    assert sally.post(f"{page('northfield', room)}offers/", typed).status_code == 303
    assert sally.post(f"{page('northfield', room)}messages/", {"text": evil, "key": "m"}).status_code == 303
    assert sally.post(f"{page('northfield', room)}refusal/", {"reason": evil, "answers": "2"}).status_code == 303
    assert list(Entry.objects.order_by("seq").values_list("text", flat=True)[2:]) == [kept] * 3
    assert Revision.objects.get(number=2).note == kept
