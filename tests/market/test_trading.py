"""One line of the replay, and what is for sale in it."""

from dataclasses import replace

from backend.accounts.models import Membership
from backend.accounts.roles import Role
from backend.catalog.models import Product, Sku
from backend.catalog.states import ProductStatus
from backend.inventory.models import MoveKind, StockMove
from backend.market.derive.building import Market
from backend.market.models import LostSale
from backend.market.simulator.stalls import Stall, open_stalls
from backend.market.simulator.trading import Outcome, trade
from tests.market.conftest import on_hand, set_on_hand, step


def test_a_line_takes_its_units_off_the_shelf_under_its_reference(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    before = on_hand(heart)
    assert trade(step(8), heart) == Outcome.SOLD
    sale = StockMove.objects.get(kind=MoveKind.SALE)
    assert (on_hand(heart), sale.quantity, sale.reference) == (before - 8, -8, "536365/1")
    assert Membership.objects.get(user=sale.actor_id, company=heart.sku.company).role == Role.SYSTEM


def test_a_line_replayed_twice_sells_once(stalls: dict[str, Stall]) -> None:
    trade(step(8), stalls["85123A"])
    trade(step(8), stalls["85123A"])
    assert StockMove.objects.filter(kind=MoveKind.SALE).count() == 1


def test_what_may_not_be_ordered_goes_up_to_the_next_quantity_that_may(stalls: dict[str, Stall]) -> None:
    trade(step(5), stalls["85123A"])  # sold in steps of 4
    assert StockMove.objects.get(kind=MoveKind.SALE).quantity == -8


def test_goods_sold_by_the_case_leave_by_the_case(stalls: dict[str, Stall]) -> None:
    wrap = stalls["16161U"]
    Sku.objects.filter(pk=wrap.sku.pk).update(unit_of_sale="case", case_pack=25)
    wrap.sku.refresh_from_db()
    trade(step(30, code="16161U"), wrap)
    assert StockMove.objects.get(kind=MoveKind.SALE).quantity == -2


def test_more_than_is_there_is_a_lost_sale_and_nothing_leaves(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    set_on_hand(heart, 7)
    assert trade(step(8), heart) == Outcome.LOST
    assert trade(step(8), heart) == Outcome.LOST
    lost = LostSale.objects.get()
    assert (lost.sku, lost.quantity, lost.reference, on_hand(heart)) == (heart.sku, 8, "536365/1", 7)


def test_returned_goods_are_back_on_the_shelf_once(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    before = on_hand(heart)
    assert trade(step(-2), heart) == Outcome.RETURNED
    assert trade(step(-2), heart) == Outcome.RETURNED
    assert on_hand(heart) == before + 2


def test_nobody_brings_back_what_they_did_not_get(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    set_on_hand(heart, 0)
    trade(step(8), heart)
    assert trade(step(-8, nth=2), heart) == Outcome.SKIPPED
    assert trade(step(-8, nth=3, retailer=2), heart) == Outcome.RETURNED


def test_less_than_a_case_brought_back_is_no_case(stalls: dict[str, Stall]) -> None:
    wrap = stalls["16161U"]
    wrap.sku.unit_of_sale, wrap.sku.case_pack = "case", 25
    assert trade(step(-24, code="16161U"), wrap) == Outcome.SKIPPED


def test_a_dismissed_system_member_sells_nothing(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    powerless = replace(heart, actor=replace(heart.actor, permissions=frozenset()))
    assert trade(step(8), powerless) == Outcome.SKIPPED


def test_everything_published_is_for_sale_in_few_queries(
    stalls: dict[str, Stall], market: Market, django_assert_num_queries: object
) -> None:
    assert set(stalls) == {row.code for row in market.catalogue.products if row.is_priced}
    with django_assert_num_queries(4):  # type: ignore[operator]
        open_stalls(market.catalogue)


def test_a_paused_product_is_not_for_sale(stalls: dict[str, Stall], market: Market) -> None:
    Product.objects.filter(skus__code="85123A").update(status=ProductStatus.PAUSED)
    assert "85123A" not in open_stalls(market.catalogue)


def test_a_seller_without_a_system_member_sells_nothing(stalls: dict[str, Stall], market: Market) -> None:
    Membership.objects.filter(company__slug="northfield", role=Role.SYSTEM).delete()
    assert "85123A" not in open_stalls(market.catalogue)
