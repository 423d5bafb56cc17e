"""What shops and sellers of the replay do about a dispute, and what is left to people."""

from datetime import timedelta

from django.db.models import F

from backend.accounts.actions import system_actor
from backend.market.models import Act, Errand
from backend.market.simulator.buying import buy
from backend.market.simulator.disputing import argue
from backend.market.simulator.errands import run_errands, take_on_disputes
from backend.market.simulator.shops import Shop
from backend.market.simulator.stalls import Stall, peopled_companies
from backend.orders.disputes.actions import escalate_dispute, open_dispute
from backend.orders.disputes.states import DisputeReason
from backend.orders.models import Order, OrderDispute
from tests.market.conftest import invoice
from tests.market.handling import AT_THE_END, delivered, run_all, sellers_of

NOBODY = frozenset[int]()


def arrived(stalls: dict[str, Stall], shop: Shop, *, reference: str = "536365") -> Order:
    buy(invoice(("85123A", 8), reference=reference), shop, stalls, 100)
    return delivered(Order.objects.get(po_number=reference), stalls)


def step(order: Order) -> str:
    order.refresh_from_db()
    return order.entries.latest("seq").step


def test_a_dispute_is_opened_answered_and_settled_by_the_two_themselves(
    stalls: dict[str, Stall], mulberry: Shop
) -> None:
    order, sellers = arrived(stalls, mulberry), sellers_of(stalls)
    Errand.objects.create(order=order, act=Act.DISPUTE, due_step=0)
    run_errands(0, sellers)
    assert (step(order), order.dispute) == ("dispute_opened", "open")
    run_all(sellers)
    assert (step(order), order.dispute) in (
        ("dispute_withdrawn", "withdrawn"),
        ("dispute_said", "negotiating"),
    )
    assert not Errand.objects.exists()


def test_companies_with_people_speak_for_themselves(stalls: dict[str, Stall], mulberry: Shop) -> None:
    order, sellers = arrived(stalls, mulberry), sellers_of(stalls)
    seller = sellers.actors[order.seller_id]
    assert argue(order, seller, peopled=frozenset({order.buyer_id})) is None
    assert step(order) == "receipt_confirmed"
    argue(order, seller, peopled=NOBODY)
    order.refresh_from_db()
    assert argue(order, seller, peopled=frozenset({order.seller_id})) is None
    take_on_disputes(1, frozenset({order.seller_id}))
    assert (step(order), Errand.objects.exists()) == ("dispute_opened", False)
    take_on_disputes(1, frozenset({order.buyer_id}))
    run_errands(AT_THE_END, sellers)
    assert step(order) == "dispute_said"


def test_what_waits_for_the_operators_one_of_them_decides_after_a_while(
    stalls: dict[str, Stall], mulberry: Shop
) -> None:
    order, buyer = arrived(stalls, mulberry), system_actor(mulberry.company)
    dispute = open_dispute(order, DisputeReason.OTHER, words="Not ours", key="d", actor=buyer)
    OrderDispute.objects.update(opened_at=F("opened_at") - timedelta(days=4))
    escalate_dispute(dispute, actor=buyer)
    take_on_disputes(1, peopled_companies())
    assert run_errands(1_000, sellers_of(stalls)) == 0
    run_all(sellers_of(stalls))
    assert step(order) in ("dispute_for_buyer", "dispute_for_seller")
    assert order.dispute == "decided"
