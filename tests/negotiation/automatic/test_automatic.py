"""Enquiries within a seller's rules are answered by themselves: once, with a binding offer, never after a person."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db.transaction import atomic
from pytest_django import DjangoAssertNumQueries

from backend.accounts.actions import remove_member
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.events import log
from backend.events.listeners import listen_once, listeners
from backend.inventory.models import StockLevel
from backend.negotiation.actions import decline_offer
from backend.negotiation.automatic.actions import RuleDraft, set_answer_rule, turn_answer_rule
from backend.negotiation.automatic.queries import answer_rules, answer_runs, answered_by
from backend.negotiation.automatic.steps import answer_automatically
from backend.negotiation.models import AnswerRule, AnswerRun, Enquiry, Entry, Revision, Room
from backend.orders.agreements.actions import accept_offer
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.negotiation.floors.test_floors import keep
from tests.negotiation.haggling import enquire, new_key, offer, open_room, say

ROOM = "backend.negotiation"


def rule(cast: Cast, **given: Any) -> AnswerRule:
    """Max answers up to 500 of anything at 10 % off."""
    usual: dict[str, Any] = {"name": "Small", "max_quantity": 500, "percent_off": Decimal(10)}
    return set_answer_rule(cast.northfield, RuleDraft(**usual | given), actor=actor_of(cast.max))


def react() -> None:
    """What the worker does with what has happened."""
    log.number_events(10_000)
    while listen_once(ROOM, listeners()[ROOM], 10_000):
        pass


def outcome() -> str:
    react()
    return AnswerRun.objects.latest("pk").outcome


def test_an_enquiry_within_a_rule_is_answered_at_what_this_buyer_pays_less_the_percent(cast: Cast) -> None:
    rule(cast)
    room = open_room(cast)
    for _ in range(2):
        react()
        answer_automatically(room.pk)
    made = Revision.objects.get()
    assert (made.lines.get().unit_price_minor, made.lines.get().quantity) == (Decimal("229.5"), 100)
    assert (made.side, made.author, Room.objects.get().status) == ("seller", cast.max, "awaiting_buyer")
    assert (AnswerRun.objects.get().outcome, AnswerRun.objects.get().revision) == ("answered", 1)
    order = accept_offer(room, 1, key=new_key(), actor=actor_of(cast.bea))
    assert order.commercial == "accepted"


def test_who_buys_sees_an_offer_like_any_other_and_the_seller_that_a_rule_made_it(cast: Cast) -> None:
    rule(cast)
    room = open_room(cast)
    react()
    entry = Entry.objects.get(word="offered")
    assert (entry.author, entry.side, entry.text) == (cast.max, "seller", "")
    now = Room.objects.get(pk=room.pk)
    with acting_for(cast.northfield.pk):
        run = answered_by(now)
    assert run
    assert run.rule == AnswerRule.objects.get()
    with acting_for(cast.cornershop.pk):
        assert answered_by(now) is None
        assert not AnswerRule.objects.exists()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"max_quantity": 99}, "no_rule"),
        ({"min_quantity": 101}, "no_rule"),
        ({"code": "22114"}, "no_rule"),
        ({"code": "85123A"}, "answered"),
        ({"holds_stock": True}, "answered"),
    ],
)
def test_a_rule_covers_its_things_and_its_band(cast: Cast, given: dict[str, Any], expected: str) -> None:
    rule(cast, **given)
    open_room(cast)
    assert outcome() == expected
    assert StockLevel.objects.get(item_id=cast.mug.pk).reserved == (100 if "holds_stock" in given else 0)


def test_every_line_has_to_be_covered_and_to_be_ordered_as_it_stands(cast: Cast) -> None:
    rule(cast, code="85123A")
    enquire(cast, cast.mug, cast.plate)
    assert outcome() == "no_rule"
    rule(cast)
    enquire(cast, cast.mug, cast.plate)
    assert outcome() == "no_rule", "100 plates are no whole number of cases of 12"


def test_the_most_specific_rule_answers(cast: Cast) -> None:
    rule(cast, name="Any", percent_off=Decimal(1))
    rule(cast, name="Crockery", percent_off=Decimal(2), category_id=cast.crockery.pk)
    own = rule(cast, name="Mug", percent_off=Decimal(3), code="85123A")
    for named, pence in (("Mug", "247.35"), ("Crockery", "249.9"), ("Any", "252.45")):
        room = open_room(cast)
        react()
        assert Revision.objects.get(room=room).lines.get().unit_price_minor == Decimal(pence)
        turn_answer_rule(cast.northfield, AnswerRule.objects.get(name=named).pk, on=False, actor=actor_of(cast.max))
    assert own.name == "Mug"
    quiet = open_room(cast)
    react()
    assert not AnswerRun.objects.filter(room=quiet).exists(), "where all rules rest nobody looks"


@pytest.mark.parametrize(
    "act",
    [
        lambda cast, room: say(cast, room, "One moment", by=cast.sally),
        lambda cast, room: offer(cast, room),
        lambda cast, room: decline_offer(room, answers=0, reason="Sold out", actor=actor_of(cast.sally)),
    ],
    ids=["a message", "an offer", "a refusal"],
)
def test_after_a_person_nothing_is_answered(cast: Cast, act: Callable[[Cast, Room], object]) -> None:
    rule(cast)
    room = open_room(cast)
    act(cast, room)
    before = Revision.objects.count()
    assert outcome() == "person"
    assert Revision.objects.count() == before


def test_it_never_goes_below_the_floor_whoever_set_it_up(cast: Cast) -> None:
    rule(cast)
    keep(cast, "229.6")
    open_room(cast)
    assert outcome() == "floor"
    keep(cast, "229.5")
    open_room(cast)
    assert outcome() == "answered"


def test_no_more_than_its_cap_a_day(cast: Cast) -> None:
    rule(cast, per_day=2)
    for expected in ("answered", "answered", "cap"):
        open_room(cast)
        assert outcome() == expected
    with acting_for(cast.northfield.pk):
        assert [each.today for each in answer_rules(cast.northfield.pk)] == [2]  # type: ignore[attr-defined]


def test_what_cannot_be_offered_says_why_and_leaves_nothing(cast: Cast) -> None:
    rule(cast, holds_stock=True)
    StockLevel.objects.filter(item_id=cast.mug.pk).update(safety=250)
    open_room(cast)
    assert outcome() == "refused"
    assert "Only 50 of line 1 can be held" in AnswerRun.objects.get().why
    assert (Revision.objects.count(), Room.objects.get().head) == (0, 0)


def test_a_rule_whose_maker_has_left_answers_nothing_until_somebody_takes_it_on(cast: Cast) -> None:
    made = rule(cast)
    remove_member(cast.max.memberships.get(), actor=actor_of(cast.nora))
    open_room(cast)
    assert outcome() == "nobody"
    for on in (False, True):
        turn_answer_rule(cast.northfield, made.pk, on=on, actor=actor_of(cast.nora))
    open_room(cast)
    assert outcome() == "answered"
    assert Revision.objects.get().author == cast.nora


def test_another_seller_of_the_enquiry_answers_by_his_own_rules(cast: Cast) -> None:
    rule(cast)
    enquiry = enquire(cast, cast.mug, cast.kettle)
    react()
    assert {room.seller.slug: room.head for room in Room.objects.filter(enquiry=enquiry).with_parties()} == {
        "northfield": 1,
        "eastwick": 0,
    }
    assert Enquiry.objects.get().status == "open"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"max_quantity": 0}, "max_quantity"),
        ({"min_quantity": 501}, "max_quantity"),
        ({"percent_off": Decimal(100)}, "percent_off"),
        ({"percent_off": Decimal(-1)}, "percent_off"),
        ({"valid_days": 0}, "valid_days"),
        ({"valid_days": 31}, "valid_days"),
        ({"per_day": 0}, "per_day"),
        ({"code": "none"}, "code"),
        ({"code": "85123A", "category_id": 1}, "category"),
    ],
)
def test_what_no_rule_may_say_is_refused(cast: Cast, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        rule(cast, **given)
    assert refused.value.field == field
    assert not AnswerRule.objects.exists()


@pytest.mark.parametrize("who", ["sally", "wes", "rita", "bea", "otto", "olga"])
def test_who_does_not_keep_the_floors_sets_and_turns_no_rule(cast: Cast, who: str) -> None:
    made, actor = rule(cast), actor_of(getattr(cast, who))
    with pytest.raises(NotAllowed):
        set_answer_rule(cast.northfield, RuleDraft("Mine", 10), actor=actor)
    with pytest.raises(NotAllowed):
        turn_answer_rule(cast.northfield, made.pk, on=False, actor=actor)
    assert AnswerRule.objects.get().is_on


def test_rules_and_runs_cost_a_query_each(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    rule(cast)
    for _ in range(2):
        open_room(cast)
    react()
    with acting_for(cast.northfield.pk), django_assert_num_queries(2):
        assert [str(each.set_up_by) for each in answer_rules(cast.northfield.pk)] == ["Max"]
        assert [row.buyer for row in answer_runs(cast.northfield.pk)] == ["Cornershop"] * 2


@pytest.mark.django_db(transaction=True)
def test_looked_at_twice_at_once_it_is_answered_once(at_once: AtOnce) -> None:
    cast = make_cast()
    rule(cast)
    room = open_room(cast)
    results = at_once([lambda: _answer(room), lambda: _answer(room), lambda: offer(cast, room, answers=0)])
    assert len([each for each in results if isinstance(each, Exception)]) <= 1
    assert (Revision.objects.filter(room=room).count(), AnswerRun.objects.filter(room=room).count()) == (1, 1)


def _answer(room: Room) -> None:
    with atomic():
        answer_automatically(room.pk)
