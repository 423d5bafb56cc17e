"""A shop that found goods damaged may dispute the order: its seller answers, and nearly all come to terms. What they
don't agree on the operators of the market decide."""

from backend.accounts.actions import system_actor
from backend.accounts.actor import Actor
from backend.accounts.models import CompanyKind, Membership
from backend.accounts.roles import Role
from backend.core.row_security import acting_for
from backend.market.models import Act
from backend.market.simulator.chance import chance, fate
from backend.market.simulator.stalls import REPLAY
from backend.market.simulator.then import Then, then
from backend.orders.disputes.actions import (
    decide_dispute,
    escalate_dispute,
    open_dispute,
    speak_in_dispute,
    withdraw_dispute,
)
from backend.orders.disputes.states import DisputeReason, Side
from backend.orders.models import Order, OrderDispute
from backend.orders.states import Dispute

# Of a hundred shops that found something damaged so many dispute the order; of a hundred disputes so many are withdrawn
# once the seller has answered, and of a hundred decisions so many are for the buyer.
DISPUTED, WITHDRAWN, FOR_BUYER = 20, 85, 60
LEAST, MOST = 200, 1_200
COMPLAINT = "One arrived broken, and the box was not even dented. Nobody has answered our message about it."
ANSWER = "We are sorry to hear it. We pack each box by hand: please send us pictures, and we will make it good."
WHY = {
    Side.BUYER: "The box was whole, so it was broken before it left.",
    Side.SELLER: "The receipt was confirmed with one broken of many; a return was offered and not asked for.",
}


def will_dispute(order: Order) -> Then | None:
    """Of an order in which something was damaged."""
    is_disputed = chance(f"{fate(order)}/disputed", 100) < DISPUTED
    return then(Act.DISPUTE, fate(order), LEAST, MOST) if is_disputed else None


def argue(order: Order, seller: Actor, *, peopled: frozenset[int]) -> Then | None:
    """The next word in the order's dispute; None: it is over, or nobody has one to say now. Companies that have people
    speak for themselves."""
    with acting_for(order.seller_id):
        dispute = OrderDispute.objects.of_order(order.pk).order_by("nth").last()
    if dispute is None:
        return _open(order) if order.buyer_id not in peopled else None
    dispute.order = order
    if dispute.status == Dispute.OPEN and order.seller_id not in peopled:
        return _answer(dispute, seller)
    if dispute.status == Dispute.NEGOTIATING and order.buyer_id not in peopled:
        _settle(dispute)
    elif dispute.status == Dispute.ESCALATED:
        _decide(dispute)
    return None


def _open(order: Order) -> Then:
    key, buyer = f"{order.number}/dispute", system_actor(order.buyer)
    open_dispute(order, DisputeReason.DAMAGED, words=COMPLAINT, key=key, actor=buyer)
    return then(Act.DISPUTE, f"{fate(order)}/answer", LEAST, MOST)


def _answer(dispute: OrderDispute, seller: Actor) -> Then:
    speak_in_dispute(dispute, words=ANSWER, key=f"{dispute}/answer", actor=seller)
    return then(Act.DISPUTE, f"{fate(dispute.order)}/settle", LEAST, MOST)


def _settle(dispute: OrderDispute) -> None:
    """The shop is content; or, once it may, asks the operators."""
    buyer = system_actor(dispute.order.buyer)
    if chance(f"{fate(dispute.order)}/withdrawn", 100) < WITHDRAWN:
        withdraw_dispute(dispute, actor=buyer)
    elif _is_ripe(dispute):
        escalate_dispute(dispute, actor=buyer)


def _is_ripe(dispute: OrderDispute) -> bool:
    with acting_for(dispute.order.seller_id):
        return OrderDispute.objects.this(dispute).ripe().exists()


def _decide(dispute: OrderDispute) -> None:
    """As an operator would; where the market has none, it waits for one."""
    operators = Membership.objects.across_companies(why=REPLAY).filter(role=Role.OPERATOR)
    operator = operators.filter(company__kind=CompanyKind.PLATFORM).order_by("-pk").first()
    if operator:
        side = Side.BUYER if chance(f"{fate(dispute.order)}/side", 100) < FOR_BUYER else Side.SELLER
        decide_dispute(dispute, side, words=WHY[side], actor=operator.as_actor())
