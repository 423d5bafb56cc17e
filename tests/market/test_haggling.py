"""The replay's shops and makers come to terms in rooms of their own, and what people are to answer waits for them."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from backend.market.models import Act, Errand
from backend.market.simulator import haggling
from backend.market.simulator.haggling import ask, haggle
from backend.market.simulator.shops import Shop
from backend.market.simulator.stalls import Stall
from backend.negotiation.models import Enquiry, Revision, Room
from backend.negotiation.states import OPEN, QuoteStatus
from backend.orders.models import Order
from backend.orders.states import Commercial
from tests.market.conftest import invoice, set_on_hand
from tests.market.handling import sellers_of


@pytest.fixture(autouse=True)
def about_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every invoice is asked about."""
    monkeypatch.setattr(haggling, "ONE_IN", 1)


def think() -> None:
    Room.objects.across_companies(why="a while passes").update(moved_at=Now() - timedelta(minutes=1))


def asked(stalls: dict[str, Stall], shop: Shop, references: range = range(1)) -> None:
    for n in references:
        assert ask(invoice(("85123A", 2), reference=f"{536365 + n}"), shop, stalls)


def test_a_shop_asks_once_for_far_more_than_it_buys(stalls: dict[str, Stall], mulberry: Shop) -> None:
    asked(stalls, mulberry)
    asked(stalls, mulberry)
    line = Enquiry.objects.get().lines.get()
    assert line.quantity >= 2 * haggling.TIMES
    assert line.target_price


def test_no_more_is_asked_while_enough_is_open(
    stalls: dict[str, Stall], mulberry: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(haggling, "MOST_OPEN", 2)
    asked(stalls, mulberry, range(2))
    assert not ask(invoice(("85123A", 2), reference="9"), mulberry, stalls)


# Of a hundred offers so many are taken and so many answered; what becomes of two rooms then, and after how many words.
LUCKS = {
    "taken": (100, 0, QuoteStatus.ORDERED, 4),
    "answered": (0, 100, QuoteStatus.ORDERED, 6),
    "declined": (0, 0, QuoteStatus.DECLINED, 4),
}


@pytest.mark.parametrize(("taken", "answered", "end", "words"), LUCKS.values(), ids=LUCKS)
def test_they_take_turns_until_they_agree_or_part(
    stalls: dict[str, Stall],
    mulberry: Shop,
    monkeypatch: pytest.MonkeyPatch,
    taken: int,
    answered: int,
    end: QuoteStatus,
    words: int,
) -> None:
    monkeypatch.setattr(haggling, "TAKEN", taken)
    monkeypatch.setattr(haggling, "ANSWERED", answered)
    asked(stalls, mulberry, range(2))
    said = 0
    while Room.objects.filter(status__in=OPEN).exists():
        think()
        assert haggle(7, sellers_of(stalls))
        said += 1
    assert said == words
    assert [room.status for room in Room.objects.all()] == [end, end]
    for order in Order.objects.with_parties():
        assert order.commercial == Commercial.ACCEPTED
        assert order.agreement_id in set(Revision.objects.values_list("pk", flat=True))
        assert Errand.objects.get(order=order).act == Act.PACK


def test_what_was_just_said_is_thought_about_first(stalls: dict[str, Stall], mulberry: Shop) -> None:
    asked(stalls, mulberry)
    assert not haggle(7, sellers_of(stalls))


def test_a_seller_with_people_of_their_own_is_left_to_them(stalls: dict[str, Stall], mulberry: Shop) -> None:
    asked(stalls, mulberry)
    think()
    sellers = sellers_of(stalls)
    of_people = type(sellers)(sellers.actors, frozenset(sellers.actors))
    assert not haggle(7, of_people)
    assert haggle(7, sellers)
    think()
    assert haggle(7, of_people), "the shop takes up what was offered"


def test_what_cannot_be_supplied_is_declined_and_holds_up_nobody(stalls: dict[str, Stall], mulberry: Shop) -> None:
    asked(stalls, mulberry, range(9))
    sellers = sellers_of(stalls)
    for stall in stalls.values():
        set_on_hand(stall, 0)
    for _ in range(40):
        think()
        haggle(7, sellers)
    assert {room.status for room in Room.objects.all()} == {QuoteStatus.DECLINED}
