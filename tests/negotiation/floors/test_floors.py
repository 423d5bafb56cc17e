"""The least that a seller takes: the most specific floor counts, and what can't be compared counts as below it."""

from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.catalog.costs.actions import set_costs
from backend.core.errors import NotAllowed, Refused
from backend.core.money import UnitPrice
from backend.core.row_security import acting_for
from backend.negotiation.floors.actions import FloorDraft, remove_floor, set_floor
from backend.negotiation.floors.checking import below_floor
from backend.negotiation.models import Floor
from backend.negotiation.terms import OfferedLine, Tier
from tests.cast import Cast, actor_of
from tests.negotiation.haggling import open_room, terms


def pence(amount: str | int) -> UnitPrice:
    return UnitPrice(Decimal(amount))


def keep(cast: Cast, least: str | None = None, margin: str | None = None, **of: Any) -> Floor:
    """Max, who manages Northfield, takes no less than so many pence, or so many percent."""
    draft = FloorDraft(min_price=pence(least) if least else None, min_margin=Decimal(margin) if margin else None, **of)
    return set_floor(cast.northfield, draft, actor=actor_of(cast.max))


def cost(cast: Cast, amount: str, currency: str = "GBP") -> None:
    set_costs(cast.northfield, {cast.mug.code: UnitPrice(Decimal(amount), currency)}, actor=actor_of(cast.max))


def below(cast: Cast, price: str, **given: Any) -> list[Any]:
    room = open_room(cast)
    with acting_for(cast.northfield.pk):
        return [
            (line.code, line.least.minor if line.least else None)
            for line in below_floor(room, terms(cast.mug, price, **given))
        ]


def test_the_most_specific_floor_counts_alone(cast: Cast) -> None:
    assert below(cast, "1") == []
    keep(cast, "200")
    assert below(cast, "199.9999") == [("85123A", 200)]
    assert below(cast, "200") == []
    keep(cast, "150", category_id=cast.crockery.pk)
    assert below(cast, "160") == []
    keep(cast, "180", code="85123a")
    assert below(cast, "160") == [("85123A", 180)]
    keep(cast, "170", code="85123A")
    assert Floor.objects.count() == 3, "a floor that is set again takes the place of the first"
    assert below(cast, "170") == []


def test_a_margin_is_of_the_price_and_the_higher_of_two_counts(cast: Cast) -> None:
    cost(cast, "180")
    keep(cast, margin="25")
    assert below(cast, "239.9999") == [("85123A", 240)]
    assert below(cast, "240") == []
    keep(cast, "250", margin="25")
    assert below(cast, "249") == [("85123A", 250)]
    cost(cast, "200")
    assert below(cast, "260") == [("85123A", Decimal("266.6667"))]


def test_what_cannot_be_compared_counts_as_below(cast: Cast) -> None:
    keep(cast, margin="1")
    assert below(cast, "99999") == [("85123A", None)]
    cost(cast, "1", "EUR")
    assert below(cast, "99999") == [("85123A", None)]
    Floor.objects.update(min_margin=None, min_price_minor=1, currency="EUR")
    assert below(cast, "99999") == [("85123A", None)]


def test_prices_for_larger_quantities_count_as_well(cast: Cast) -> None:
    keep(cast, "200")
    line = OfferedLine(cast.mug.pk, 100, pence(240), [Tier(500, pence(220)), Tier(1_000, pence(190))])
    assert below(cast, "240", lines=[line]) == [("85123A", 200)]


def test_a_check_costs_the_same_for_one_line_and_for_many(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    room = open_room(cast)
    lines = [OfferedLine(sku.pk, 12, pence(100)) for sku in (cast.mug, cast.plate)]
    with acting_for(cast.northfield.pk):
        with django_assert_num_queries(1):
            below_floor(room, terms(cast.mug))
        keep(cast, "200")
        for some in (lines[:1], lines):
            with django_assert_num_queries(4):
                assert len(below_floor(room, terms(cast.mug, lines=some))) == len(some)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (FloorDraft(), "min_price"),
        (FloorDraft(min_price=pence(0)), "min_price"),
        (FloorDraft(min_margin=Decimal(100)), "min_margin"),
        (FloorDraft(min_margin=Decimal(-1)), "min_margin"),
        (FloorDraft("none", min_price=pence(1)), "code"),
        (FloorDraft("85123A", 1, pence(1)), "category"),
        (FloorDraft("", 999_999, pence(1)), "category"),
    ],
)
def test_a_floor_that_says_nothing_or_names_nothing_is_refused(cast: Cast, draft: FloorDraft, field: str) -> None:
    with pytest.raises(Refused) as refused:
        set_floor(cast.northfield, draft, actor=actor_of(cast.max))
    assert refused.value.field == field
    assert not Floor.objects.exists()


@pytest.mark.parametrize("who", ["sally", "wes", "rita", "bea", "otto", "olga"])
def test_who_may_not_set_a_floor_sets_none_and_removes_none(cast: Cast, who: str) -> None:
    floor, actor = keep(cast, "200"), actor_of(getattr(cast, who))
    with pytest.raises(NotAllowed):
        set_floor(cast.northfield, FloorDraft(min_price=pence(1)), actor=actor)
    with pytest.raises(NotAllowed):
        remove_floor(cast.northfield, floor.pk, actor=actor)
    assert Floor.objects.get().min_price_minor == 200


def test_a_floor_that_is_removed_stays_removed(cast: Cast) -> None:
    floor = keep(cast, "200")
    for _ in range(2):
        remove_floor(cast.northfield, floor.pk, actor=actor_of(cast.max))
    assert below(cast, "1") == []
