"""What leads around the market is warned of or blocked; reports are decided, and who is blocked is not heard."""

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.negotiation.actions import decline_offer, send_message
from backend.negotiation.history.queries import found_in
from backend.negotiation.models import Block, Entry, Report, Room
from backend.negotiation.moderation.actions import (
    block_company,
    decide_report,
    lift_suspension,
    report,
    unblock_company,
)
from backend.negotiation.moderation.rules import look_through
from backend.negotiation.moderation.states import ReportStatus
from backend.negotiation.queries import stream
from backend.orders.agreements.actions import accept_offer
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.negotiation.haggling import enquire, new_key, offer, open_room, say


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- Rules -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to sally@northfield.example, please", ["sally@northfield.example"]),
        ("Call +44 20 7946 0958 or 020 7946 0958", ["+44 20 7946 0958", "020 7946 0958"]),
        ("Call ٠٠٤٤٢٠٧٩٤٦٠٩٥٨", ["00442079460958"]),
        ("See https://elsewhere.example/offer?x=1 or www.elsewhere.example", ["https://elsewhere.example/offer?x=1",
                                                                              "www.elsewhere.example"]),
        ("1,000 at 2.35 each, 12 per case, by 2026-03-14, code 85123A, EAN 4006381333931", []),
        ("0.95 each, order 0815", []),
    ],
)  # fmt: skip
def test_rules_find_ways_around_the_market_and_no_prices_and_codes(text: str, found: list[str]) -> None:
    assert [each.text for each in look_through(text)] == found


def test_a_warning_keeps_the_draft_and_the_second_time_it_is_sent(cast: Cast) -> None:
    room, bea = open_room(cast), logged_in(cast.bea)
    where, headers = f"/c/cornershop/negotiations/{room.pk}/messages/", {"HX-Request": "true"}
    text = "Write to me: bea@cornershop.example"
    warned = bea.post(where, {"text": text, "key": "k"}, headers=headers)
    shown = warned.content.decode()
    assert warned.status_code == 422
    assert "an e-mail address (“bea@cornershop.example”)" in shown
    assert f"{text}</textarea>" in shown
    assert 'name="told_of" value="bea@cornershop.example"' in shown
    assert not Entry.objects.filter(word="message").exists()
    again = {"text": f"{text} or bob@cornershop.example", "key": "k", "told_of": "bea@cornershop.example"}
    assert bea.post(where, again, headers=headers).status_code == 422, "of the second address nobody was told"
    assert bea.post(where, {**again, "text": text}, headers=headers).status_code == 200
    assert Entry.objects.get(word="message").text == text
    assert "told_of" not in bea.get(f"/c/cornershop/negotiations/{room.pk}/").content.decode()


def test_what_a_rule_blocks_is_not_sent_however_often(cast: Cast) -> None:
    room = open_room(cast)
    text = "All at https://elsewhere.example/ and bea@cornershop.example"
    told_of = [each.text for each in look_through(text)]
    for known in ([], told_of):
        with pytest.raises(Refused, match=r"a link .*, which is not sent here") as refused:
            send_message(room, text, told_of=known, key=new_key(), actor=actor_of(cast.bea))
        assert refused.value.detail["may_insist"] is False
    assert not Entry.objects.filter(word="message").exists()


# --- Blocking --------------------------------------------------------------------------------------------------------
def test_a_blocked_company_is_not_heard_and_what_was_ordered_stays(cast: Cast) -> None:
    room, later = open_room(cast), open_room(cast)
    offer(cast, room)
    order = accept_offer(room, 1, key=new_key(), actor=actor_of(cast.bea))
    offer(cast, later)
    bea, sally = actor_of(cast.bea), actor_of(cast.sally)
    assert len({block_company(later, actor=sally).pk for _ in range(2)}) == 1
    with pytest.raises(Refused, match="Northfield takes no messages and offers from your company"):
        say(cast, later, "Hello?")
    with pytest.raises(Refused, match="takes no messages"):
        offer(cast, later, "200", by=cast.bea)
    with pytest.raises(Refused, match="takes no messages"):
        accept_offer(later, 1, key=new_key(), actor=bea)
    with pytest.raises(Refused, match="Northfield takes no enquiries from your company"):
        enquire(cast)
    decline_offer(later, answers=1, reason="Then not", actor=bea)
    order.refresh_from_db()
    assert order.commercial == "accepted"
    unblock_company(cast.cornershop, actor=sally)
    unblock_company(cast.cornershop, actor=sally)
    say(cast, room, "Thank you")
    enquire(cast)


