"""All offers side by side for the buyer; and what a bidder learns of the others, which is nothing, or a rank."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.core.money import Money, UnitPrice
from backend.core.row_security import acting_for
from backend.events import log
from backend.negotiation.actions import decline_offer
from backend.negotiation.bids.queries import BoardView, bid_board, standings
from backend.negotiation.enquiries.actions import Asked
from backend.negotiation.models import Enquiry, Revision, Room
from backend.negotiation.states import Board
from backend.negotiation.terms import OfferedLine, Tier
from realtime.asking import grant_for
from realtime.lanes import coalesce
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.listening import frames
from tests.live import assert_live
from tests.negotiation.haggling import enquire, in_days, offer
from tests.orders.test_agreements import accept


def rivals(cast: Cast, board: Board = Board.PRIVATE, **given: Any) -> Enquiry:
    """Bea asks for 100 mugs, which Eastwick sells, too (as his kettle, here), and for 24 of Northfield's plates."""
    twin = cast.kettle
    twin.product, twin.variant = cast.mug.product, cast.mug.variant
    twin.save()
    usual: dict[str, Any] = {
        "lines": [Asked(cast.mug.pk, 100, breaks=[500]), Asked(twin.pk, 100, breaks=[500]), Asked(cast.plate.pk, 24)]
    }
    return enquire(cast, board=board, **usual | given)


def bid(
    cast: Cast,
    enquiry: Enquiry,
    by: User,
    pence: str,
    *,
    quantity: int = 100,
    plates: str = "",
    tiers: str = "",
    **given: Any,
) -> Revision:
    """Sally or Otto offers mugs, and Sally plates if she says for how much."""
    actor = actor_of(by)
    room = Room.objects.with_parties().get(enquiry=enquiry, seller=actor.company_id)
    mug = cast.mug if by == cast.sally else cast.kettle
    for_more = [Tier(500, UnitPrice(Decimal(tiers)))] if tiers else []
    lines = [OfferedLine(mug.pk, quantity, UnitPrice(Decimal(pence)), for_more)]
    if plates:
        lines.append(OfferedLine(cast.plate.pk, 24, UnitPrice(Decimal(plates))))
    return offer(cast, room, by=by, lines=lines, **{"valid_until": in_days(30)} | given)


def board_of(cast: Cast, enquiry: Enquiry) -> BoardView:
    with acting_for(cast.cornershop.pk):
        return bid_board(Enquiry.objects.get(pk=enquiry.pk))


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_board_marks_the_best_of_each_line_and_shows_the_gaps(cast: Cast) -> None:
    enquiry = rivals(cast)
    bid(cast, enquiry, cast.sally, "240", tiers="200")
    bid(cast, enquiry, cast.otto, "230")
    board = board_of(cast, enquiry)
    assert [each.seller for each in board.bids] == ["Eastwick", "Northfield"]
    mugs, plates = board.lines
    assert [(cell.price, cell.is_best) for cell in mugs.cells] == [
        (UnitPrice(Decimal(230)), True), (UnitPrice(Decimal(240)), False)
    ]  # fmt: skip
    assert [[tier.unit_price.minor for tier in cell.breaks] for cell in mugs.cells] == [[230], [200]]
    assert (plates.is_gap, board.gaps) == (True, 1)
    assert [each.is_best for each in board.bids] == [False, False], "nobody offers all of it"
    bid(cast, enquiry, cast.sally, "240", plates="290")
    east, north = board_of(cast, enquiry).bids
    assert (north.is_whole, north.is_best, north.total) == (True, True, Money(100 * 240 + 24 * 290 + 1_500))
    assert (east.is_whole, east.is_best) == (False, False)


def test_too_few_are_no_best_and_a_larger_offer_counts_at_what_was_asked_for(cast: Cast) -> None:
    enquiry = rivals(cast)
    bid(cast, enquiry, cast.otto, "200", quantity=60)
    bid(cast, enquiry, cast.sally, "240")
    few, enough = board_of(cast, enquiry).lines[0].cells
    assert (few.is_short, few.is_best, enough.is_best) == (True, False, True)
    bid(cast, enquiry, cast.otto, "235", quantity=600)
    assert board_of(cast, enquiry).lines[0].cells[0].is_best


def test_what_was_declined_or_countered_is_not_best(cast: Cast) -> None:
    enquiry = rivals(cast)
    bid(cast, enquiry, cast.otto, "200")
    bid(cast, enquiry, cast.sally, "240")
    east = Room.objects.with_parties().get(enquiry=enquiry, seller=cast.eastwick)
    counter = [OfferedLine(cast.kettle.pk, 100, UnitPrice(Decimal(150)))]
    offer(cast, east, by=cast.bea, lines=counter)
    board = board_of(cast, enquiry)
    assert board.bids[0].is_buyers
    assert [cell.is_best for cell in board.lines[0].cells] == [False, True]
    decline_offer(east, answers=2, reason="No", actor=actor_of(cast.otto))
    assert [cell.counts for cell in board_of(cast, enquiry).lines[0].cells] == [False, True]


