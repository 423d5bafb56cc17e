"""Goods that were promised expire: what is good elsewhere stands in for them, and whatever is not had is owed."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils.html import strip_tags

from backend.accounts.actor import ANONYMOUS
from backend.core import clock
from backend.core.errors import Refused
from backend.core.row_security import across_companies
from backend.inventory.actions import adjust_stock, receive_stock
from backend.inventory.holds.allocating import Shelf
from backend.inventory.incoming.actions import expect_stock
from backend.inventory.incoming.dates import Coming
from backend.inventory.lots.actions import pass_best_before
from backend.inventory.lots.replacing import Promise, lost_of, replacements
from backend.inventory.models import Hold, StockLevel, Warehouse
from backend.inventory.reconcile import drift
from backend.inventory.steps import Line
from backend.orders.actions import accept_order
from backend.orders.models import Order
from backend.orders.tasks import replace_expired_goods
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.inventory.lots.test_lots import JUNE, begin, expire
from tests.live import assert_live
from tests.orders.ordering import ordered


def annexe_with(cast: Cast, quantity: int) -> Warehouse:
    fresh = {"name": "Annexe", "country": "GB"}
    annexe = Warehouse.objects.get_or_create(company=cast.northfield, code="annexe", defaults=fresh)[0]
    lines = [Line(cast.mug, quantity, "GOOD", JUNE)]
    receive_stock(lines, annexe, reference="D", key=f"d{quantity}", actor=actor_of(cast.wes))
    return annexe


def promised(cast: Cast, quantity: int, key: str = "k") -> Order:
    return accept_order(ordered(cast, {cast.mug: quantity}, key=key), actor=actor_of(cast.sally))


def pass_the_day(cast: Cast) -> None:
    """The clock notices that a lot is past its day, and looks at what was promised of it."""
    expire(cast, "L-MAY")
    pass_best_before(actor=ANONYMOUS)
    replace_expired_goods(0)


def told(order: Order) -> list[tuple[str, int]]:
    """What the timeline says of the goods, after the order was accepted."""
    with across_companies(why="a test"):
        entries = list(order.entries.filter(seq__gt=2))
    return [(entry.step, entry.data["contents"][0][1]) for entry in entries]


def held(order: Order) -> dict[str, int]:
    holds = Hold.objects.filter(subject=order.subject)
    return dict(holds.values_list("level__warehouse__name", "quantity"))


def owed(order: Order) -> tuple[int, date | None]:
    line = order.lines.get()
    return line.owed, line.due_on


def test_what_lies_free_elsewhere_stands_in_and_both_sides_read_it(cast: Cast) -> None:
    begin(cast)
    order = promised(cast, 40)
    annexe_with(cast, 100)
    for _ in range(2):
        pass_the_day(cast)
    assert held(order) == {"Annexe": 40}
    assert owed(order) == (0, None)
    assert told(order) == [("goods_expired", 40), ("promised_anew", 40)]
    assert drift() == []


def test_whoever_was_promised_theirs_first_has_what_is_there(cast: Cast) -> None:
    begin(cast)
    first, second = promised(cast, 40), promised(cast, 30, key="second")
    annexe_with(cast, 50)
    pass_the_day(cast)
    assert (held(first), owed(first)) == ({"Annexe": 40}, (0, None))
    assert (held(second), owed(second)) == ({"Annexe": 10, "Stoke": 20}, (20, None))
    assert told(second) == [("goods_expired", 30), ("promised_anew", 10), ("owed_changed", 20)]
    annexe_with(cast, 20)
    replace_expired_goods(0)
    assert (held(second), owed(second)) == ({"Annexe": 30}, (0, None))
    assert told(second)[3:] == [("promised_anew", 20), ("owed_changed", 0)]
    assert drift() == []


def test_what_is_expected_elsewhere_stands_in_with_its_day(cast: Cast) -> None:
    begin(cast)
    order, later = promised(cast, 40), clock.now().date() + timedelta(days=9)
    expect_stock(cast.mug, annexe_with(cast, 1), 99, later, reference="", key="e", actor=actor_of(cast.nora))
    pass_the_day(cast)
    assert (held(order), owed(order)) == ({"Annexe": 40}, (39, later))
    assert told(order) == [("goods_expired", 40), ("promised_anew", 40), ("owed_changed", 39)]


def test_what_its_own_shelf_expects_stays_there_and_is_owed_by_that_day(cast: Cast) -> None:
    begin(cast)
    order, later = promised(cast, 40), clock.now().date() + timedelta(days=9)
    expect_stock(cast.mug, cast.shelf, 99, later, reference="", key="e", actor=actor_of(cast.nora))
    pass_the_day(cast)
    assert (held(order), owed(order)) == ({"Stoke": 40}, (40, later))
    assert told(order) == [("goods_expired", 40), ("owed_changed", 40)]


def test_nothing_left_is_said_on_the_live_order_and_on_the_sellers_desk(cast: Cast, client: Client) -> None:
    begin(cast)
    order = promised(cast, 40)
    buyer, seller = Client(), client
    buyer.force_login(cast.bea)
    seller.force_login(cast.wes)
    page = f"/c/northfield/orders/{order.pk}/"
    with assert_live(buyer, f"/c/cornershop/orders/{order.pk}/"), assert_live(seller, page):
        pass_the_day(cast)
    said = " ".join(strip_tags(seller.get(page).content.decode()).split())
    assert "Promised goods are past their day 40 × 85123A" in said
    assert "40 of them come when goods come in" in " ".join(
        strip_tags(buyer.get(f"/c/cornershop/orders/{order.pk}/").content.decode()).split()
    )


def test_what_expired_is_not_thrown_away_while_it_is_promised(cast: Cast) -> None:
    begin(cast)
    promised(cast, 40)
    pass_the_day(cast)
    how = {"reason": "Thrown away", "lot": "L-MAY", "actor": actor_of(cast.wes)}
    with pytest.raises(Refused, match="40 of what expired are promised to buyers"):
        adjust_stock(cast.mug, cast.shelf, by=-300, key="t", **how)  # type: ignore[arg-type]
    annexe_with(cast, 40)
    replace_expired_goods(0)
    adjust_stock(cast.mug, cast.shelf, by=-300, key="t", **how)  # type: ignore[arg-type]
    assert StockLevel.objects.get(warehouse=cast.shelf, item=cast.mug.pk).on_hand == 0
    assert drift() == []


# --- The plan, without a database -------------------------------------------------------------------------------------
def promise(pk: int, quantity: int, level: int = 1) -> Promise:
    return Promise(pk, level, 7, f"order:{pk}", pk, quantity)


def test_only_the_last_of_the_queue_lose_and_what_was_owed_before_is_not_lost() -> None:
    queue = [promise(1, 40), promise(2, 40), promise(3, 40)]
    assert lost_of(queue, there=50, expired=50) == [promise(2, 30), promise(3, 20)]


def test_what_can_never_be_had_goes_to_what_others_expect_and_then_to_what_they_may_owe() -> None:
    day = date(2099, 1, 1)
    other = Shelf(2, 7, 2, "GB", free=10, backorder=5, coming=[Coming(day, 8)])
    moved = replacements([promise(1, 20), promise(2, 20)], [other], {1: 40})
    assert [(each.hold_id, part.quantity, part.owed, part.due_on) for each, part in moved] == [
        (1, 10, 0, None),
        (2, 13, 13, None),
    ]


def test_two_clocks_at_once_promise_it_anew_once(transactional_db: None, at_once: AtOnce) -> None:
    cast = make_cast()
    begin(cast)
    order = promised(cast, 40)
    annexe_with(cast, 100)
    expire(cast, "L-MAY")
    pass_best_before(actor=ANONYMOUS)
    assert set(at_once([lambda: replace_expired_goods(0)] * 2)) <= {0, 1}
    assert held(order) == {"Annexe": 40}
    assert told(order) == [("goods_expired", 40), ("promised_anew", 40)]
    assert drift() == []
