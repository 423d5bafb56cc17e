"""An invoice of the stream becomes an order of each seller; what comes back of it."""

import pytest

from backend.accounts.models import Company, Membership
from backend.accounts.roles import Role
from backend.accounts.states import CompanyStatus
from backend.catalog.models import Product, SellerTerms, Sku
from backend.catalog.states import ProductStatus
from backend.market.derive.building import Market
from backend.market.models import Errand
from backend.market.simulator.bringing import REASONS, bring_back
from backend.market.simulator.buying import Outcome, buy
from backend.market.simulator.chance import chance, fate
from backend.market.simulator.errands import take_on_returns
from backend.market.simulator.shops import Shop, Shops
from backend.market.simulator.stalls import Stall, open_stalls
from backend.market.simulator.taking_back import BROKEN, REJECTED, SHORT_OF_A_HUNDRED
from backend.orders.carts.actions import put_in_cart
from backend.orders.models import CartLine, Order, OrderLine
from backend.orders.returns.models import Return, ReturnLine
from backend.orders.returns.states import ReturnStatus
from backend.orders.states import Commercial
from tests.market.conftest import invoice, on_hand, set_on_hand
from tests.market.handling import delivered, run_all, sellers_of

THREE = invoice(("85123A", 8), ("22961", 24), ("85123A", 4))


def test_an_invoice_becomes_one_order_of_each_seller_under_its_number(stalls: dict[str, Stall], mulberry: Shop) -> None:
    assert buy(THREE, mulberry, stalls, 0) == Outcome.ORDERED
    northfield, belmonte = Order.objects.order_by("-seller__slug")
    assert (northfield.seller.slug, belmonte.seller.slug) == ("northfield", "belmonte")
    assert {order.buyer_id for order in (northfield, belmonte)} == {mulberry.company.pk}
    assert northfield.po_number == "536365"
    assert northfield.ship_to["recipient"] == "Mulberry Cards & Gifts"
    assert [(line.code, line.quantity) for line in northfield.lines.all()] == [("85123A", 12)]
    assert not CartLine.objects.exists()
    assert Membership.objects.get(company=mulberry.company).role == Role.SYSTEM


def test_an_invoice_replayed_twice_is_ordered_once(stalls: dict[str, Stall], mulberry: Shop) -> None:
    buy(THREE, mulberry, stalls, 0)
    assert buy(THREE, mulberry, stalls, 0) == Outcome.SKIPPED
    assert Order.objects.count() == 2
    assert not CartLine.objects.exists()


def test_what_may_not_be_ordered_goes_up_to_the_next_quantity_that_may(
    stalls: dict[str, Stall], mulberry: Shop
) -> None:
    buy(invoice(("85123A", 5)), mulberry, stalls, 0)  # sold in steps of 4
    assert OrderLine.objects.get().quantity == 8


def test_goods_sold_by_the_case_are_ordered_by_the_case(stalls: dict[str, Stall], mulberry: Shop) -> None:
    wrap = stalls["16161U"]
    Sku.objects.filter(pk=wrap.sku.pk).update(unit_of_sale="case", case_pack=25)
    wrap.sku.refresh_from_db()
    buy(invoice(("16161U", 30)), mulberry, stalls, 0)
    assert OrderLine.objects.get().quantity == 2


def test_what_is_not_there_in_full_is_left_out_and_the_rest_is_ordered(
    stalls: dict[str, Stall], mulberry: Shop
) -> None:
    set_on_hand(stalls["85123A"], 7)
    assert buy(THREE, mulberry, stalls, 0) == Outcome.ORDERED
    assert [line.code for line in OrderLine.objects.all()] == ["22961"]


def test_where_nothing_is_left_the_sale_is_lost(stalls: dict[str, Stall], mulberry: Shop) -> None:
    set_on_hand(stalls["85123A"], 7)
    assert buy(invoice(("85123A", 8)), mulberry, stalls, 0) == Outcome.LOST
    assert not Order.objects.exists()


def test_what_stays_below_a_sellers_minimum_is_left_out(stalls: dict[str, Stall], mulberry: Shop) -> None:
    northfield = stalls["85123A"].sku.company
    SellerTerms.objects.update_or_create(company=northfield, defaults={"order_minimum_minor": 1_000_000})
    assert buy(THREE, mulberry, stalls, 0) == Outcome.ORDERED
    assert [line.code for line in OrderLine.objects.all()] == ["22961"]


def test_a_cart_that_a_crash_left_behind_is_not_ordered_with_the_next(stalls: dict[str, Stall], mulberry: Shop) -> None:
    put_in_cart(stalls["20725"].sku, 10, actor=mulberry.actor)
    buy(THREE, mulberry, stalls, 0)
    assert not OrderLine.objects.filter(code="20725").exists()


