"""Nobody owes more than was agreed, whoever orders at the same moment; what is paid or cancelled is free again."""

import pytest

from backend.accounts.models import User
from backend.accounts.roles import Role
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.inventory.holds.models import Hold
from backend.logistics.actions import dispatch_goods
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order, cancel_order
from backend.orders.credit.actions import CreditDraft, agree_credit, mark_paid, set_credit_policy, stop_credit
from backend.orders.credit.models import CreditAccount
from backend.orders.credit.queries import Credit, credits
from backend.orders.models import Order, OrderGroup, Requisition
from backend.orders.placing.details import Details
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, employ, make_cast, make_person
from tests.orders.ordering import fill_cart, ordered, place
from tests.orders.requisitions.asking import approve, ask, hire, rule
from tests.orders.test_contention import fill, place_as
from tests.orders.test_contention import hire as hire_buyers


def agree(cast: Cast, limit: int, net_days: int = 14) -> CreditAccount:
    """Northfield and Cornershop: so many pence."""
    draft = CreditDraft("GBP", limit, net_days)
    return agree_credit(cast.northfield, "Cornershop", draft, actor=actor_of(cast.nora))


def credit_of(cast: Cast) -> Credit:
    key = (cast.northfield.pk, cast.cornershop.pk, "GBP")
    with acting_for(cast.cornershop.pk):
        return credits([key])[key]


def in_advance(cast: Cast) -> Details:
    return Details(methods={cast.northfield.pk: "prepaid"})


def test_who_never_said_gives_thirty_days_without_a_limit(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 300})
    assert (order.method, order.net_days) == ("on_account", 30)
    assert credit_of(cast).limit is None


def test_an_order_over_the_limit_is_refused_with_limit_used_and_needed(cast: Cast) -> None:
    agree(cast, 150_00)
    order = ordered(cast, {cast.mug: 40})
    assert (order.method, order.net_days) == ("on_account", 14)
    assert credit_of(cast).used.amount_minor == 122_40
    fill_cart(cast, {cast.mug: 10})
    said = r"is 150\.00 GBP, of which 122\.40 GBP are used: 27\.60 GBP are left, and this needs 35\.40 GBP"
    with pytest.raises(Refused, match=said):
        place(cast, key="more")
    prepaid = place(cast, key="transfer", details=in_advance(cast)).orders.get()
    assert (prepaid.method, prepaid.net_days) == ("prepaid", 0)
    assert credit_of(cast).used.amount_minor == 122_40, "what is paid in advance takes no credit"


def test_goods_that_are_paid_in_advance_leave_once_the_money_has_come(cast: Cast) -> None:
    fill_cart(cast, {cast.mug: 40})
    order = accept_order(place(cast, details=in_advance(cast)).orders.get(), actor=actor_of(cast.sally))
    sent = {order.lines.get().pk: 40}
    with pytest.raises(Refused, match="sent once the money has come"):
        dispatch_goods(order, cast.shelf, sent, Consignment(), key="s", actor=actor_of(cast.wes))
    assert Hold.objects.get().quantity == 40, "they stay promised"
    mark_paid(order, actor=actor_of(cast.nora))
    dispatch_goods(order, cast.shelf, sent, Consignment(), key="s", actor=actor_of(cast.wes))
    order.refresh_from_db()
    assert order.fulfilment == "dispatched"


def test_what_is_cancelled_or_paid_is_free_again(cast: Cast) -> None:
    agree(cast, 150_00)
    cancel_order(ordered(cast, {cast.mug: 40}), actor=actor_of(cast.bea))
    assert credit_of(cast).used.amount_minor == 0
    order = ordered(cast, {cast.mug: 40}, key="again")
    for _ in range(2):
        mark_paid(order, actor=actor_of(cast.nora))
    assert credit_of(cast).used.amount_minor == 0
    order.refresh_from_db()
    assert (order.payment, [entry.step for entry in order.entries.all()]) == ("paid", ["placed", "paid"])


