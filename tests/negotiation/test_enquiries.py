"""A buyer asks for offers, and each seller hears of it in a room of his own."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.catalog.models import SellerTerms
from backend.core.errors import NotAllowed, Refused
from backend.core.money import UnitPrice
from backend.core.row_security import acting_for
from backend.inventory.models import StockLevel
from backend.negotiation.enquiries.actions import Asked, Request, ask_for_offers, take_enquiry_back
from backend.negotiation.models import Enquiry, EnquiryLine, Entry, Room
from backend.negotiation.queries import wanted_lines
from tests.cast import Cast, actor_of
from tests.negotiation.haggling import enquire, in_days, offer


def test_each_seller_of_what_is_named_gets_a_room_and_learns_of_no_other(cast: Cast) -> None:
    enquire(cast, cast.mug, cast.kettle)
    rooms = {room.seller: room for room in Room.objects.with_parties()}
    assert set(rooms) == {cast.northfield, cast.eastwick}
    with acting_for(cast.northfield.pk):
        room = Room.objects.visible_to(actor_of(cast.sally)).with_parties().get()
        assert [line.code for line in wanted_lines(room)] == [cast.mug.code]
        assert room.enquiry.note == "For our spring shelves"
    assert [(entry.word, entry.side) for entry in Entry.objects.all()] == [("asked", "buyer")] * 2


def test_sent_twice_it_is_asked_once(cast: Cast) -> None:
    first, second = (enquire(cast, key="same") for _ in range(2))
    assert first == second
    assert Room.objects.count() == 1


def test_two_sellers_offers_of_one_variant_are_one_line(cast: Cast) -> None:
    twin = cast.kettle
    twin.product, twin.variant = cast.mug.product, cast.mug.variant
    twin.save()
    enquiry = enquire(cast, cast.mug, twin)
    assert EnquiryLine.objects.get().variant == cast.mug.variant
    assert Room.objects.filter(enquiry=enquiry).count() == 2
    with pytest.raises(Refused, match="for 100 and for 60 of the same thing, “Blue enamel mug”"):
        enquire(cast, lines=[Asked(cast.mug.pk, 100), Asked(twin.pk, 60)])


@pytest.mark.parametrize("who", ["rita", "wes", "olga"])
def test_who_may_not_negotiate_asks_for_nothing(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        enquire(cast, cast.kettle, by=getattr(cast, who))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lines": []}, "1 to 200 lines"),
        ({"title": "  "}, "Write something"),
        ({"title": "x" * 121}, "121 characters are too many"),
        ({"open_for": timedelta(days=61)}, "1 to 60 days"),
        ({"open_for": timedelta(days=-1)}, "1 to 60 days"),
    ],
)
def test_an_enquiry_that_makes_no_sense_is_refused(cast: Cast, given: dict[str, object], said: str) -> None:
    request = Request(**{"title": "Mugs", "lines": [Asked(cast.mug.pk, 10)]} | given)  # type: ignore[arg-type]
    with pytest.raises(Refused, match=said):
        ask_for_offers(request, key="k", actor=actor_of(cast.bea))
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize("quantity", [0, -1, 10**12])
def test_a_quantity_that_nobody_sells_is_refused(cast: Cast, quantity: int) -> None:
    request = Request("Mugs", [Asked(cast.mug.pk, quantity)])
    with pytest.raises(Refused):
        ask_for_offers(request, key="k", actor=actor_of(cast.bea))


def test_nobody_asks_for_what_they_do_not_see_or_what_is_their_own(cast: Cast) -> None:
    cast.mug.listed = False
    cast.mug.save()
    with pytest.raises(Refused, match="no longer for sale"):
        enquire(cast)
    with pytest.raises(Refused, match="your own"):
        enquire(cast, cast.plate, by=cast.nora)


def test_an_enquiry_costs_the_same_for_one_line_and_for_two(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(16):
        enquire(cast, cast.mug)
    with django_assert_max_num_queries(16):
        enquire(cast, cast.mug, cast.plate)


def test_an_enquiry_that_is_taken_back_ends_every_room_of_it_and_frees_what_was_held(cast: Cast) -> None:
    enquiry = enquire(cast, cast.mug, cast.kettle)
    offer(cast, Room.objects.get(seller=cast.northfield), holds_stock=True)
    with pytest.raises(NotAllowed):
        take_enquiry_back(enquiry, actor=actor_of(cast.sally))
    for _ in range(2):
        assert take_enquiry_back(enquiry, actor=actor_of(cast.bea)).status == "cancelled"
    assert set(Room.objects.values_list("status", flat=True)) == {"withdrawn"}
    assert StockLevel.objects.get(item_id=cast.mug.pk).reserved == 0
    assert Entry.objects.filter(word="taken_back").count() == 2


def test_a_first_answer_comes_before_the_closing_time_and_what_is_under_way_goes_on(cast: Cast) -> None:
    late, under_way = (Room.objects.get(enquiry=enquire(cast)) for _ in range(2))
    offer(cast, under_way)
    Enquiry.objects.update(closes_at=in_days(-1))
    offer(cast, under_way, by=cast.bea)
    with pytest.raises(Refused, match="has taken offers until"):
        offer(cast, late)


@pytest.mark.parametrize(
    ("breaks", "said"),
    [([500, 100], "100 is not more than the 100"), (range(200, 206), "up to 5 larger"), ([-1], "-1")],
)
def test_prices_are_asked_for_at_larger_quantities_alone(cast: Cast, breaks: list[int], said: str) -> None:
    with pytest.raises(Refused, match=said):
        enquire(cast, lines=[Asked(cast.mug.pk, 100, breaks=breaks)])
    enquire(cast, lines=[Asked(cast.mug.pk, 100, breaks=[1_000, 500, 500])])
    assert EnquiryLine.objects.get().breaks == [500, 1_000]


def test_an_enquiry_is_in_the_currency_that_its_sellers_take(cast: Cast) -> None:
    SellerTerms.objects.create(company=cast.northfield, currency="EUR")
    euros = UnitPrice(Decimal(200), "EUR")
    enquiry = asked_for(cast, Asked(cast.mug.pk, 10, euros))
    assert enquiry.currency == "EUR"
    with acting_for(cast.cornershop.pk):
        assert Room.objects.get(enquiry=enquiry).currency == "EUR"
    with pytest.raises(Refused, match="take EUR"):
        asked_for(cast, Asked(cast.mug.pk, 10, UnitPrice(Decimal(200))), key="pounds")
    with pytest.raises(Refused, match="Eastwick GBP, Northfield EUR"):
        asked_for(cast, Asked(cast.mug.pk, 10), Asked(cast.kettle.pk, 2), key="both")


def asked_for(cast: Cast, *lines: Asked, key: str = "k") -> Enquiry:
    return ask_for_offers(Request("Mugs", lines), key=key, actor=actor_of(cast.bea))
