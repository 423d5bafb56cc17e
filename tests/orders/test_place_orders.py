"""From a cart to orders: never one unit too many, never a price that the buyer did not see, never half a cart."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.transaction import atomic
from pytest_django import DjangoAssertNumQueries

from backend.catalog.models import SellerTerms, Sku, TierPrice, Variant
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.events.kinds import Kind
from backend.events.models import Event
from backend.inventory.models import Availability, Hold, StockItem, StockLevel
from backend.orders.carts.actions import put_all_in_cart, put_in_cart
from backend.orders.carts.priced import CartView
from backend.orders.carts.queries import read_cart
from backend.orders.carts.steps import MAX_LINES, lock_cart, lock_cart_with_lines
from backend.orders.checkouts.actions import begin_checkout
from backend.orders.models import Cart, CartLine, Order, OrderEntry, OrderLine
from backend.orders.placing.actions import place_orders
from backend.orders.placing.details import Details
from tests.cast import Cast, actor_of
from tests.orders.ordering import ANY_PRICE, fill_cart, place


def cart_of(cast: Cast) -> CartView:
    with acting_for(cast.cornershop.pk):
        return read_cart(actor_of(cast.bea), cast.cornershop)


def test_a_cart_across_sellers_becomes_one_order_for_each(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 40, cast.plate: 12, cast.kettle: 2})
    with pytest.raises(Refused, match="2020-05-01 has passed"):
        place(cast, details=Details(requested_on=date(2020, 5, 1)))
    group = place(cast, details=Details(po_number="PO-77"))
    orders = {order.seller: order for order in group.orders.all()}
    assert set(orders) == {cast.northfield, cast.eastwick}
    order = orders[cast.northfield]
    assert [(line.code, line.quantity, line.unit_price_minor) for line in order.lines.all()] == [
        ("85123A", 40, Decimal(255)),
        ("22114", 12, Decimal(295)),
    ]
    assert (order.net_minor, order.tax_minor) == (40 * 255 + 12 * 295, 2748)
    assert (order.po_number, order.buyer, order.commercial) == ("PO-77", cast.cornershop, "placed")
    assert not CartLine.objects.exists()


def test_what_is_ordered_is_promised_and_buyers_see_it_gone(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 40})
    place(cast)
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    assert (level.on_hand, level.allocated, level.reserved) == (300, 40, 0)
    assert Hold.objects.get().quantity == 40
    assert Availability.objects.get(pk=cast.mug.pk).quantity == 260
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert kinds >= {Kind.INVENTORY_STOCK_PROMISED, Kind.ORDERS_ORDER_PLACED}
    assert [entry.step for entry in OrderEntry.objects.all()] == ["placed"]


def test_more_than_there_is_orders_nothing_and_says_what_is_left(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 301, cast.plate: 12})
    with pytest.raises(Refused, match="Only 300 of 85123A are left, not 301") as refused:
        place(cast)
    assert refused.value.detail == {"left": {cast.mug.pk: 300}}
    assert not Order.objects.exists()
    assert not Hold.objects.exists()
    assert CartLine.objects.count() == 2, "the cart is as it was"


def test_the_same_order_sent_twice_is_placed_once(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 1})
    first = place(cast, key="again")
    assert place(cast, key="again") == first
    assert Order.objects.count() == 1


def test_a_second_send_under_another_key_finds_the_cart_empty(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 1})
    place(cast, key="one")
    with pytest.raises(Refused, match="nothing in your cart"):
        place(cast, key="two")


def test_a_price_that_rose_is_a_conflict_with_its_lines(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 1, cast.plate: 12})
    seen = {cast.mug.pk: Decimal(290), cast.plate.pk: Decimal(295)}
    with pytest.raises(Conflict, match="85123A") as conflict:
        place(cast, seen=seen)
    assert conflict.value.detail == {"rose": [cast.mug.pk]}
    assert not Order.objects.exists()


def test_a_price_that_fell_is_passed_on(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 1})
    TierPrice.objects.filter(sku=cast.mug).update(unit_price_minor=200)
    place(cast, seen={cast.mug.pk: Decimal(295)})
    assert OrderLine.objects.get().unit_price_minor == 200


def test_a_currency_that_the_seller_no_longer_takes_is_a_conflict(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 1})
    SellerTerms.objects.create(company=cast.northfield, currency="EUR")
    TierPrice.objects.filter(sku=cast.mug).update(currency="EUR")
    seen = Details(currencies={cast.northfield.pk: "GBP", cast.eastwick.pk: "GBP"})
    with pytest.raises(Conflict, match="Northfield takes EUR, not GBP"):
        place(cast, details=seen)
    place(cast, details=Details(currencies={cast.northfield.pk: "EUR"}))
    assert Order.objects.get().currency == "EUR"


def test_a_cart_of_too_many_lines_is_refused_with_how_many_may_be(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 1})
    cart, mug = Cart.objects.get(), cast.mug
    variants = Variant.objects.bulk_create(Variant(product=mug.product, name=f"B{n}") for n in range(MAX_LINES))
    described = {"company": cast.northfield, "product": mug.product, "listed": False}
    skus = Sku.objects.bulk_create(Sku(variant=each, code=each.name, **described) for each in variants)
    CartLine.objects.bulk_create(CartLine(cart=cart, sku=sku, quantity=1) for sku in skus)
    with pytest.raises(Refused, match="at most 1000 lines, and these are 1001"):
        place(cast)


def test_a_price_that_nobody_saw_is_a_conflict(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 1, cast.plate: 12})
    with pytest.raises(Conflict, match="22114"):
        place(cast, seen={cast.mug.pk: ANY_PRICE})


def test_an_order_below_its_sellers_minimum_is_refused(cast: Cast) -> None:
    SellerTerms.objects.create(company=cast.northfield, order_minimum_minor=10_000)
    fill_cart(cast, {cast.mug: 10})
    with pytest.raises(Refused, match=r"from 100\.00 GBP on: 70\.50 are missing"):
        place(cast)


def test_what_went_off_sale_meanwhile_is_named(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 1, cast.plate: 12})
    cast.plate.listed = False
    cast.plate.save()
    with pytest.raises(Refused, match="22114 is no longer for sale"):
        place(cast)


def test_what_has_changed_since_does_not_change_the_order(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 1})
    place(cast)
    TierPrice.objects.update(unit_price_minor=999)
    cast.mug.product.name = "Another mug"
    cast.mug.product.save()
    line = OrderLine.objects.get()
    assert (line.name, line.unit_price_minor, line.net_minor) == ("Blue enamel mug", Decimal(295), 295)


def test_goods_that_leave_the_country_carry_no_tax(cast: Cast) -> None:
    cast.eastwick.country = "FR"
    cast.eastwick.save()
    fill_cart(cast, {cast.kettle: 2, cast.mug: 10})
    place(cast)
    taxes = dict(Order.objects.values_list("seller__slug", "tax_minor"))
    assert taxes == {"eastwick": 0, "northfield": 590}


def test_who_may_not_order_puts_nothing_into_a_cart(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        put_in_cart(cast.kettle, 1, actor=actor_of(cast.rita))


@pytest.mark.parametrize("quantity", [-1, 10**12, 13])
def test_a_quantity_that_the_seller_does_not_accept_is_refused(cast: Cast, quantity: int) -> None:
    with pytest.raises(Refused) as refused:
        put_in_cart(cast.plate, quantity, actor=actor_of(cast.bea))
    assert refused.value.field == "quantity"
    assert not CartLine.objects.exists()


def test_nothing_of_it_takes_a_line_out_of_the_cart(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 5})
    fill_cart(cast, {cast.mug: 0})
    assert cart_of(cast).lines == []


def test_a_company_does_not_order_of_itself(cast: Cast) -> None:
    with pytest.raises(Refused, match="your own"):
        put_in_cart(cast.mug, 1, actor=actor_of(cast.nora))


@pytest.mark.parametrize(
    ("disclosure", "there", "said"),
    [
        ("bands", 40, "Fewer than 48 of 22114 are left: 10-49."),
        ("bands", 0, "22114 is out of stock."),
        ("in_or_out", 40, "Fewer than 48 of 22114 are left."),
        ("in_or_out", 0, "22114 is out of stock."),
        ("exact", 40, "Only 40 of 22114 are left, not 48."),
    ],
)
def test_a_refusal_says_no_more_of_what_is_left_than_the_seller_discloses(
    cast: Cast, disclosure: str, there: int, said: str
) -> None:
    StockItem.objects.of_sku(cast.plate.pk).update(disclosure=disclosure)
    StockLevel.objects.of_sku(cast.plate.pk).update(on_hand=there)
    fill_cart(cast, {cast.plate: 48})
    for refuse in (place, lambda cast: begin_checkout(cast.cornershop, actor=actor_of(cast.bea))):
        with pytest.raises(Refused) as refused:
            refuse(cast)
        assert refused.value.message == said
        assert refused.value.detail == {"left": {cast.plate.pk: 40 if disclosure == "exact" else None}}


def test_many_skus_are_put_in_the_cart_all_or_none(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bea = actor_of(cast.bea)
    fill_cart(cast, {cast.mug: 40})
    with pytest.raises(Refused, match="0 is out of range"):
        put_all_in_cart({cast.mug: 48, cast.plate: 0}, actor=bea)
    assert [(line.sku, line.quantity) for line in CartLine.objects.all()] == [(cast.mug, 40)]
    for wanted in ({cast.mug: 48}, {cast.mug: 48, cast.plate: 12, cast.kettle: 2}):
        with django_assert_num_queries(7):
            put_all_in_cart(wanted, actor=bea)
    assert {line.sku: line.quantity for line in CartLine.objects.all()} == {
        cast.mug: 48, cast.plate: 12, cast.kettle: 2
    }  # fmt: skip


def test_a_cart_costs_three_queries_however_long(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    fill_cart(cast, {cast.mug: 40, cast.plate: 12, cast.kettle: 2})
    actor = actor_of(cast.bea)
    with django_assert_num_queries(3), acting_for(cast.cornershop.pk):
        cart = read_cart(actor, cast.cornershop)
        assert [part.seller.name for part in cart.parts] == ["Eastwick", "Northfield"]
    assert cart.can_be_ordered


def test_placing_costs_the_same_number_of_queries_however_many_lines_and_sellers(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    actor = actor_of(cast.bea)
    seen = dict.fromkeys((cast.mug.pk, cast.plate.pk, cast.kettle.pk), ANY_PRICE)
    fill_cart(cast, {cast.mug: 40})
    with django_assert_num_queries(7):
        place_orders(cast.cornershop, Details(), seen=seen, key="one", actor=actor)
    fill_cart(cast, {cast.mug: 40, cast.plate: 12})
    with django_assert_num_queries(7):
        place_orders(cast.cornershop, Details(), seen=seen, key="two", actor=actor)
    fill_cart(cast, {cast.mug: 40, cast.plate: 12, cast.kettle: 1})
    with django_assert_num_queries(7):
        place_orders(cast.cornershop, Details(), seen=seen, key="three", actor=actor)


def test_the_cart_of_a_standing_order_is_never_the_persons_own(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 40})
    for lock in (lock_cart, lock_cart_with_lines):
        with atomic(), acting_for(cast.cornershop.pk), pytest.raises(ValueError, match="not enough values"):
            lock(actor_of(cast.bea), standing=404)


def test_what_lies_nowhere_yet_is_promised_up_to_the_backorder_limit(cast: Cast) -> None:
    StockLevel.objects.filter(item_id=cast.mug.pk).update(backorder_limit=50)
    fill_cart(cast, {cast.mug: 320})
    line = place(cast).orders.get().lines.get()
    assert (line.quantity, line.owed) == (320, 20)
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    assert (level.allocated, level.available) == (320, -20)
    fill_cart(cast, {cast.mug: 31})
    with pytest.raises(Refused, match="Only 30 of 85123A are left"):
        place(cast, key="more")
