import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from backend.core.errors import Refused
from backend.core.quantity import MAX_QUANTITY, OrderRule, Packing, parse_quantity, whole_number
from backend.core.units import Unit

RULES = st.builds(OrderRule, moq=st.integers(1, 5000), increment=st.integers(1, 500), case_pack=st.integers(1, 500))


@given(RULES, st.integers(-1000, 100_000))
def test_the_nearest_quantity_is_accepted_and_nothing_between_is(rule: OrderRule, wanted: int) -> None:
    nearest = rule.nearest(wanted)
    assert rule.accepts(nearest)
    assert nearest >= wanted
    assert not any(rule.accepts(quantity) for quantity in range(max(wanted, nearest - rule.increment + 1), nearest))


@given(RULES, st.integers(1, 100_000))
def test_a_refusal_names_the_next_quantity_that_would_do(rule: OrderRule, quantity: int) -> None:
    if rule.accepts(quantity):
        rule.require(quantity)
    else:
        with pytest.raises(Refused, match=str(rule.nearest(quantity))):
            rule.require(quantity)


@given(st.integers(-MAX_QUANTITY, MAX_QUANTITY))
def test_a_whole_number_is_read_as_it_was_written(number: int) -> None:
    assert parse_quantity(f" {number:,} ", unit="case") == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a number"),
        ("twelve", "“twelve”"),
        ("1e400", "too much"),
        ("NaN", "not a number"),
        ("inf", "not a number"),
        ("1,5", "“1,5” is not a number"),
        ("12,00", "not a number"),
        ("2.5", "2 or 3"),
        ("-2.5", "-3 or -2"),
        ("1000000000000", "at most 10,000,000"),
        ("<script>" * 30, "not a number"),
    ],
)
def test_what_is_no_quantity_is_named_with_what_would_be_one(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_quantity(text, unit="case", field="on_hand")
    assert said in refused.value.message
    assert refused.value.field == "on_hand"
    assert len(refused.value.message) < 200


def test_arabic_digits_are_digits() -> None:
    assert parse_quantity("١٬٢٠٠", unit="each") == 1200


@pytest.mark.parametrize("quantity", [0, -1, MAX_QUANTITY + 1, 10**12])
def test_a_quantity_out_of_range_names_the_range(quantity: int) -> None:
    with pytest.raises(Refused, match="from 1 to 10,000,000"):
        whole_number(quantity)


PACKS = Packing(inner=6, case=24, pallet_cases=40)


@pytest.mark.parametrize(
    ("quantity", "unit", "to", "is_"),
    [(2, "case", "each", 48), (48, "each", "case", 2), (1, "pallet", "inner", 160), (4, "inner", "case", 1)],
)
def test_quantities_go_from_one_unit_to_another(quantity: int, unit: str, to: str, is_: int) -> None:
    assert PACKS.convert(quantity, Unit(unit), Unit(to)) == is_


def test_a_part_of_a_case_is_refused_with_the_next_that_is_whole() -> None:
    said = "25 pieces can’t be ordered by the case: the next quantity that can is 2 cases, of 48 pieces"
    with pytest.raises(Refused, match=said):
        PACKS.convert(25, Unit.EACH, Unit.CASE)
    with pytest.raises(Refused, match="not packed by the inner pack"):
        Packing(case=24).convert(1, Unit.INNER, Unit.EACH)


def test_a_refusal_calls_a_unit_by_its_name_in_the_readers_language() -> None:
    with translation.override("ar"), pytest.raises(Refused) as refused:
        PACKS.convert(13, Unit.EACH, Unit.CASE)
    assert ("13 قطعة" in refused.value.message, "case" in refused.value.message) == (True, False)
