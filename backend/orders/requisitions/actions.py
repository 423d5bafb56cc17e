"""A cart that needs an approval waits as a requisition; the last approval orders it, everything else gives it back.

Locks are taken in this order: the cart, the requisition, the budget, the stock.
"""

from collections.abc import Mapping
from decimal import Decimal

from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events import once
from backend.events.kinds import Kind
from backend.orders import policies as orders
from backend.orders.agreements.asking.steps import carry_out
from backend.orders.amendments.asking.steps import carry_out_change
from backend.orders.carts.queries import priced_cart
from backend.orders.carts.steps import add_to_cart, lock_cart
from backend.orders.credit.steps import reserve_credit
from backend.orders.documents.steps import hand_to_orders, lie_in_cart_again, wait_with
from backend.orders.models import Requisition
from backend.orders.placing.checks import require_currencies, require_no_rise, require_orderable, require_taxes
from backend.orders.placing.details import Details, require_short, require_to_come
from backend.orders.placing.freezing import freeze
from backend.orders.placing.steps import order_parts
from backend.orders.requisitions import policies, steps
from backend.orders.requisitions.states import CAME_TO_NOTHING, REQUISITION, RequisitionState
from backend.orders.rules.approvers import approvers_of
from backend.orders.rules.queries import plan_for
from backend.orders.rules.spending import budget_of
from backend.orders.states import MAX_NOTE


@atomic(durable=True)
@for_actor
def ask_for_approval(
    company: Company,
    details: Details,
    *,
    seen: Mapping[int, Decimal],
    key: str,
    standing: int | None = None,
    actor: Actor,
) -> Requisition:
    """The cart waits for those who have to approve it: prices, tax and address frozen, the goods held, the cart empty.

    With `standing` it is the cart of that standing order, which the person set up.

    Raises what place_orders raises, and Conflict where nothing needs an approval (any more): then it can be ordered.
    """
    require(orders.can_place_orders(actor))
    claim = once.claim(company.pk, key, action="ask_for_approval", request=details.said)
    if claim.is_repeat:
        return Requisition.objects.of_company(company.pk).get(pk=claim.result_pk)
    require_short(details)
    require_to_come(details.requested_on)
    basket = lock_cart(actor, standing)
    cart = priced_cart(basket, company, to=details.ship_to.get("country", ""))
    require_orderable(cart)
    require_currencies(cart.parts, details.currencies)
    require_no_rise(cart.lines, seen)
    require_taxes(cart.parts, details.taxes)
    plan = plan_for(cart.lines, company.pk, basket.user_id)
    if not plan.needs:
        raise Conflict(_("Nobody has to approve this any more: order it."))
    parts = freeze(cart.parts)
    reserve_credit(company.pk, parts, details.methods)  # for this moment: no seller learns that anybody asks
    requisition = steps.write_requisition(company, basket.user_id, details, parts)
    steps.write_steps(requisition, plan.needs)
    steps.hold_for(requisition, freeing=basket.checkout, actor=actor)
    wait_with(requisition, basket)
    basket.lines.all().delete()
    steps.tell(requisition, Kind.ORDERS_REQUISITION_ASKED, actor=actor)
    claim.resulted_in(requisition.pk)
    return requisition


@atomic(durable=True)
@for_actor
def approve_requisition(requisition: Requisition, *, step_id: int, actor: Actor) -> Requisition:
    """Gives the approval `step_id`, for which the actor is asked; the last one places the orders.

    Given again by the same person it stays given. Raises NotAllowed for whoever is not asked, Conflict where somebody
    else was faster or its time has run out, Refused where it can't be ordered after all.
    """
    require(policies.can_see_requisition(actor, requisition))
    now = steps.lock_requisition(requisition)
    step = now.steps.filter(pk=step_id).select_related("decided_by").first()
    if step and step.decided_by_id == actor.user_id:
        return now
    steps.require_pending(now)
    if step and step.decided_by:
        raise Conflict(_("%(name)s has approved it before you.") % {"name": step.decided_by})
    _decide(now, step_id, actor)
    if not now.steps.filter(decided_by=None).exists():
        _order(now, actor)
    steps.tell(now, Kind.ORDERS_REQUISITION_APPROVED, actor=actor)
    return now


