"""Buyers see what the seller discloses, and neither its version nor its events say more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.errors import NotAllowed, Refused
from backend.events.models import Event
from backend.inventory.actions import change_disclosure, sell_stock
from backend.inventory.availability.queries import availability
from backend.inventory.disclosure import Disclosure, StockState, disclose
from tests.cast import Cast, actor_of


@given(st.integers(-100, 10**9), st.sampled_from(Disclosure))
def test_out_means_out_whatever_is_disclosed(available: int, disclosure: Disclosure) -> None:
    assert (disclose(available, disclosure).state == StockState.OUT) == (available <= 0)


@given(st.integers(1, 10**6))
def test_only_the_exact_disclosure_carries_a_number(available: int) -> None:
    assert disclose(available, Disclosure.EXACT).quantity == available
    assert disclose(available, Disclosure.BANDS).quantity is None
    assert disclose(available, Disclosure.IN_OR_OUT) == disclose(1, Disclosure.IN_OR_OUT)


@given(st.integers(1, 5000))
def test_a_band_contains_the_number_it_stands_for(available: int) -> None:
    band = disclose(available, Disclosure.BANDS).band.replace(",", "")
    least, _, most = band.rstrip("+").partition("-")
    assert int(least) <= available <= int(most or 10**9)


def test_a_sale_within_a_band_shows_buyers_nothing(cast: Cast) -> None:
    before = availability(cast.plate.pk)
    sell_stock(cast.plate, 12, reference="1/1", actor=actor_of(cast.sally))
    assert availability(cast.plate.pk) == before
    assert Event.objects.get().data["availability_version"] is None


def test_a_sale_into_another_band_shows(cast: Cast) -> None:
    sell_stock(cast.plate, 36, reference="1/1", actor=actor_of(cast.sally))
    shown = availability(cast.plate.pk)
    assert (shown.band, shown.state, Event.objects.get().data["availability_version"]) == ("1-9", "low", shown.version)


def test_the_last_unit_sold_is_out_for_everybody(cast: Cast) -> None:
    sell_stock(cast.kettle, 7, reference="1/1", actor=actor_of(cast.otto))
    assert availability(cast.kettle.pk).state == "out"


def test_the_seller_chooses_what_buyers_know(cast: Cast) -> None:
    change_disclosure(cast.mug, "in_or_out", actor=actor_of(cast.sally))
    shown = availability(cast.mug.pk)
    assert (shown.state, shown.quantity, shown.band, shown.version) == ("in_stock", None, "", 2)
    change_disclosure(cast.mug, "in_or_out", actor=actor_of(cast.sally))
    assert Event.objects.count() == 1


def test_a_disclosure_that_does_not_exist_names_those_that_do(cast: Cast) -> None:
    with pytest.raises(Refused, match="exact, bands, in_or_out"):
        change_disclosure(cast.mug, "everything", actor=actor_of(cast.sally))
    with pytest.raises(NotAllowed):
        change_disclosure(cast.mug, "exact", actor=actor_of(cast.wes))


def test_what_was_never_stocked_is_out_at_version_0(cast: Cast) -> None:
    assert (availability(10**9).state, availability(10**9).version) == ("out", 0)
