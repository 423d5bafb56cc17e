"""From a cart to a request, and to orders: nothing is bought that somebody has to agree to first."""

from decimal import Decimal

import pytest
from django.db.models.functions import Now

from backend.accounts.models import User
from backend.accounts.roles import Role
from backend.catalog.models import SellerTerms, TierPrice
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events.kinds import Kind
from backend.events.models import Event
from backend.inventory.models import Availability, Hold, StockLevel
from backend.orders.actions import cancel_order
from backend.orders.carts.actions import put_in_cart
from backend.orders.checkouts.actions import begin_checkout
from backend.orders.models import CartLine, Order, Requisition
from backend.orders.placing.actions import place_orders
from backend.orders.requisitions.actions import approve_requisition, take_up_again, withdraw_requisition
from backend.orders.rules.actions import set_spending_limit
from backend.orders.tasks import expire_requisitions
from tests.cast import Cast, actor_of
from tests.orders.ordering import fill_cart, ordered, place
from tests.orders.requisitions.asking import DETAILS, approve, ask, hire, limit, reject, rule, stand_in

POUNDS_100 = 100_00


@pytest.fixture
def ann(cast: Cast) -> User:
    return hire(cast, "ann")


def state_of(requisition: Requisition) -> str:
    return Requisition.objects.get(pk=requisition.pk).state


# --- Asking ----------------------------------------------------------------------------------------------------------
def test_what_needs_an_approval_is_not_ordered_and_says_whose_and_why(cast: Cast, ann: User) -> None:
    rule(cast, ann, from_minor=POUNDS_100)
    fill_cart(cast, {cast.mug: 40})
    with pytest.raises(Refused, match=r"Ann has to approve it: 100\.00 GBP or more\."):
        place(cast)
    assert not Order.objects.exists()
    assert CartLine.objects.exists()


def test_below_the_amount_it_is_ordered_at_once(cast: Cast, ann: User) -> None:
    rule(cast, ann, from_minor=POUNDS_100)
    assert ordered(cast, {cast.mug: 10})


def test_a_cart_waits_with_its_goods_held_and_its_prices_frozen(cast: Cast, ann: User) -> None:
    rule(cast, ann, from_minor=POUNDS_100)
    requisition = ask(cast, {cast.mug: 40, cast.plate: 12, cast.kettle: 2})
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    assert (level.allocated, level.reserved, Availability.objects.get(pk=cast.mug.pk).quantity) == (0, 40, 260)
    assert {hold.kind for hold in Hold.objects.of_subject(requisition.subject)} == {"approval"}
    assert [(line.code, line.quantity, line.unit_price_minor) for line in requisition.lines.filter(sku=cast.mug)] == [
        ("85123A", 40, Decimal(255))
    ]
    assert (requisition.po_number, requisition.state) == ("PO-77", "pending")
    assert not CartLine.objects.exists()
    assert not Order.objects.exists()


def test_the_same_request_sent_twice_is_one(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    assert ask(cast, {cast.mug: 1}, key="again") == ask(cast, {}, key="again")
    assert Requisition.objects.count() == 1


def test_what_needs_no_approval_cannot_be_asked_for(cast: Cast, ann: User) -> None:
    rule(cast, ann, from_minor=POUNDS_100)
    with pytest.raises(Conflict, match="Nobody has to approve this"):
        ask(cast, {cast.mug: 1})
    assert CartLine.objects.exists()


def test_a_request_obeys_the_sellers_minimum_and_the_shelf(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    with pytest.raises(Refused, match="Only 300 of 85123A are left"):
        ask(cast, {cast.mug: 301})
    SellerTerms.objects.create(company=cast.northfield, order_minimum_minor=POUNDS_100)
    with pytest.raises(Refused, match="are missing"):
        ask(cast, {cast.mug: 1})
    assert not Requisition.objects.exists()


def test_what_one_company_may_not_hold_is_asked_for_and_ordered_if_it_is_still_there(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 200, cast.plate: 12})
    assert list(requisition.lines.filter(is_held=False).values_list("code", flat=True)) == ["85123A"]
    assert Hold.objects.get().level.item_id == cast.plate.pk
    StockLevel.objects.filter(item=cast.mug.pk).update(on_hand=199)
    with pytest.raises(Refused, match="Only 199 of 85123A are left"):
        approve(requisition, ann)
    StockLevel.objects.filter(item=cast.mug.pk).update(on_hand=200)
    assert approve(requisition, ann).state == "approved"


def test_what_the_checkout_reserved_is_held_for_the_request(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    fill_cart(cast, {cast.mug: 150})
    begin_checkout(cast.cornershop, actor=actor_of(cast.bea))
    ask(cast, {})
    assert {(hold.kind, hold.quantity) for hold in Hold.objects.all()} == {("approval", 150)}


# --- Deciding --------------------------------------------------------------------------------------------------------
def test_the_last_approval_places_the_orders_with_the_goods_that_were_held(cast: Cast, ann: User) -> None:
    rule(cast, ann, from_minor=POUNDS_100)
    requisition = approve(ask(cast, {cast.mug: 150, cast.kettle: 2}), ann)
    orders = list(Order.objects.order_by("seller__name"))
    assert [order.seller.slug for order in orders] == ["eastwick", "northfield"]
    said = {(order.po_number, order.note, order.only_whole) for order in orders}
    assert said == {("PO-77", "Ring the bell", True)}
    assert orders[0].group.placed_by == cast.bea
    assert requisition.group == orders[0].group
    level = StockLevel.objects.get(item_id=cast.mug.pk)
    assert (level.allocated, level.reserved) == (150, 0)
    assert state_of(requisition) == "approved"


def test_a_price_that_rose_meanwhile_does_not_matter_and_one_that_fell_is_passed_on(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 1, cast.kettle: 1})
    TierPrice.objects.filter(sku=cast.mug).update(unit_price_minor=999)
    TierPrice.objects.filter(sku=cast.kettle).update(unit_price_minor=200)
    approve(requisition, ann)
    nets = dict(Order.objects.values_list("seller__slug", "net_minor"))
    assert nets == {"northfield": 295, "eastwick": 200}


def test_what_went_off_sale_meanwhile_is_ordered_as_it_was_promised(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40})
    cast.mug.listed = False
    cast.mug.save()
    approve(requisition, ann)
    assert Order.objects.get().lines.get().quantity == 40