@atomic(durable=True)
@for_actor
def reject_requisition(requisition: Requisition, *, step_id: int, reason: str, actor: Actor) -> Requisition:
    """It is not ordered: the goods are free again, and its buyer reads why. Rejected again it stays so.

    Raises NotAllowed for whoever is not asked, Refused without a reason, Conflict where it was decided meanwhile.
    """
    require(policies.can_see_requisition(actor, requisition))
    now = steps.lock_requisition(requisition)
    if now.state == RequisitionState.REJECTED and now.steps.filter(pk=step_id, decided_by=actor.user_id).exists():
        return now
    steps.require_pending(now)
    _decide(now, step_id, actor)
    if not reason.strip():
        raise Refused(_("Say why: its buyer reads it."), field="reason")
    steps.end(now, RequisitionState.REJECTED, actor=actor, reason=reason.strip()[:MAX_NOTE])
    return now


@atomic(durable=True)
@for_actor
def withdraw_requisition(requisition: Requisition, *, actor: Actor) -> Requisition:
    """Its buyer thinks better of it: the goods are free again, and its lines stand in the cart beside what is there;
    not those of an offer, which stands in its room, or of a change, which is proposed on its order.

    Withdrawn again it stays so. Raises NotAllowed for anybody else, Conflict where it was decided meanwhile.
    """
    require(policies.can_withdraw(actor, requisition))
    basket = lock_cart(actor)
    now = steps.lock_requisition(requisition)
    if now.state == RequisitionState.WITHDRAWN:
        return now
    steps.require_pending(now)
    steps.end(now, RequisitionState.WITHDRAWN, actor=actor)
    if now.is_of_cart:
        add_to_cart(basket, dict(now.lines.values_list("sku_id", "quantity")))
        lie_in_cart_again(now, basket)
    return now


@atomic(durable=True)
@for_actor
def take_up_again(requisition: Requisition, *, key: str, actor: Actor) -> Requisition:
    """What came to nothing stands in its buyer's cart once more, beside what is there.

    Raises NotAllowed for anybody else, Refused for what waits or was ordered.
    """
    require(policies.can_withdraw(actor, requisition))
    claim = once.claim(requisition.company_id, key, action="take_up_again", request={"requisition": requisition.pk})
    if claim.is_repeat:
        return requisition
    basket = lock_cart(actor)
    now = steps.lock_requisition(requisition)
    if now.room_id is not None:
        raise Refused(_("This is about an offer: answer it in its room."))
    if now.order_id is not None:
        raise Refused(_("This is about an order: change it on its page."))
    if now.state not in CAME_TO_NOTHING:
        raise Refused(_("“%(state)s”: there is nothing to take up again.") % {"state": now.get_state_display()})
    add_to_cart(basket, dict(now.lines.values_list("sku_id", "quantity")))
    lie_in_cart_again(now, basket)
    claim.resulted_in(now.pk)
    return now


@atomic(durable=True)
def expire_requisition(requisition: Requisition, *, actor: Actor) -> Requisition:
    """Nobody decided in time: the goods are free again. One that was decided meanwhile stays as it is."""
    now = steps.lock_requisition(requisition)
    if Requisition.objects.this(now).lapsed().exists():
        steps.end(now, RequisitionState.EXPIRED, actor=actor)
    return now


def _order(requisition: Requisition, actor: Actor) -> None:
    """The prices that were asked for, or lower ones; the goods that were held. Of an offer, or a change of an order:
    exactly its words."""
    if requisition.room_id is not None:
        carry_out(requisition, actor)
        return
    if requisition.order_id is not None:
        carry_out_change(requisition, actor)
        return
    steps.require_sold(requisition)
    budget_of(requisition.company_id, requisition.buyer_id, locked=True)
    requisition.group = order_parts(
        requisition.company,
        steps.frozen_parts(requisition),
        steps.details_of(requisition),
        holding=requisition.subject,
        placed_by=requisition.buyer_id,
        actor=actor,
    )
    Requisition.objects.this(requisition).update(group=requisition.group)
    hand_to_orders(list(requisition.documents.all()), requisition.group, actor=actor)
    REQUISITION.move(requisition, to=RequisitionState.APPROVED)


def _decide(requisition: Requisition, step_id: int, actor: Actor) -> None:
    """Writes down who decided, and for whom if they stand in for somebody."""
    approvers = approvers_of(requisition.company_id)
    step = policies.step_to_decide(actor, requisition, list(requisition.steps.all()), approvers)
    if step is None or step.pk != step_id or actor.user_id is None:
        raise NotAllowed(_("You are not asked to approve this."))
    absent = approvers.for_whom(actor.user_id, step.approver_id)
    requisition.steps.filter(pk=step.pk).update(decided_by=actor.user_id, decided_for=absent, decided_at=Now())
