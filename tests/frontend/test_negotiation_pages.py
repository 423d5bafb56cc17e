"""Rooms as both sides use them: live, by hand, and with nothing lost that was typed."""

import re
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.negotiation.actions import decline_offer
from backend.negotiation.models import Entry, ReadMark, Room
from backend.orders.models import Requisition
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.negotiation.haggling import ADDRESS, offer, open_room, say
from tests.orders.requisitions.asking import hire, rule


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(company: str, room: Room) -> str:
    return f"/c/{company}/negotiations/{room.pk}/"


def typed_offer(cast: Cast, answers: int, **given: str) -> dict[str, str]:
    until = (timezone.now() + timedelta(days=5)).date().isoformat()
    mug = cast.mug.pk
    fields = {f"quantity-{mug}": "100", f"price-{mug}": "2.40", f"tiers-{mug}": "500: 2.30; 1000: 2.20"}
    rest = {"freight": "15", "valid_until": until, "net_days": "30", "answers": str(answers), "key": f"k{answers}"}
    return fields | rest | given


def test_a_buyer_asks_from_a_products_page_and_both_are_in_a_room(cast: Cast) -> None:
    bea, sally = logged_in(cast.bea), logged_in(cast.sally)
    product = f"/c/cornershop/catalogue/{cast.mug.product_id}-blue-enamel-mug/"
    assert f"/c/cornershop/negotiations/enquiries/new/?sku={cast.mug.pk}" in bea.get(product).content.decode()
    where = "/c/cornershop/negotiations/enquiries/new/"
    assert_sound(bea.get(f"{where}?sku={cast.mug.pk}"))
    mug = cast.mug.pk
    wanted = {"sku": str(mug), f"quantity-{mug}": "200", f"price-{mug}": "2.2", "title": "Mugs", "open_for_days": "7"}
    refused = bea.post(where, {**wanted, **ADDRESS, "city": "", "key": "k"})
    assert refused.status_code == 422
    assert 'value="200"' in refused.content.decode()
    asked = bea.post(where, {**wanted, **ADDRESS, "key": "k"})
    room = Room.objects.get()
    assert (asked.status_code, asked["Location"]) == (303, page("cornershop", room))
    assert_sound(bea.get(page("cornershop", room)))
    assert_sound(sally.get(page("northfield", room)))
    assert "for about £2.20 each" in sally.get(page("northfield", room)).content.decode()
    assert_sound(bea.get(f"/c/cornershop/negotiations/enquiries/{room.enquiry_id}/"))
    assert sally.get(f"/c/northfield/negotiations/enquiries/{room.enquiry_id}/").status_code == 404


def test_a_room_is_live_on_both_sides(cast: Cast) -> None:
    room = open_room(cast)
    for client, company in ((logged_in(cast.bea), "cornershop"), (logged_in(cast.sally), "northfield")):
        with assert_live(client, page(company, room)):
            say(cast, room, "Could you do better?\n<b>Please</b>")
            offer(cast, room, "240", by=cast.sally)
        with assert_live(client, page(company, room)):
            offer(cast, room, "220", by=cast.bea)


def test_the_end_of_a_negotiation_reaches_rooms_inboxes_and_bid_boards(cast: Cast) -> None:
    room = open_room(cast)
    offer(cast, room)
    bea, sally = logged_in(cast.bea), logged_in(cast.sally)
    board = f"/c/cornershop/negotiations/enquiries/{room.enquiry_id}/"
    with (
        assert_live(bea, page("cornershop", room)),
        assert_live(sally, page("northfield", room)),
        assert_live(sally, "/c/northfield/negotiations/"),
        assert_live(bea, board),
    ):
        offer(cast, room, "235")
        decline_offer(room, answers=2, reason="We found others", actor=actor_of(cast.bea))