def test_turns_are_taken_one_after_the_other(cast: Cast, ann: User) -> None:
    rule(cast, ann, from_minor=50_00)
    rule(cast, cast.carl, turn=2, from_minor=POUNDS_100)
    requisition = ask(cast, {cast.mug: 40})
    with pytest.raises(NotAllowed):
        approve(requisition, cast.carl, nth=1)
    approve(requisition, ann)
    assert not Order.objects.exists()
    approve(requisition, cast.carl, nth=1)
    assert Order.objects.count() == 1


def test_approving_twice_is_approving_once(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    rule(cast, cast.carl, turn=2)
    requisition = ask(cast, {cast.mug: 40})
    versions = {approve(requisition, ann).version for _ in range(2)}
    assert len(versions) == 1
    for _ in range(2):
        approve(requisition, cast.carl, nth=1)
    assert Order.objects.count() == 1


@pytest.mark.parametrize("who", ["bea", "carl", "nora", "otto"])
def test_only_whoever_is_asked_decides(cast: Cast, ann: User, who: str) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40})
    with pytest.raises(NotAllowed):
        approve_requisition(requisition, step_id=requisition.steps.get().pk, actor=actor_of(getattr(cast, who)))
    assert state_of(requisition) == "pending"


def test_a_rejected_request_gives_its_goods_back_and_says_why(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = reject(ask(cast, {cast.mug: 40}), ann)
    now = Requisition.objects.get(pk=requisition.pk)
    assert (now.state, now.reason) == ("rejected", "Too dear")
    assert not Hold.objects.exists()
    assert StockLevel.objects.get(item_id=cast.mug.pk).available == 300


def test_whoever_rejects_says_why(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40})
    with pytest.raises(Refused, match="Say why"):
        reject(requisition, ann, " ")
    assert requisition.steps.get().decided_by is None


def test_a_withdrawn_request_stands_in_the_cart_again_beside_what_is_there(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40, cast.plate: 12})
    fill_cart(cast, {cast.mug: 2, cast.kettle: 1})
    for _ in range(2):
        withdraw_requisition(requisition, actor=actor_of(cast.bea))
    assert dict(CartLine.objects.values_list("sku", "quantity")) == {
        cast.mug.pk: 42,
        cast.plate.pk: 12,
        cast.kettle.pk: 1,
    }
    assert not Hold.objects.exists()
    with pytest.raises(Conflict, match="Withdrawn"):
        approve(requisition, ann)


def test_only_its_buyer_withdraws_a_request(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40})
    with pytest.raises(NotAllowed):
        withdraw_requisition(requisition, actor=actor_of(ann))


def test_a_request_that_nobody_decides_in_time_expires(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40})
    assert expire_requisitions(0) == 0
    Requisition.objects.update(expires_at=Now())
    with pytest.raises(Conflict, match="Nobody decided in time"):
        approve(requisition, ann)
    assert expire_requisitions(0) == 1
    assert state_of(requisition) == "expired"
    assert not Hold.objects.exists()


def test_what_came_to_nothing_is_taken_up_again_once(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40})
    with pytest.raises(Refused, match="nothing to take up"):
        take_up_again(requisition, key="x", actor=actor_of(cast.bea))
    reject(requisition, ann)
    for _ in range(2):
        take_up_again(requisition, key="y", actor=actor_of(cast.bea))
    assert CartLine.objects.get().quantity == 40