def test_a_company_that_is_not_approved_buys_nothing(stalls: dict[str, Stall], market: Market, mulberry: Shop) -> None:
    Company.objects.filter(pk=mulberry.company.pk).update(status=CompanyStatus.APPLIED)
    assert Shops(market.catalogue).nth(1) is None


# What becomes of a return: the luck of its order, how it ends, and how many of two units lie on the shelf again.
ENDS = {
    "restocked": (("", REJECTED, 100), ReturnStatus.RESOLVED, 2),
    "broken": (("/85123A", 0, BROKEN), ReturnStatus.RESOLVED, 0),
    "rejected": (("", 0, REJECTED), ReturnStatus.REJECTED, 0),
}


def fated(ending: str, least: int, most: int) -> str:
    """The first PO number whose return from Northfield meets with such luck, and with no other ill luck."""
    for number in (f"{n}" for n in range(540_000, 550_000)):
        lucks = {each: chance(f"{number}/northfield/R1{each}", 100) for each in ("", "/short", "/85123A")}
        ill = (lucks[""] < REJECTED, lucks["/short"] < SHORT_OF_A_HUNDRED, lucks["/85123A"] < BROKEN)
        if least <= lucks[ending] < most and sum(ill) == (least == 0):
            return number
    raise LookupError(ending)


@pytest.mark.parametrize(("luck", "status", "restocked"), ENDS.values(), ids=ENDS)
def test_what_was_delivered_is_asked_to_be_taken_back_once_and_ends_as_chance_has_it(
    stalls: dict[str, Stall],
    mulberry: Shop,
    luck: tuple[str, int, int],
    status: ReturnStatus,
    restocked: int,
) -> None:
    heart = stalls["85123A"]
    buy(invoice(("85123A", 8), reference=fated(*luck)), mulberry, stalls, 0)
    order = delivered(Order.objects.get(), stalls)
    before = on_hand(heart)
    back = invoice(("85123A", -2), reference="C536400")
    assert bring_back(back, mulberry, stalls) == Outcome.BROUGHT_BACK
    bring_back(back, mulberry, stalls)
    goods = Return.objects.get()
    assert (goods.order, goods.reason in REASONS) == (order, True)
    take_on_returns(0)
    run_all(sellers_of(stalls))
    goods.refresh_from_db()
    assert goods.status == status
    assert on_hand(heart) == before + restocked
    assert OrderLine.objects.get().returned == (0 if status == ReturnStatus.REJECTED else 2)
    assert not Errand.objects.exists()


def test_what_becomes_of_an_order_does_not_hang_on_its_number(stalls: dict[str, Stall], mulberry: Shop) -> None:
    """It is drawn anew in every market, and the stream's invoices are the same in all of them."""
    buy(THREE, mulberry, stalls, 0)
    assert {fate(order) for order in Order.objects.with_parties()} == {"536365/northfield", "536365/belmonte"}


def test_an_order_that_nobody_answered_yet_is_cancelled_if_all_of_it_comes_back(
    stalls: dict[str, Stall], mulberry: Shop
) -> None:
    buy(invoice(("85123A", 8)), mulberry, stalls, 0)
    assert bring_back(invoice(("85123A", -8), reference="C1"), mulberry, stalls) == Outcome.BROUGHT_BACK
    assert Order.objects.get().commercial == Commercial.CANCELLED
    assert bring_back(invoice(("85123A", -8), reference="C2"), mulberry, stalls) == Outcome.SKIPPED


def test_nobody_brings_back_what_they_did_not_get(stalls: dict[str, Stall], mulberry: Shop) -> None:
    back = invoice(("85123A", -8), reference="C1")
    assert bring_back(back, mulberry, stalls) == Outcome.SKIPPED
    buy(invoice(("85123A", 16)), mulberry, stalls, 0)
    assert bring_back(back, mulberry, stalls) == Outcome.SKIPPED
    assert not Return.objects.exists()


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


def test_more_than_one_order_gave_is_brought_back_of_the_latest_first(stalls: dict[str, Stall], mulberry: Shop) -> None:
    for reference in ("536365", "536370"):
        buy(invoice(("85123A", 8), reference=reference), mulberry, stalls, 0)
        delivered(Order.objects.get(po_number=reference), stalls)
    bring_back(invoice(("85123A", -12), reference="C536400"), mulberry, stalls)
    bring_back(invoice(("85123A", -12), reference="C536400"), mulberry, stalls)
    asked = ReturnLine.objects.order_by("pk").values_list("of_return__order__po_number", "quantity")
    assert list(asked) == [("536370", 8), ("536365", 4)]