def test_a_policy_is_for_those_with_whom_nothing_is_agreed(cast: Cast) -> None:
    set_credit_policy(cast.northfield, CreditDraft("GBP", 100_00, 7), on_account=True, actor=actor_of(cast.nora))
    fill_cart(cast, {cast.mug: 40})
    with pytest.raises(Refused, match=r"is 100\.00 GBP"):
        place(cast)
    agree(cast, 500_00)
    assert place(cast).orders.get().net_days == 14


def test_prepayment_only_is_paid_in_advance_unless_something_is_agreed(cast: Cast) -> None:
    set_credit_policy(cast.northfield, CreditDraft(), on_account=False, actor=actor_of(cast.nora))
    assert ordered(cast, {cast.mug: 1}).method == "prepaid"
    fill_cart(cast, {cast.mug: 1})
    with pytest.raises(Refused, match="Northfield is paid in advance"):
        place(cast, key="account", details=Details(methods={cast.northfield.pk: "on_account"}))
    agree(cast, 500_00)
    assert place(cast, key="agreed").orders.get().method == "on_account"


def test_stopped_credit_is_none_until_it_is_resumed(cast: Cast) -> None:
    agree(cast, 500_00)
    for stopped, method in ((True, "prepaid"), (False, "on_account")):
        stop_credit(cast.northfield, cast.cornershop, "GBP", stopped=stopped, actor=actor_of(cast.nora))
        assert ordered(cast, {cast.mug: 1}, key=method).method == method


def test_an_order_keeps_the_terms_of_its_day(cast: Cast) -> None:
    order = ordered(cast, {cast.mug: 40})
    agree(cast, 0, net_days=1)
    order.refresh_from_db()
    assert order.net_days == 30
    assert credit_of(cast).left.amount_minor == -122_40  # type: ignore[union-attr]


def test_credit_is_asked_for_and_reserved_when_the_last_approval_orders(cast: Cast) -> None:
    ann = hire(cast, "ann")
    rule(cast, ann)
    agree(cast, 150_00)
    requisition = ask(cast, {cast.mug: 40})
    assert credit_of(cast).used.amount_minor == 0, "a request takes none, and its seller sees none"
    agree(cast, 100_00)
    with pytest.raises(Refused, match=r"this needs 122\.40 GBP"):
        approve(requisition, ann)
    assert Requisition.objects.get().state == "pending"
    fill_cart(cast, {cast.mug: 40})
    with pytest.raises(Refused, match="Your credit with Northfield"):
        ask(cast, {}, key="second")


@pytest.mark.parametrize("who", ["sally", "wes", "bea", "otto"])
def test_only_a_sellers_owners_managers_and_finance_give_credit(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        agree_credit(cast.northfield, "Cornershop", CreditDraft("GBP", 1), actor=actor_of(getattr(cast, who)))
    finance: User = make_person("fay@northfield.example")
    employ(finance, cast.northfield, Role.FINANCE)
    assert agree_credit(cast.northfield, "Cornershop", CreditDraft("GBP", 1), actor=actor_of(finance))


@pytest.mark.parametrize(("limit", "days"), [(-1, 30), (10**15, 30), (1, 0), (1, 366)])
def test_terms_that_cannot_be_are_refused(cast: Cast, limit: int, days: int) -> None:
    with pytest.raises(Refused):
        agree(cast, limit, days)


@pytest.mark.django_db(transaction=True)
def test_orders_at_once_do_not_slip_below_the_limit(at_once: AtOnce) -> None:
    market = make_cast()
    agree(market, 70_80)
    people = hire_buyers(market, 8)
    fill(market, people, {market.mug.pk: 10})
    results = at_once([lambda user=user: place_as(market, user) for user in people])
    assert sum(isinstance(each, OrderGroup) for each in results) == 2, "35.40 each"
    assert all(isinstance(each, (OrderGroup, Refused)) for each in results)
    assert sum(Order.objects.values_list("net_minor", flat=True)) == 59_00
