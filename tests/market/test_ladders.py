"""Base price and tiers, out of what was charged."""

from decimal import Decimal

import pytest

from backend.market.derive.ladders import Charged, Kind, Ladder, Tier, price_ladder
from backend.market.files import Product


def charged(*lines: tuple[int, int, int]) -> list[Charged]:
    """So many times, at so many pence, for so many pieces."""
    return [(Decimal(pence), quantity) for times, pence, quantity in lines for _ in range(times)]


def tiers(ladder: Ladder) -> list[tuple[int, int]]:
    return [(tier.min_quantity, int(tier.price_minor)) for tier in ladder.tiers]


def test_a_lower_price_for_more_pieces_is_a_clean_ladder(products: dict[str, Product]) -> None:
    assert list(products["85123A"].tiers) == [(1, "295"), (32, "255")]


def test_a_lower_price_begins_at_the_median_of_what_it_was_charged_for() -> None:
    ladder = price_ladder(charged((5, 295, 6), (1, 255, 20), (1, 255, 32), (1, 255, 640)))
    assert (ladder.kind, tiers(ladder)) == (Kind.LADDER, [(1, 295), (32, 255)])


def test_one_price_is_one_price() -> None:
    ladder = price_ladder(charged((3, 165, 10)))
    assert (ladder.kind, tiers(ladder)) == (Kind.ONE_PRICE, [(1, 165)])


@pytest.mark.parametrize("rare", [(2, 210, 600), (1, 100, 1)])
def test_a_price_charged_fewer_than_three_times_does_not_count(rare: tuple[int, int, int]) -> None:
    assert price_ladder(charged((3, 165, 10), rare)).kind == Kind.ONE_PRICE


def test_a_price_on_less_than_three_percent_of_the_lines_does_not_count() -> None:
    assert price_ladder(charged((98, 165, 10), (3, 145, 100))).kind == Kind.ONE_PRICE
    assert price_ladder(charged((97, 165, 10), (3, 145, 100))).kind == Kind.LADDER


def test_a_contradictory_ladder_keeps_its_commonest_price() -> None:
    ladder = price_ladder(charged((3, 125, 24), (4, 145, 24)))
    assert (ladder.kind, tiers(ladder)) == (Kind.CONTRADICTORY, [(1, 145)])


def test_of_equally_common_contradictory_prices_the_lower_one_is_kept(products: dict[str, Product]) -> None:
    assert list(products["22961"].tiers) == [(1, "125")]


def test_without_a_price_that_counts_the_median_of_all_is_the_price() -> None:
    ladder = price_ladder(charged((1, 1275, 1), (1, 1095, 1)))
    assert ladder == Ladder(Kind.NONE, [Tier(1, Decimal(1095))])


def test_a_product_that_was_never_sold_to_the_trade_has_no_price(products: dict[str, Product]) -> None:
    assert not products["21733"].is_priced
    assert not products["DCGS0003"].is_priced
