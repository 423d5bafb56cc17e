"""A change is proposed, and agreed to: by whoever may, or once it has been approved. Callers hold the transaction and
the order's lock."""

from backend.accounts.actor import Actor
from backend.orders.amendments.applying import apply_amendment
from backend.orders.amendments.drafting import Draft, Wanted, moved_to
from backend.orders.amendments.models import Amendment
from backend.orders.amendments.states import AmendmentKind, AmendmentState
from backend.orders.amendments.steps import put_forward, require_same_money, settle_amendment
from backend.orders.cancellations.steps import go_on
from backend.orders.credit.steps import reserve_more, settle_payment
from backend.orders.models import Order
from backend.orders.states import Commercial


def propose(order: Order, wanted: Wanted, draft: Draft, reason: str, *, actor: Actor) -> Amendment:
    """The other side reads it, and answers. A buyer's own credit is looked at for this moment: it is reserved when the
    seller agrees."""
    is_buyers = actor.company_id == order.buyer_id
    if is_buyers:
        reserve_more(order, draft.more.total)
    fresh = Amendment(
        order=order,
        kind=AmendmentKind.CHANGE,
        proposed_by_id=actor.company_id or 0,
        actor_id=actor.user_id,
        bought_by_id=actor.user_id if is_buyers else None,
        reason=reason,
        requested_on=wanted.requested_on,
        ship_to=moved_to(order, wanted),
    )
    return put_forward(order, fresh, draft.lines, draft.more, actor=actor)


def agree(order: Order, amendment: Amendment, *, actor: Actor) -> None:
    """The order is what was proposed. What it rises by takes the buyer's credit, or is to be paid."""
    settle_amendment(order, amendment, AmendmentState.ACCEPTED, actor=actor)
    require_same_money(order, amendment)
    was, amendment.order = order.payable, order
    reserve_more(order, amendment.more)
    apply_amendment(order, amendment, actor=actor)
    settle_payment(order, was, actor=actor)
    if actor.company_id == order.buyer_id:
        Amendment.objects.this(amendment).update(bought_by=actor.user_id)
    go_on(order, Commercial(amendment.was), actor=actor)