def test_whom_a_company_has_blocked_is_its_own_to_see_and_to_undo(cast: Cast) -> None:
    room, sally = open_room(cast), logged_in(cast.sally)
    assert_sound(sally.get(f"/c/northfield/negotiations/{room.pk}/report/"))
    assert sally.post(f"/c/northfield/negotiations/{room.pk}/block/").status_code == 303
    listed = sally.get("/c/northfield/negotiations/blocks/")
    assert_sound(listed)
    assert "Cornershop" in listed.content.decode()
    assert "Sally" not in logged_in(cast.bea).get("/c/cornershop/negotiations/blocks/").content.decode()
    pk = Block.objects.get().pk
    assert logged_in(cast.bea).post(f"/c/cornershop/negotiations/blocks/{pk}/end/").status_code == 404
    assert logged_in(cast.rita).post(f"/c/northfield/negotiations/blocks/{pk}/end/").status_code == 403
    assert sally.post(f"/c/northfield/negotiations/blocks/{pk}/end/").status_code == 303
    assert not Block.objects.exists()


# --- Reports ---------------------------------------------------------------------------------------------------------
def reported(cast: Cast, room: Room, text: str = "You fools") -> Report:
    """Bea has said something, and Sally reports it."""
    return report(room, say(cast, room, text), reason="abuse", words="They insult us", actor=actor_of(cast.sally))


def test_a_message_of_the_other_side_is_reported_once_until_it_is_decided(cast: Cast) -> None:
    room = open_room(cast)
    first = reported(cast, room)
    assert first.entry is not None
    assert report(room, first.entry, reason="spam", words="", actor=actor_of(cast.max)) == first
    with pytest.raises(Refused, match="that the other side has written"):
        report(room, first.entry, reason="spam", words="", actor=actor_of(cast.bea))
    with pytest.raises(Refused, match="that the other side has written"):
        report(open_room(cast), first.entry, reason="spam", words="", actor=actor_of(cast.sally))
    for stranger in (cast.otto, cast.olga, cast.rita):
        with pytest.raises(NotAllowed):
            report(room, None, reason="spam", words="", actor=actor_of(stranger))
    decide_report(first, ReportStatus.DISMISSED, why="Rude, no more", actor=actor_of(cast.olga))
    assert report(room, first.entry, reason="spam", words="", actor=actor_of(cast.sally)) != first


@pytest.mark.parametrize("who", ["sally", "bea", "otto", "carl"])
def test_nobody_but_operators_decides(cast: Cast, who: str) -> None:
    made, other = reported(cast, open_room(cast)), actor_of(getattr(cast, who))
    with pytest.raises(NotAllowed):
        decide_report(made, ReportStatus.HIDDEN, why="I say so", actor=other)
    with pytest.raises(NotAllowed):
        lift_suspension(made.room, actor=other)


def test_who_decided_what_and_why_is_kept_and_decided_twice_it_is_decided_once(cast: Cast) -> None:
    made, olga = reported(cast, open_room(cast)), actor_of(cast.olga)
    with pytest.raises(Refused, match="Write something"):
        decide_report(made, ReportStatus.HIDDEN, why=" ", actor=olga)
    for _ in range(2):
        decide_report(made, ReportStatus.HIDDEN, why="An insult", actor=olga)
    with pytest.raises(Refused, match="can’t become"):
        decide_report(made, ReportStatus.DISMISSED, why="Changed my mind", actor=olga)
    made.refresh_from_db()
    assert (made.status, made.decided_by, made.decided_why) == ("hidden", cast.olga, "An insult")
    whole = report(made.room, None, reason="fraud", words="", actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="No message was reported here"):
        decide_report(whole, ReportStatus.HIDDEN, why="All of it", actor=olga)


