"""What a seller shows and doesn't sell is ordered by no way there is; each names it, and why."""

import pytest

from backend.catalog.audiences.actions import AssortmentDraft, remove_assortment, save_assortment, set_territory
from backend.catalog.models import Assortment, Sku
from backend.core.errors import Refused
from backend.core.row_security import acting_for
from backend.inventory.models import StockLevel
from backend.orders.actions import accept_order
from backend.orders.amendments.drafting import Wanted
from backend.orders.carts.actions import put_in_cart
from backend.orders.carts.queries import read_cart
from backend.orders.checkouts.actions import begin_checkout
from backend.orders.models import Order, StandingRun
from backend.orders.placing.details import Details
from backend.orders.quick.actions import paste_table
from backend.orders.reordering.actions import put_again
from backend.orders.standing.states import Outcome
from tests.cast import Cast, actor_of, make_sku
from tests.orders.ordering import agreed, fill_cart, ordered, place
from tests.orders.quick.test_pad import line, lines, put
from tests.orders.requisitions.asking import approve, ask, hire, rule
from tests.orders.standing.test_standing import set_up, work
from tests.orders.test_amendments import propose

WHY = "Northfield sells 85123A to chosen customers only. Ask Northfield for an offer."


def reserve(cast: Cast, *companies: str, code: str = "85123A") -> Assortment:
    """From now on the mug is for dealers: these companies."""
    draft = AssortmentDraft("Dealers’ goods", [code], "reserved", companies=companies)
    return save_assortment(cast.northfield, None, draft, actor=actor_of(cast.sally))


def test_it_can_not_be_put_into_a_cart_but_by_those_whom_it_is_sold_to(cast: Cast) -> None:
    reserved = reserve(cast, "Eastwick")
    with pytest.raises(Refused, match=WHY):
        fill_cart(cast, {cast.mug: 2})
    draft = AssortmentDraft("Dealers’ goods", [cast.mug.code], "reserved", companies=["Cornershop"])
    save_assortment(cast.northfield, reserved, draft, seen=reserved.version, actor=actor_of(cast.sally))
    assert ordered(cast, {cast.mug: 2}).buyer == cast.cornershop


def test_a_cart_that_had_it_before_says_so_and_is_not_ordered(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 2, cast.plate: 12})
    reserve(cast)
    with acting_for(cast.cornershop.pk):
        cart = read_cart(actor_of(cast.bea), cast.cornershop)
    assert {line.goods.code: line.trouble for line in cart.lines} == {"85123A": WHY, "22114": ""}
    with pytest.raises(Refused, match=WHY):
        place(cast)
    assert not Order.objects.exists()
    put_in_cart(cast.mug, 0, actor=actor_of(cast.bea))
    assert place(cast, key="without").orders.count() == 1


def test_a_checkout_reserves_nothing_of_what_is_not_sold_to_its_buyer(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 2, cast.plate: 12})
    begin_checkout(cast.cornershop, actor=actor_of(cast.bea))
    assert reserved_of(cast.mug, cast.plate) == [2, 12]
    reserved = reserve(cast)
    begin_checkout(cast.cornershop, actor=actor_of(cast.bea))
    assert reserved_of(cast.mug, cast.plate) == [0, 12], "what was held before is free again"
    put_in_cart(cast.plate, 0, actor=actor_of(cast.bea))
    begin_checkout(cast.cornershop, actor=actor_of(cast.bea))
    assert reserved_of(cast.mug, cast.plate) == [0, 0]
    remove_assortment(reserved, actor=actor_of(cast.sally))
    set_territory(cast.northfield, "85123A", ["IE"], is_seen_elsewhere=True, actor=actor_of(cast.sally))
    begin_checkout(cast.cornershop, actor=actor_of(cast.bea))
    assert reserved_of(cast.mug) == [2], "it may go elsewhere"


def reserved_of(*skus: Sku) -> list[int]:
    return [StockLevel.objects.get(item_id=sku.pk).reserved for sku in skus]


def test_where_it_may_not_go_another_address_will_do(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 2})
    set_territory(cast.northfield, "85123A", ["GB"], is_seen_elsewhere=True, actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="85123A is not for sale to Ireland"):
        place(cast, details=Details(ship_to={"country": "IE"}))
    set_territory(cast.northfield, "85123A", ["IE"], is_seen_elsewhere=True, actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="does not sell 85123A to United Kingdom"):
        place(cast, key="home")


def test_each_line_of_a_quick_order_says_so_typed_or_pasted_and_the_others_go_on(cast: Cast) -> None:
    reserve(cast, code="22114")
    why = WHY.replace("85123A", "22114")
    typed = line(cast, "22114", "7")
    assert (typed.trouble, typed.would_do, typed.can_be_ordered) == (why, None, False)
    make_sku("Blue bowl", "J1", cast.crockery, cast.shelf, on_hand=9)
    paste_table([["J1", "2"], ["22114", "12"]], key="p", actor=actor_of(cast.bea))
    assert [each.trouble for each in lines(cast)] == [why, "", why]
    with pytest.raises(Refused, match=f"Line 1 can’t be ordered. {why}"):
        put(cast)
    assert put(cast, only_ready=True, key="ready").lines == 1


def test_of_two_sellers_with_a_code_the_one_who_sells_is_meant(cast: Cast) -> None:
    assert "2 sellers have this code" in line(cast, "85123A", "2").trouble
    reserve(cast)
    (said,) = lines(cast)
    assert (said.trouble, said.offer and said.offer.sku) == ("", cast.kettle)


def test_it_is_not_ordered_again(cast: Cast) -> None:
    reserve(cast)
    quantities = {cast.mug.pk: 2, cast.plate.pk: 12}
    with pytest.raises(Refused, match=f"85123A: {WHY}"):
        put_again(cast.cornershop, quantities, only_ready=False, key="k", actor=actor_of(cast.bea))
    left = put_again(cast.cornershop, quantities, only_ready=True, key="r", actor=actor_of(cast.bea))
    assert (left.lines, left.left) == (1, 1)


def test_a_standing_order_is_refused_with_why(cast: Cast) -> None:
    set_up(cast)
    reserve(cast)
    assert work() == 0
    run = StandingRun.objects.get()
    assert (run.outcome, run.why) == (Outcome.REFUSED, WHY)


def test_what_waits_for_an_approval_is_not_ordered_by_it(cast: Cast) -> None:
    ann = hire(cast, "ann")
    rule(cast, ann)
    asked = ask(cast, {cast.mug: 12})
    reserved = reserve(cast)
    with pytest.raises(Refused, match=WHY):
        approve(asked, ann)
    set_territory(cast.northfield, "85123A", ["DE"], actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="85123A is no longer for sale"):
        approve(asked, ann)
    set_territory(cast.northfield, "85123A", [], actor=actor_of(cast.sally))
    reserved.delete()
    assert approve(asked, ann).group


@pytest.mark.parametrize("who", ["bea", "sally"])
def test_neither_side_adds_it_to_an_order(cast: Cast, who: str) -> None:
    order = accept_order(ordered(cast, {cast.plate: 12}), actor=actor_of(cast.sally))
    reserve(cast)
    with pytest.raises(Refused, match=WHY):
        propose(cast, order, Wanted(added={"85123A": 2}), who=who)


def test_whoever_asks_for_an_offer_may_be_sold_it(cast: Cast) -> None:
    """The seller's own yes counts for more than his rule."""
    reserve(cast)
    assert agreed(cast, {cast.mug: 12}).lines.get().code == "85123A"
