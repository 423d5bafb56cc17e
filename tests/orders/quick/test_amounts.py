"""How many, as people write it."""

import pytest

from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.core.units import Unit
from backend.orders.quick.amounts import Amount, of_units_of_sale, read_amount


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("36", 36), (" 36 ", 36), ("1,200", 1200), ("1 200", 1200), ("1\u202f200", 1200), ("1'200", 1200),
        ("36,00", 36), ("36.0", 36), ("x12", 12), ("× 12", 12), ("-1", -1), ("−1", -1), ("0", 0), ("٣٦", 36),
    ],
)  # fmt: skip
def test_a_number_is_one_however_it_is_written(text: str, number: int) -> None:
    assert read_amount(text) == Amount(number)


@pytest.mark.parametrize(("text", "number"), [("1.200", 1200), ("1.234.000,00", 1234000), ("12,000", 12), ("36", 36)])
def test_where_decimals_have_a_comma_points_stand_between_thousands(text: str, number: int) -> None:
    assert read_amount(text, decimal_comma=True) == Amount(number)


@pytest.mark.parametrize("text", ["3 cases", "3 CTN", "3 ctn.", "3cases", "x3 Karton", "٣ كرتونة"])
def test_cases_go_by_many_names(text: str) -> None:
    assert read_amount(text) == Amount(3, Unit.CASE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2.5 cases", "2.5 is a fraction of one case: only whole ones count, such as 2 or 3"),
        ("2,5", "fraction of one"),
        ("1e12", "too much"),
        ("999999999999", "too much"),
        ("twelve", "“twelve” is not a number"),
        ("=1+2", "is not a number"),
        ("NaN", "is not a number"),
        ("3 wheelbarrows", "“wheelbarrows” is no unit"),
    ],
)
def test_what_is_no_quantity_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_amount(text)


def test_a_decimal_is_no_thousand() -> None:
    with pytest.raises(Refused, match="fraction of one piece"):
        read_amount("1,200", decimal_comma=True)


def test_units_are_turned_into_those_that_a_sku_is_sold_in() -> None:
    by_piece = Sku(unit_of_sale="each", case_pack=12, inner_pack=4, pallet_cases=50)
    assert of_units_of_sale(Amount(3, Unit.CASE), by_piece) == 36
    assert of_units_of_sale(Amount(1, Unit.PALLET), by_piece) == 600
    assert of_units_of_sale(Amount(36, Unit.EACH), Sku(unit_of_sale="case", case_pack=12)) == 3
    with pytest.raises(Refused, match="the next quantity that can is 1 case, of 12 pieces"):
        of_units_of_sale(Amount(7, Unit.EACH), Sku(unit_of_sale="case", case_pack=12))
    with pytest.raises(Refused, match="not packed by the case"):
        of_units_of_sale(Amount(3, Unit.CASE), Sku(unit_of_sale="each", case_pack=1))