def test_a_hidden_message_is_gone_live_from_both_sides_and_from_all_that_is_looked_up(cast: Cast) -> None:
    room = open_room(cast)
    made = reported(cast, room, "Periwinkle fools")
    pages = {"cornershop": logged_in(cast.bea), "northfield": logged_in(cast.sally)}
    with (
        assert_live(pages["cornershop"], f"/c/cornershop/negotiations/{room.pk}/"),
        assert_live(pages["northfield"], f"/c/northfield/negotiations/{room.pk}/"),
    ):
        decide_report(made, ReportStatus.HIDDEN, why="An insult", actor=actor_of(cast.olga))
    for slug, client in pages.items():
        for page in ("", "whole/", "whole.json", "at/2/", "search/?q=fools"):
            shown = client.get(f"/c/{slug}/negotiations/{room.pk}/{page}").content.decode()
            assert "Periwinkle" not in shown
        assert "hidden this message" in client.get(f"/c/{slug}/negotiations/{room.pk}/").content.decode()
    with acting_for(cast.northfield.pk):
        assert not found_in(room, "Periwinkle")
        assert stream(room.pk)[-1].is_hidden


def test_in_a_suspended_negotiation_nothing_is_said_or_agreed_until_it_goes_on(cast: Cast) -> None:
    room, olga = open_room(cast), actor_of(cast.olga)
    offer(cast, room)
    made = report(room, None, reason="fraud", words="", actor=actor_of(cast.sally))
    with assert_live(logged_in(cast.bea), f"/c/cornershop/negotiations/{room.pk}/"):
        decide_report(made, ReportStatus.SUSPENDED, why="We look into it", actor=olga)
    for what in (
        lambda: say(cast, room, "Hello?"),
        lambda: offer(cast, room, "200", by=cast.bea),
        lambda: accept_offer(room, 1, key=new_key(), actor=actor_of(cast.bea)),
    ):
        with pytest.raises(Refused, match="operators have suspended this negotiation"):
            what()
    shown = logged_in(cast.bea).get(f"/c/cornershop/negotiations/{room.pk}/").content.decode()
    assert "operators have suspended this negotiation" in shown
    assert "Olga" not in shown
    assert "Accept offer 1" not in shown
    for _ in range(2):
        lift_suspension(room, actor=olga)
    say(cast, room, "Let us go on")
    assert list(Entry.objects.order_by("-seq").values_list("word", flat=True)[:3]) == [
        "message", "resumed", "suspended",
    ]  # fmt: skip


def test_operators_have_a_live_list_and_read_only_what_was_reported(cast: Cast) -> None:
    room, olga = open_room(cast), logged_in(cast.olga)
    say(cast, room, "Nobody reports this")
    where = "/c/platform/reports/"
    with assert_live(olga, where):
        reported(cast, room)
    shown = olga.get(where)
    assert_sound(shown)
    text = shown.content.decode()
    assert "You fools" in text
    assert "They insult us" in text
    assert "Nobody reports this" not in text
    made = Report.objects.get()
    refused = olga.post(f"{where}{made.pk}/decision/", {"decision": "suspended", "why": ""})
    assert refused.status_code == 422
    with assert_live(olga, where):
        assert olga.post(f"{where}{made.pk}/decision/", {"decision": "suspended", "why": "Insults"}).status_code == 303
    decided = olga.get(where)
    assert_sound(decided)
    assert "Let it go on" in decided.content.decode()
    with assert_live(olga, where):
        assert olga.post(f"{where}{made.pk}/lifting/").status_code == 303
    assert Room.objects.get().suspended_at is None
    assert logged_in(cast.bea).get("/c/cornershop/reports/").status_code == 404


def test_a_report_is_made_on_a_page_and_its_subject_does_not_learn_of_it(cast: Cast) -> None:
    room, sally = open_room(cast), logged_in(cast.sally)
    entry = say(cast, room, "You fools")
    where = f"/c/northfield/negotiations/{room.pk}/report/"
    refused = sally.post(where, {"entry": entry.pk, "reason": "", "words": "They insult us"})
    assert refused.status_code == 422
    assert "They insult us</textarea>" in refused.content.decode()
    assert sally.post(where, {"entry": entry.pk, "reason": "abuse", "words": ""}).status_code == 303
    assert_sound(sally.get(f"/c/northfield/negotiations/{room.pk}/reported/"))
    assert Report.objects.get().entry == entry
    with acting_for(cast.cornershop.pk):
        assert not Report.objects.filter(room=room).exists()
