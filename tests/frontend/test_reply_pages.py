"""Canned replies, offer templates and goods that nobody asked for, as a seller's people use them."""

from decimal import Decimal

from backend.negotiation.models import CannedReply, OfferTemplate, Revision
from tests.accounts.markup import assert_sound
from tests.cast import Cast
from tests.frontend.test_negotiation_pages import logged_in, page, typed_offer
from tests.live import assert_live
from tests.negotiation.automatic.test_automatic import react, rule
from tests.negotiation.haggling import open_room
from tests.negotiation.replies.test_replies import keep_words, template

REPLIES, AUTOMATIC = "/c/northfield/negotiations/replies/", "/c/northfield/negotiations/automatic/"
PART = {"HX-Request": "true"}


def test_replies_and_templates_are_kept_refused_with_their_words_and_dropped(cast: Cast) -> None:
    sally = logged_in(cast.sally)
    refused = sally.post(f"{REPLIES}new/", {"title": "", "text": "Dear {buyer}"})
    assert refused.status_code == 422
    assert "Dear {buyer}" in refused.content.decode()
    assert sally.post(f"{REPLIES}new/", {"title": "Hello", "text": "Dear {buyer}"}).status_code == 303
    terms = {"title": "Trade", "percent_off": "10", "freight": "15", "net_days": "60", "valid_days": "7"}
    assert sally.post(f"{REPLIES}templates/new/", {**terms, "valid_days": "91"}).status_code == 422
    assert sally.post(f"{REPLIES}templates/new/", terms).status_code == 303
    assert_sound(sally.get(REPLIES))
    sally.post(f"{REPLIES}{CannedReply.objects.get().pk}/removal/")
    sally.post(f"{REPLIES}templates/{OfferTemplate.objects.get().pk}/removal/")
    assert not CannedReply.objects.exists()
    assert not OfferTemplate.objects.exists()
    assert logged_in(cast.rita).get(REPLIES).status_code == 403
    assert logged_in(cast.bea).get(REPLIES.replace("northfield", "cornershop")).status_code == 404


def test_replies_are_live_where_they_are_kept(cast: Cast) -> None:
    sally = logged_in(cast.sally)
    with assert_live(sally, REPLIES):
        keep_words(cast)
        template(cast)


def test_a_reply_stands_ready_in_the_sellers_room_and_never_in_the_buyers(cast: Cast) -> None:
    room, reply = open_room(cast), keep_words(cast, text="Dear {buyer}, zqcanned")
    sally, bea = logged_in(cast.sally), logged_in(cast.bea)
    shown = sally.get(page("northfield", room))
    assert_sound(shown)
    assert 'data-insert="Dear Cornershop, zqcanned"' in shown.content.decode()
    by_link = sally.get(f"{page('northfield', room)}?reply={reply.pk}").content.decode()
    assert "Dear Cornershop, zqcanned</textarea>" in by_link
    for query in ("", f"?reply={reply.pk}"):
        assert "zqcanned" not in bea.get(f"{page('cornershop', room)}{query}").content.decode()


def test_an_offer_begins_with_a_template(cast: Cast) -> None:
    room = open_room(cast)
    chosen = template(cast, percent_off=Decimal(10), net_days=60, note="For {buyer}")
    sally = logged_in(cast.sally)
    assert f"?template={chosen.pk}" in sally.get(page("northfield", room)).content.decode()
    begun = sally.get(f"{page('northfield', room)}?template={chosen.pk}")
    assert_sound(begun)
    text = begun.content.decode()
    assert 'value="2.295"' in text, "2.55 for 100, less 10 %"
    assert 'name="net_days" value="60"' in text
    assert "For Cornershop" in text
    other = logged_in(cast.bea).get(f"{page('cornershop', room)}?template={chosen.pk}").content.decode()
    assert "2.295" not in other


def test_goods_that_nobody_asked_for_are_found_taken_in_and_offered(cast: Cast) -> None:
    room, sally = open_room(cast), logged_in(cast.sally)
    where, plate = f"{page('northfield', room)}offers/", cast.plate.pk
    typed = typed_offer(cast, 0, note="As we said")
    found = sally.post(where, {**typed, "find": "plate"}, headers=PART)
    assert found.status_code == 200
    assert f'name="add" value="{plate}"' in found.content.decode()
    taken = sally.post(where, {**typed, "add": str(plate)})
    assert_sound(taken)
    text = taken.content.decode()
    assert f'name="more" value="{plate}"' in text
    assert "As we said" in text
    assert 'value="2.40"' in text
    assert not Revision.objects.exists()
    lines = {"more": str(plate), f"quantity-{plate}": "24", f"price-{plate}": "2.80"}
    refused = sally.post(where, {**typed, **lines, f"price-{plate}": ""})
    assert refused.status_code == 422
    assert f'name="more" value="{plate}"' in refused.content.decode()
    assert sally.post(where, {**typed, **lines}).status_code == 303
    assert {line.sku for line in Revision.objects.get().lines.all()} == {cast.mug, cast.plate}


def test_nothing_is_taken_in_that_is_not_the_sellers(cast: Cast) -> None:
    room, sally, bea = open_room(cast), logged_in(cast.sally), logged_in(cast.bea)
    where = f"{page('northfield', room)}offers/"
    for named in (str(cast.kettle.pk), "nonsense", "9" * 30):
        text = sally.post(where, {**typed_offer(cast, 0), "add": named}, headers=PART).content.decode()
        assert 'name="more"' not in text
    buyers = bea.post(f"{page('cornershop', room)}offers/", {**typed_offer(cast, 0), "find": "plate"}, headers=PART)
    assert 'name="add"' not in buyers.content.decode()


def test_rules_are_set_by_hand_and_what_ran_is_live(cast: Cast) -> None:
    max_ = logged_in(cast.max)
    said = {"name": "Small", "min_quantity": "1", "max_quantity": "many", "valid_days": "7", "net_days": "30"}
    refused = max_.post(f"{AUTOMATIC}rules/", {**said, "per_day": "5"})
    assert refused.status_code == 422
    assert 'value="many"' in refused.content.decode()
    assert max_.post(f"{AUTOMATIC}rules/", {**said, "max_quantity": "500", "per_day": "5"}).status_code == 303
    assert "Saved." in max_.get(AUTOMATIC).content.decode()
    room, sally = open_room(cast), logged_in(cast.sally)
    with assert_live(max_, AUTOMATIC), assert_live(sally, page("northfield", room)):
        react()
    assert_sound(max_.get(AUTOMATIC))
    assert "Made by itself, by your rule “Small”" in sally.get(page("northfield", room)).content.decode()
    assert "by itself" not in logged_in(cast.bea).get(page("cornershop", room)).content.decode()
    with assert_live(max_, AUTOMATIC):
        rule(cast, name="Other")
    (small, _other) = max_.get(AUTOMATIC).content.decode().split("Let it rest")[:2]
    assert small
    assert sally.get(AUTOMATIC).status_code == 403
