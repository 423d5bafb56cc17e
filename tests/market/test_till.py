"""What a line of the till roll is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from backend.market.derive.countries import iso_country
from backend.market.derive.till import Line, read_till


def codes(lines: Sequence[Line]) -> set[str]:
    return {line.code for line in lines}


def test_codes_are_read_in_capitals_and_descriptions_with_single_spaces(till: Sequence[Line]) -> None:
    assert {line.code for line in till if line.printed_code == "85123a"} == {"85123A"}
    assert not any("  " in line.description for line in till)


def test_postage_fees_vouchers_and_pads_are_no_goods(till: Sequence[Line]) -> None:
    no_goods = codes([line for line in till if not line.is_goods])
    assert no_goods == {
        "POST",
        "DOT",
        "M",
        "C2",
        "S",
        "D",
        "BANK CHARGES",
        "AMAZONFEE",
        "GIFT_0001_20",
        "PADS",
        "23444",
    }


def test_dcgs_codes_are_goods_although_only_the_web_shop_sold_them(till: Sequence[Line]) -> None:
    (ashtray,) = [line for line in till if line.code == "DCGS0003"]
    assert ashtray.is_goods
    assert not ashtray.is_wholesale


def test_next_day_carriage_is_no_goods_under_whatever_code(till: Sequence[Line]) -> None:
    (carriage,) = [line for line in till if line.code == "23444"]
    assert carriage.is_wholesale
    assert not carriage.is_goods


def test_the_web_shop_is_not_wholesale(till: Sequence[Line]) -> None:
    assert not any(line.is_wholesale for line in till if line.invoice == "500004")


def test_what_has_no_price_was_not_sold(till: Sequence[Line]) -> None:
    assert not any(line.is_wholesale for line in till if line.price_minor == 0)


def test_stock_notes_are_neither_sales_nor_returns(till: Sequence[Line]) -> None:
    notes = [line for line in till if line.is_stock_note]
    assert {line.description for line in notes} == {"", "?", "damages", "thrown away"}
    assert not any(line.is_wholesale or line.is_return for line in notes)


def test_only_a_named_customer_brings_goods_back(till: Sequence[Line]) -> None:
    assert {line.invoice for line in till if line.is_return} == {"C500015", "C500017", "C500018", "C500019", "C500028"}


@pytest.mark.parametrize(
    ("name", "code"),
    [("EIRE", "IE"), ("Unspecified", "GB"), ("European Community", "BE"), ("Channel Islands", "JE"), ("USA", "US")],
)
def test_countries_become_iso_codes(name: str, code: str) -> None:
    assert iso_country(name) == code


def test_a_country_that_no_rule_knows_is_named() -> None:
    with pytest.raises(ValueError, match="Atlantis"):
        iso_country("Atlantis")


def test_a_file_that_is_no_till_roll_says_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("InvoiceNo,StockCode\n1,2\n")
    with pytest.raises(ValueError, match="CustomerID"):
        list(read_till(path))
