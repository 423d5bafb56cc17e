from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.money import CurrencyMismatch, Money, UnitPrice, summed

AMOUNTS = st.integers(min_value=-(10**12), max_value=10**12)
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=12).filter(any)


@given(AMOUNTS, WEIGHTS)
def test_the_shares_of_a_split_sum_to_the_whole(amount: int, weights: list[int]) -> None:
    shares = Money(amount).split(weights)
    assert sum(share.amount_minor for share in shares) == amount


@given(AMOUNTS, WEIGHTS)
def test_no_share_is_a_whole_unit_away_from_its_exact_part(amount: int, weights: list[int]) -> None:
    for share, weight in zip(Money(amount).split(weights), weights, strict=True):
        assert abs(share.amount_minor * sum(weights) - amount * weight) < sum(weights)


def test_of_equal_remainders_the_earlier_share_gets_the_odd_penny() -> None:
    assert [share.amount_minor for share in Money(100).split([1, 1, 1])] == [34, 33, 33]
    assert [share.amount_minor for share in Money(-100).split([1, 1, 1])] == [-34, -33, -33]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [2, -1]])
def test_weights_that_say_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100).split(weights)


@given(AMOUNTS, AMOUNTS)
def test_adding_and_taking_away_come_back(a: int, b: int) -> None:
    assert Money(a) + Money(b) - Money(b) == Money(a)


@pytest.mark.parametrize("operate", [Money.__add__, Money.__sub__, Money.__lt__, Money.__le__])
def test_two_currencies_never_mix(operate: object) -> None:
    with pytest.raises(CurrencyMismatch, match="GBP and EUR"):
        operate(Money(1, "GBP"), Money(1, "EUR"))  # type: ignore[operator]


@pytest.mark.parametrize("amount", [1.5, "1", Decimal(1), True])
def test_an_amount_is_a_whole_number_of_minor_units(amount: object) -> None:
    with pytest.raises(TypeError, match="minor units"):
        Money(amount)  # type: ignore[arg-type]


def test_a_currency_keeps_its_own_number_of_decimals() -> None:
    assert (str(Money(1250, "GBP").amount), str(Money(1250, "JPY").amount)) == ("12.50", "1250")
    assert str(Money(1250, "KWD").amount) == "1.250"


def test_a_screw_may_cost_less_than_a_penny_and_is_rounded_once() -> None:
    screw = UnitPrice(Decimal("0.0125"))
    assert screw.times(1000) == Money(12)
    assert screw.times(1200) == Money(15)


@pytest.mark.parametrize("minor", ["-1", "0.00001", "NaN", "Infinity"])
def test_a_unit_price_is_not_negative_and_has_at_most_four_decimals(minor: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        UnitPrice(Decimal(minor))


@given(st.decimals(min_value=0, max_value=10**6, places=4), st.integers(min_value=0, max_value=10**6))
def test_a_line_is_at_most_half_a_unit_from_the_exact_price(minor: Decimal, quantity: int) -> None:
    assert abs(Decimal(UnitPrice(minor).times(quantity).amount_minor) - minor * quantity) <= Decimal("0.5")


def test_amounts_sum_up_in_one_currency_and_none_come_to_nothing() -> None:
    assert summed((Money(n) for n in (1, 2, 3)), "GBP") == Money(6)
    assert summed([], "JPY") == Money(0, "JPY")
    with pytest.raises(CurrencyMismatch):
        summed([Money(1), Money(1, "EUR")], "GBP")
