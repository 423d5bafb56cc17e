"""A price list that contradicts itself is refused, and the refusal names where."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backend.catalog.lists.states import ListKind
from backend.catalog.pricing.contradictions import Entry, check_entries, check_list
from backend.catalog.pricing.reading import read_percent, read_price
from backend.catalog.pricing.terms import ListTerms, Step
from backend.core.errors import Refused
from backend.core.money import UnitPrice


def step(quantity: int, pence: str | None = None, percent: str | None = None, *, dearer: bool = False) -> Step:
    price = UnitPrice(Decimal(pence)) if pence else None
    return Step(quantity, price, Decimal(percent) if percent else None, dearer)


BASE = {"MUG": [step(1, "295"), step(32, "255")]}


def check(*steps: Step, currency: str = "GBP") -> None:
    terms = ListTerms(1, "Trade", ListKind.PUBLIC, currency)
    check_entries(terms, [Entry("MUG", each) for each in steps], BASE)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([step(12, "255"), step(12, "240")], "MUG stands in this list twice from 12 on: 2.55 and 2.40"),
        ([step(12, "255", "10")], "MUG from 12 has a price and a percentage at once"),
        ([step(12)], "MUG from 12 has neither a price nor a percentage"),
        ([step(1, "255"), step(12, "260")], "MUG costs 2.60 from 12 on, more than 2.55 before it"),
        ([step(1, percent="20"), step(12, percent="10")], "MUG costs 2.655 from 12 on, more than 2.36 before it"),
        ([step(1, percent="20"), step(12, "250")], "MUG costs 2.50 from 12 on, more than 2.36"),
        ([step(1, percent="101")], "101 % is out of range"),
        ([step(0, "255")], "out of range"),
        ([Step(1, UnitPrice(Decimal(255), "EUR"))], "MUG has a price in EUR, and this list is in GBP"),
        ([step(n, str(300 - n)) for n in range(1, 22)], "MUG has 21 tiers in this list: at most 20"),
    ],
)
def test_a_contradiction_is_named(steps: list[Step], said: str) -> None:
    with pytest.raises(Refused, match=said):
        check(*steps)


def test_a_dearer_step_that_says_so_is_taken() -> None:
    check(step(1, "255"), step(12, "260", dearer=True))


def test_a_price_in_yen_has_no_decimals() -> None:
    with pytest.raises(Refused, match=r"12\.125 has too many decimals: a price in JPY has at most 0"):
        check(Step(1, UnitPrice(Decimal("12.125"), "JPY")), currency="JPY")
    with pytest.raises(Refused, match=r"1200\.125 has too many decimals"):
        read_price("1,200.125", "JPY")
    assert read_price("¥1,200", "JPY") == UnitPrice(Decimal(1200), "JPY")


def test_a_list_ends_after_it_starts_in_a_currency_of_the_market() -> None:
    noon, later = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 13, tzinfo=UTC)
    check_list("GBP", None, noon, later)
    with pytest.raises(Refused, match=r"ends .* before it starts"):
        check_list("GBP", None, later, noon)
    with pytest.raises(Refused, match="before it starts"):
        check_list("GBP", None, noon, noon)
    with pytest.raises(Refused, match="CHF is not a currency of this market"):
        check_list("CHF", None, None, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("two", "“two” is not a price"),
        ("-1", "is not a price"),
        ("NaN", "is not a price"),
        ("1e99", "is not a price"),
        ("2.1234567", "at most 6"),
        ("€2.95", "is in EUR, and prices here are in GBP"),
        ("USD 2", "is in USD"),
    ],
)
def test_what_is_no_price_of_the_list_is_refused(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_price(text, "GBP")


def test_prices_and_percentages_are_read_as_people_type_them() -> None:
    assert read_price("£ 0.0125", "GBP") == UnitPrice(Decimal("1.25"))
    assert read_price("1.5 kwd", "KWD") == UnitPrice(Decimal(1500), "KWD")
    assert read_percent(" 7.5 % ") == Decimal("7.5")
    for text in ("x", "7.555", "-101"):
        with pytest.raises(Refused):
            read_percent(text)
