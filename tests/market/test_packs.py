"""How goods are ordered, out of what was ordered."""

from decimal import Decimal

from backend.core.quantity import OrderRule
from backend.market.derive.ladders import Kind, Ladder, Tier
from backend.market.derive.packs import Pack, pack_of, sold_in

ONE_PRICE = Ladder(Kind.ONE_PRICE, [Tier(1, Decimal(42))])
FROM_32 = Ladder(Kind.LADDER, [Tier(1, Decimal(295)), Tier(32, Decimal(255))])


def test_the_increment_is_the_largest_step_that_three_in_four_orders_follow() -> None:
    assert pack_of([12, 24, 12, 36, 12, 12, 7, 5], ONE_PRICE).increment == 12


def test_the_smallest_order_is_what_nine_in_ten_reach() -> None:
    assert pack_of([2, *[4] * 9, 9, 4, 4, 4, 5, 7, 11, 13], ONE_PRICE).moq == 4


def test_a_case_is_where_the_first_lower_price_begins_in_full_increments() -> None:
    assert pack_of([6, 6, 12, 6, 32, 6, 6], FROM_32).case_pack == 36


def test_without_a_lower_price_a_case_is_what_is_ordered_most_often() -> None:
    assert pack_of([10, 10, 10, 20, 10, 2, 10], ONE_PRICE).case_pack == 10


def test_what_moves_in_large_steps_is_sold_by_the_case() -> None:
    pack = pack_of([25, 25, 50, 25, 75, 25, 3], ONE_PRICE)
    assert pack == Pack("case", 25, 1, 1)
    assert sold_in(pack, ONE_PRICE).tiers == [Tier(1, Decimal(1050))]


def test_a_few_orders_say_nothing_about_packs() -> None:
    assert pack_of([24, 24, 24, 24, 24], ONE_PRICE) == Pack("each", 24, 1, 1)


def test_a_tier_begins_at_a_quantity_that_may_be_ordered() -> None:
    assert [tier.min_quantity for tier in sold_in(Pack("each", 36, 6, 6), FROM_32).tiers] == [1, 36]


def test_a_tier_that_begins_at_the_smallest_order_is_the_price() -> None:
    assert [tier.price_minor for tier in sold_in(Pack("each", 36, 36, 36), FROM_32).tiers] == [Decimal(255)]


def test_a_wish_that_may_not_be_ordered_goes_up_to_the_next_that_may_as_in_every_cart() -> None:
    pack, rule = Pack("each", 24, 4, 2), OrderRule(moq=4, increment=2, case_pack=24)
    assert [pack.accepted(wish) for wish in range(1, 9)] == [rule.nearest(wish) for wish in range(1, 9)]
    assert Pack("case", 25, 1, 1).accepted(26) == 2
