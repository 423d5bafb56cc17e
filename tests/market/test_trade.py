"""The clean stream: what is voided, what is summed up, which returns count."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from backend.market.derive.trade import Trade, clean_trade, match_returns, sum_up, void_slips
from tests.market.conftest import cancelled, sold


def test_a_sale_cancelled_in_full_within_the_hour_never_happened(trade: Trade) -> None:
    assert [(line.code, line.quantity) for line in trade.voided] == [("23166", 74215)]
    assert not any(line.code == "23166" for line in trade.in_order())


def test_a_sale_cancelled_later_than_that_is_a_sale_and_a_return() -> None:
    later = replace(cancelled(), at=sold().at + timedelta(minutes=61))
    remaining, returns, voided = void_slips([sold()], [later])
    assert (len(remaining), len(returns), len(voided)) == (1, 1, 0)


def test_one_cancellation_voids_one_sale_the_latest() -> None:
    remaining, returns, voided = void_slips([sold(minutes=0), sold(minutes=10)], [cancelled(minutes=20)])
    assert [line.at.minute for line in voided] == [10]
    assert [line.at.minute for line in remaining] == [0]
    assert returns == []


def test_a_cancellation_voids_nothing_that_was_sold_after_it() -> None:
    remaining, returns, voided = void_slips([sold(minutes=40)], [cancelled(minutes=30)])
    assert (len(remaining), len(returns), voided) == (1, 1, [])


def test_another_price_or_another_customer_is_another_sale() -> None:
    others = [sold(price_minor=Decimal(255)), sold(customer="12345")]
    remaining, returns, voided = void_slips(others, [cancelled()])
    assert (len(remaining), len(returns), voided) == (2, 1, [])


def test_nobody_brings_back_more_than_they_bought(trade: Trade) -> None:
    of_17850 = [line.quantity for line in trade.returns if line.customer == "17850"]
    assert of_17850 == [-2, -4]  # of 6 bought: 2, then 10 of which 4 were still his


def test_what_was_not_bought_before_is_not_brought_back(trade: Trade) -> None:
    assert [(line.invoice, line.code) for line in trade.unmatched] == [("C500019", "22423")]


def test_a_return_before_the_sale_does_not_count() -> None:
    counted, unmatched = match_returns([sold(minutes=40)], [cancelled(minutes=30)])
    assert (counted, len(unmatched)) == ([], 1)


def test_one_code_twice_in_an_invoice_becomes_one_line(trade: Trade) -> None:
    (bags,) = [line for line in trade.sales if line.invoice == "500002" and line.code == "20725"]
    assert bags.quantity == 30


def test_an_exact_duplicate_was_charged_twice_and_counts_twice(trade: Trade) -> None:
    (jam,) = [line for line in trade.sales if line.invoice == "500001" and line.code == "22961"]
    assert jam.quantity == 48


def test_two_prices_in_an_invoice_stay_two_lines(trade: Trade) -> None:
    stands = [line.price_minor for line in trade.sales if line.code == "22423"]
    assert stands == [Decimal(1275), Decimal(1095)]


def test_an_invoice_stretched_over_two_minutes_stands_at_its_first() -> None:
    lines = sum_up([sold(minutes=1), sold(minutes=2, printed_code="22961")])
    assert [line.at.minute for line in lines] == [1, 1]


def test_of_one_minute_the_sale_comes_before_the_return() -> None:
    trade = clean_trade([sold(8, minutes=5)], [cancelled(3, minutes=5)])
    assert [line.quantity for line in trade.in_order()] == [8, -3]