def test_a_message_is_sent_once_and_the_field_is_free(cast: Cast) -> None:
    room, bea = open_room(cast), logged_in(cast.bea)
    where = f"{page('cornershop', room)}messages/"
    for _ in range(2):
        sent = bea.post(where, {"text": "Hello", "key": "k"}, headers={"HX-Request": "true"})
        assert (sent.status_code, sent["Entry-Seq"]) == (200, "2")
        assert "Hello" not in sent.content.decode()
    assert bea.post(where, {"text": "Again", "key": "l"})["Location"] == page("cornershop", room)
    refused = bea.post(where, {"text": "x" * 5_000, "key": "m"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "x" * 5_000 in refused.content.decode()
    assert Entry.objects.filter(word="message").count() == 2


def test_an_offer_is_typed_refused_with_its_words_and_made(cast: Cast) -> None:
    room, sally = open_room(cast), logged_in(cast.sally)
    where = f"{page('northfield', room)}offers/"
    for given in ({f"price-{cast.mug.pk}": ""}, {f"price-{cast.mug.pk}": "0"}, {f"tiers-{cast.mug.pk}": "many: 1"},
                  {"valid_until": "2020-01-01"}, {"valid_until": "soon"}):  # fmt: skip
        refused = sally.post(where, typed_offer(cast, 0, note="As agreed", **given))
        assert refused.status_code == 422, given
        assert "As agreed" in refused.content.decode()
    assert sally.post(where, typed_offer(cast, 0))["Location"] == page("northfield", room)
    shown = logged_in(cast.bea).get(page("cornershop", room)).content.decode()
    assert "from 1,000: £2.20" in shown
    assert "£255.00" in shown, "with its freight"


def test_whose_counter_was_too_late_keeps_it_and_rebases_with_one_click(cast: Cast) -> None:
    room, bea = open_room(cast), logged_in(cast.bea)
    offer(cast, room, "240")
    where = f"{page('cornershop', room)}offers/"
    typed = typed_offer(cast, 1, note="Our last word", **{f"price-{cast.mug.pk}": "2.10", f"tiers-{cast.mug.pk}": ""})
    offer(cast, room, "235")
    late = bea.post(where, typed)
    shown = late.content.decode()
    assert late.status_code == 409
    assert "Offer 2 is on the table now; you answered 1" in shown
    assert "Our last word" in shown
    assert 'name="answers" value="2"' in shown
    assert bea.post(where, typed | {"answers": "2", "key": "rebased"}).status_code == 303
    assert Room.objects.get().head == 3


def test_what_was_said_before_comes_in_stretches(cast: Cast) -> None:
    room, bea = open_room(cast), logged_in(cast.bea)
    Entry.objects.bulk_create(
        Entry(room=room, seq=seq, word="message", text=f"No. {seq}", side="buyer") for seq in range(2, 121)
    )
    Room.objects.update(last_seq=120)
    shown = bea.get(page("cornershop", room)).content.decode()
    assert "No. 120" in shown
    assert "No. 70<" not in shown
    older = f"{page('cornershop', room)}before/71/"
    assert older in shown
    part = bea.get(older, headers={"HX-Request": "true"}).content.decode()
    assert ("No. 70<" in part, "No. 21<" in part, "No. 20<" in part) == (True, True, False)
    assert "before/21/" in part
    assert_sound(bea.get(older))


def test_ten_thousand_messages_open_as_fast_as_ten_and_are_read_back_to_the_first(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    room, bea = open_room(cast), logged_in(cast.bea)
    where = page("cornershop", room)
    bea.get(where)
    with CaptureQueriesContext(connection) as few:
        bea.get(where)
    Entry.objects.bulk_create(
        Entry(room=room, seq=seq, word="message", text=f"No. {seq}", side="buyer") for seq in range(2, 10_001)
    )
    Room.objects.update(last_seq=10_000)
    with django_assert_num_queries(len(few)):
        shown = bea.get(where).content.decode()
    read: list[int] = []
    for _ in range(3):
        read = [*map(int, re.findall(r"No\. (\d+)<", shown)), *read]
        (older,) = re.findall(rf'href="({where}before/\d+/)"', shown)
        shown = bea.get(older, headers={"HX-Request": "true"}).content.decode()
    assert read == list(range(9_851, 10_001))
    first = bea.get(f"{where}before/51/", headers={"HX-Request": "true"}).content.decode()
    assert "Asked for an offer" in first
    assert "/before/" not in first
    assert 'data-own="buyer"' in first


def test_a_message_costs_what_it_takes_to_say_it_and_no_look_at_the_room(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Session, person, membership and room; ten to say it, with the transaction's own."""
    room, bea = open_room(cast), logged_in(cast.bea)
    where, headers = f"{page('cornershop', room)}messages/", {"HX-Request": "true"}
    bea.post(where, {"text": "Hello", "key": "first"}, headers=headers)
    with django_assert_max_num_queries(14):
        bea.post(where, {"text": "Hello again", "key": "second"}, headers=headers)


def test_a_mark_says_what_was_read(cast: Cast) -> None:
    room, bea = open_room(cast), logged_in(cast.bea)
    for seq in ("1", "nonsense"):
        assert bea.post(f"{page('cornershop', room)}marks/", {"seq": seq}).status_code == 204
    assert ReadMark.objects.get().seq == 1


def test_a_room_costs_the_same_however_much_was_offered(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    room, bea = open_room(cast), logged_in(cast.bea)
    offer(cast, room)
    bea.get(page("cornershop", room))
    with django_assert_max_num_queries(30) as few:
        bea.get(page("cornershop", room))
    for pence in ("239", "238", "237"):
        offer(cast, room, pence)
    with django_assert_max_num_queries(len(few)):
        bea.get(page("cornershop", room))


def test_a_yes_that_has_to_be_approved_waits_and_both_pages_of_the_buyers_say_so(cast: Cast) -> None:
    ann, room = hire(cast, "ann"), open_room(cast)
    rule(cast, ann)
    offer(cast, room)
    bea, carl = logged_in(cast.bea), logged_in(cast.carl)
    with assert_live(carl, page("cornershop", room)):
        yes = bea.post(f"{page('cornershop', room)}acceptance/", {"number": "1", "key": "k"})
    assert yes.status_code == 303
    asked = Requisition.objects.get()
    shown = bea.get(page("cornershop", room))
    assert_sound(shown)
    assert "Bea would accept offer 1. It waits inside your company." in shown.content.decode()
    assert "waits inside" not in logged_in(cast.sally).get(page("northfield", room)).content.decode()
    request = f"/c/cornershop/approvals/{asked.pk}/"
    decision = logged_in(ann)
    assert_sound(decision.get(request))
    assert "£15.00" in decision.get(request).content.decode()
    with assert_live(bea, page("cornershop", room)):
        decision.post(f"{request}approval/", {"step": str(asked.steps.get().pk)})
    assert Room.objects.get().status == "ordered"


def test_an_offer_of_the_buyers_that_has_to_be_approved_waits_and_goes_back_to_its_room(cast: Cast) -> None:
    ann, room, bea = hire(cast, "ann"), open_room(cast), logged_in(cast.bea)
    rule(cast, ann)
    made = bea.post(f"{page('cornershop', room)}offers/", typed_offer(cast, 0), headers={"HX-Request": "true"})
    assert made.status_code == 200
    assert "An offer of Bea waits inside your company." in made.content.decode()
    asked = Requisition.objects.get()
    withdrawn = bea.post(f"/c/cornershop/approvals/{asked.pk}/withdrawal/")
    assert withdrawn["Location"] == page("cornershop", room)
    assert Room.objects.get().head == 0