# --- Whose approval --------------------------------------------------------------------------------------------------
def test_nobody_approves_what_they_ask_for_themselves(cast: Cast, ann: User) -> None:
    boss = hire(cast, "boss", Role.MANAGER)
    rule(cast, boss)
    stand_in(cast.cornershop, cast.bea, ann)
    requisition = ask(cast, {cast.mug: 40})
    with pytest.raises(NotAllowed):
        approve(requisition, cast.bea)
    approve(requisition, boss)


def test_whoever_is_alone_orders_without_an_approval(cast: Cast) -> None:
    """Carl owns the shop, and nobody else could approve: his rules bind his people, not him."""
    rule(cast, from_minor=1)
    fill_cart(cast, {cast.mug: 1})
    with pytest.raises(Refused, match="Carl has to approve it"):
        place(cast)

    carl = actor_of(cast.carl)
    put_in_cart(cast.mug, 40, actor=carl)
    place_orders(cast.cornershop, DETAILS, seen={cast.mug.pk: Decimal(999)}, key="c", actor=carl)
    assert Order.objects.get().group.placed_by == cast.carl


def test_a_deputy_decides_from_the_first_day_to_the_last(cast: Cast, ann: User) -> None:
    dee = hire(cast, "dee", Role.BUYER)
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40})
    with pytest.raises(NotAllowed):
        approve(requisition, dee)
    stand_in(cast.cornershop, dee, ann)
    approve(requisition, dee)
    step = requisition.steps.get()
    assert (step.decided_by, step.decided_for) == (dee, ann)


def test_who_has_left_is_replaced_by_whoever_may_approve(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    requisition = ask(cast, {cast.mug: 40})
    ann.memberships.all().delete()
    approve(requisition, cast.carl)
    assert state_of(requisition) == "approved"


def test_two_turns_of_anybody_are_two_people_if_there_are_two(cast: Cast, ann: User) -> None:
    rule(cast)
    rule(cast, turn=2)
    requisition = ask(cast, {cast.mug: 40})
    approve(requisition, ann)
    with pytest.raises(NotAllowed):
        approve(requisition, ann, nth=1)
    approve(requisition, cast.carl, nth=1)
    assert state_of(requisition) == "approved"


# --- Limits ----------------------------------------------------------------------------------------------------------
def test_over_the_limit_of_an_order_it_needs_an_approval(cast: Cast, ann: User) -> None:
    limit(cast, cast.bea, order=POUNDS_100)
    assert ordered(cast, {cast.mug: 39})
    fill_cart(cast, {cast.mug: 40})
    with pytest.raises(Refused, match=r"Ann or Carl has to approve it: over the spending limit of 100\.00 GBP"):
        place(cast, key="more")


def test_the_months_budget_is_what_was_ordered_without_what_was_cancelled(cast: Cast, ann: User) -> None:

    limit(cast, cast.bea, month=150_00)
    order = ordered(cast, {cast.mug: 40})
    fill_cart(cast, {cast.mug: 39})
    with pytest.raises(Refused, match=r"201\.45 GBP this month, over the spending limit of 150\.00 GBP"):
        place(cast, key="more")
    cancel_order(order, actor=actor_of(cast.bea))
    assert place(cast, key="again")


def test_approved_orders_use_up_the_budget_of_whoever_asked(cast: Cast, ann: User) -> None:
    limit(cast, cast.bea, month=POUNDS_100)
    approve(ask(cast, {cast.mug: 40}), ann)
    fill_cart(cast, {cast.mug: 1})
    with pytest.raises(Refused, match="this month"):
        place(cast, key="more")


def test_a_persons_own_limit_counts_before_that_of_their_role(cast: Cast, ann: User) -> None:

    set_spending_limit(
        cast.cornershop, role="buyer", per_order_minor=1, per_month_minor=None, actor=actor_of(cast.carl)
    )
    fill_cart(cast, {cast.mug: 1})
    with pytest.raises(Refused, match=r"limit of 0\.01 GBP"):
        place(cast)
    limit(cast, cast.bea, order=POUNDS_100)
    assert place(cast)


# --- What is told ----------------------------------------------------------------------------------------------------
def test_the_seller_hears_of_nothing_but_a_shelf(cast: Cast, ann: User) -> None:
    rule(cast, ann)
    before = Event.objects.count()
    requisition = ask(cast, {cast.mug: 40})
    told = list(Event.objects.order_by("pk").values_list("kind", "data")[before:])
    assert {kind for kind, _data in told} == {Kind.INVENTORY_STOCK_PROMISED, Kind.ORDERS_REQUISITION_ASKED}
    (data,) = [data for kind, data in told if kind == Kind.ORDERS_REQUISITION_ASKED]
    assert data == {"buyer": cast.cornershop.pk}
    assert not Requisition.objects.of_company(cast.northfield.pk).exists()
    assert requisition.subject not in str([data for kind, data in told if kind == Kind.INVENTORY_STOCK_PROMISED])
