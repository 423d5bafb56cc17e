from collections.abc import Sequence

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from backend.accounts.actor import Actor
from backend.events import dead_letters, log
from backend.events.kinds import Kind
from backend.events.listeners import FAILURES_BURIED, Reaction, Together, listen_once, listeners, passed_by_all
from backend.events.models import Event

pytestmark = pytest.mark.django_db


def happen(*kinds: Kind) -> None:
    for kind in kinds:
        with transaction.atomic():
            log.record(kind, "company:1", version=1, actor=Actor(1, 1))
    log.number_events()


def test_a_room_hears_every_event_of_its_kinds_once_and_in_order() -> None:
    heard: list[int | None] = []
    reactions: dict[str, Reaction] = {Kind.MARKET_LOADED: lambda event: heard.append(event.position)}
    happen(Kind.MARKET_LOADED, Kind.ACCOUNTS_COMPANY_APPROVED, Kind.MARKET_LOADED)
    assert listen_once("room", reactions) == 3
    assert listen_once("room", reactions) == 0
    assert heard == [1, 3]


def test_what_a_room_does_not_react_to_is_passed_at_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    happen(*[Kind.MARKET_LOADED] * 50)
    with django_assert_num_queries(2):
        assert listen_once("room", {}) == 50
    with django_assert_num_queries(1):
        assert listen_once("room", {}) == 0
    assert log.watermark("room") == 50


def test_a_failing_reaction_is_tried_again_and_stops_nobody_else() -> None:
    heard: list[str] = []

    def fail(event: Event) -> None:
        heard.append("failed")
        raise ValueError("not today")

    happen(Kind.MARKET_LOADED, Kind.MARKET_LOADED)
    assert listen_once("broken", {Kind.MARKET_LOADED: fail}) == 0
    assert listen_once("sound", {Kind.MARKET_LOADED: lambda event: heard.append("heard")}) == 2
    assert listen_once("broken", {Kind.MARKET_LOADED: lambda event: heard.append("mended")}) == 2
    assert heard == ["failed", "heard", "heard", "mended", "mended"]


def test_what_is_reacted_to_together_is_one_transaction_however_much_it_is(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    heard: list[list[int | None]] = []
    together = Together(lambda events: heard.append([event.position for event in events]))
    happen(*[Kind.MARKET_LOADED, Kind.ACCOUNTS_COMPANY_APPROVED] * 20)
    with django_assert_num_queries(5):  # a look, the savepoint of the tests' own transaction twice, the cursor twice
        assert listen_once("room", {Kind.MARKET_LOADED: together}) == 40
    assert heard == [list(range(1, 41, 2))]


def test_reactions_of_several_kinds_hear_them_in_their_order() -> None:
    heard: list[object] = []
    reactions: dict[str, Reaction] = {
        Kind.MARKET_LOADED: Together(lambda events: heard.append([event.position for event in events])),
        Kind.ACCOUNTS_COMPANY_APPROVED: lambda event: heard.append(event.position),
    }
    happen(*[Kind.MARKET_LOADED] * 2, *[Kind.ACCOUNTS_COMPANY_APPROVED] * 2, Kind.MARKET_LOADED)
    assert listen_once("room", reactions) == 5
    assert heard == [[1, 2], 3, 4, [5]]


@pytest.mark.parametrize("poison", [1, 4, 10])
def test_of_many_together_all_before_the_one_that_fails_are_passed_and_it_alone_is_buried(poison: int) -> None:
    heard: list[int | None] = []

    def react(events: Sequence[Event]) -> None:
        if poison in [event.position for event in events]:
            raise ValueError("not today")
        heard.extend(event.position for event in events)

    happen(*[Kind.MARKET_LOADED] * 10)
    passed = [listen_once("room", {Kind.MARKET_LOADED: Together(react)}) for _ in range(FAILURES_BURIED)]
    assert passed == [poison - 1, *[0] * (FAILURES_BURIED - 1)]
    assert heard == list(range(1, poison))
    (letter,) = dead_letters.unseen()
    assert (letter.what, letter.position) == ("room: market.loaded", poison)
    poison = 0
    listen_once("room", {Kind.MARKET_LOADED: Together(react)})
    assert heard == list(range(1, 11))


def test_an_operator_is_told_of_a_reaction_that_fails_again_and_again() -> None:
    def fail(event: Event) -> None:
        raise ValueError("not today")

    happen(Kind.MARKET_LOADED)
    for _ in range(FAILURES_BURIED - 1):
        listen_once("broken", {Kind.MARKET_LOADED: fail})
    assert dead_letters.unseen() == []
    for _ in range(5):
        listen_once("broken", {Kind.MARKET_LOADED: fail})
    (letter,) = dead_letters.unseen()
    assert (letter.what, letter.position, letter.times) == ("broken: market.loaded", 1, 1)
    assert letter.problem.startswith("ValueError in fail, test_listeners.py:")


def test_the_slowest_reader_holds_back_what_may_be_dropped() -> None:
    happen(Kind.MARKET_LOADED, Kind.MARKET_LOADED)
    assert passed_by_all() == 0
    for room in listeners():
        log.move_watermark(2, room)
    assert passed_by_all() == 0
    log.move_watermark(2)
    log.move_watermark(1, "relay.1")
    assert passed_by_all() == 1


def test_rooms_with_reactions_are_found_by_themselves() -> None:
    assert Kind.ACCOUNTS_COMPANY_APPROVED in listeners()["backend.accounts"]