def test_a_board_costs_five_queries_for_one_offer_and_for_two(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    enquiry = rivals(cast)
    for by in (cast.sally, cast.otto):
        bid(cast, enquiry, by, "240")
        with acting_for(cast.cornershop.pk), django_assert_num_queries(5):
            bid_board(enquiry)


def test_the_board_is_live(cast: Cast) -> None:
    enquiry = rivals(cast)
    with assert_live(logged_in(cast.bea), f"/c/cornershop/negotiations/enquiries/{enquiry.pk}/"):
        bid(cast, enquiry, cast.sally, "240")
        bid(cast, enquiry, cast.otto, "230")


# --- What bidders learn ----------------------------------------------------------------------------------------------
def test_on_an_open_board_sellers_see_rank_and_best_price_and_never_who(cast: Cast) -> None:
    enquiry = rivals(cast, Board.OPEN)
    for by, pence in ((cast.sally, "240"), (cast.otto, "247.75")):
        bid(cast, enquiry, by, pence)
    ranks = standings(enquiry)
    rooms = {room.seller.slug: room for room in Room.objects.with_parties()}
    mugs = {slug: ranks[room.pk][0] for slug, room in rooms.items()}
    assert [(mugs[slug].rank, mugs[slug].of) for slug in ("northfield", "eastwick")] == [(1, 2), (2, 2)]
    assert {line.best for line in mugs.values()} == {UnitPrice(Decimal(240))}
    page = f"/c/eastwick/negotiations/{rooms['eastwick'].pk}/"
    shown = logged_in(cast.otto).get(page).content.decode()
    assert "2 of 2" in shown
    assert "Northfield" not in shown
    assert (
        "2 of 2" not in logged_in(cast.bea).get(f"/c/cornershop/negotiations/{rooms['eastwick'].pk}/").content.decode()
    )


def test_a_rank_is_live_and_told_to_those_alone_for_whom_it_changed(cast: Cast) -> None:
    enquiry = rivals(cast, Board.OPEN)
    bid(cast, enquiry, cast.sally, "240")
    rooms = {room.seller.slug: room for room in Room.objects.with_parties()}
    pages = [(logged_in(user), f"/c/{slug}/negotiations/{rooms[slug].pk}/")
             for user, slug in ((cast.otto, "eastwick"), (cast.sally, "northfield"))]  # fmt: skip
    with assert_live(*pages[0]), assert_live(*pages[1]):
        bid(cast, enquiry, cast.otto, "230")
    with assert_live(*pages[0]), assert_live(*pages[1]):
        accept(cast, rooms["northfield"])
    quiet = rivals(cast, Board.OPEN)
    bid(cast, quiet, cast.sally, "240")
    log.number_events(10_000)
    position = log.last_position()
    bid(cast, quiet, cast.sally, "240")
    log.number_events(10_000)
    assert not [event for event in log.since(position, 100) if event.kind == "negotiation.standings_moved"]


@pytest.mark.parametrize("board", [Board.PRIVATE, Board.SEALED])
def test_what_reaches_a_bidder_carries_nothing_of_the_others(cast: Cast, board: Board) -> None:
    """His pages, every frame of every topic that opens to him, and the same as JSON: no price, name or signal."""
    start = log.last_position()
    enquiry = rivals(cast, board)
    bid(cast, enquiry, cast.otto, "211")
    heard = topics_to(cast.otto, start)
    after_his = log.last_position()
    bid(cast, enquiry, cast.sally, "247.75", plates="288.25")
    assert topics_to(cast.otto, after_his) == set(), "that somebody offered is no news to him"
    said = [text for topic in heard for text in frames(topic.partition(":")[0], int(topic.partition(":")[2]))]
    secrets = ("247.75", "2.4775", "288.25", "2.8825", "northfield")
    assert len(said) >= 4, "he hears of his own room"
    assert not [text for text in said if any(secret in text.lower() for secret in secrets)]
    room = Room.objects.get(seller=cast.eastwick)
    for page in ("", f"{room.pk}/", f"{room.pk}/before/99/"):
        shown = logged_in(cast.otto).get(f"/c/eastwick/negotiations/{page}").content.decode().lower()
        assert not [secret for secret in secrets if secret in shown], page


def topics_to(user: User, start: int) -> set[str]:
    """Whatever this person may watch of what has happened since."""
    log.number_events(10_000)
    due = coalesce(log.since(start, 10_000))
    return set(grant_for(actor_of(user), due).topics)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_bid_at_once_both_learn_where_they_stand_in_the_end(at_once: AtOnce) -> None:
    cast = make_cast()
    enquiry = rivals(cast, Board.OPEN)
    results = at_once([lambda by=by: bid(cast, enquiry, by, "240") for by in (cast.sally, cast.otto)])
    assert not [each for each in results if isinstance(each, Exception)]
    log.number_events(10_000)
    last = [event for event in log.since(0, 10_000) if event.kind == "negotiation.standings_moved"][-1]
    assert set(last.data["rooms"]) == set(Room.objects.values_list("pk", flat=True))
