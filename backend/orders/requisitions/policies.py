"""May this actor do that to a requisition? Nothing else decides."""

from collections.abc import Collection

from backend.accounts.actor import Actor
from backend.accounts.roles import Permission
from backend.orders.models import ApprovalStep, Requisition
from backend.orders.requisitions.models import SEEN_BY
from backend.orders.requisitions.states import RequisitionState
from backend.orders.rules.approvers import Approvers


def can_see_requisitions(actor: Actor) -> bool:
    """Those of the company who order, approve, or say what needs an approval."""
    return actor.company_id is not None and bool(SEEN_BY & actor.permissions)


def can_see_requisition(actor: Actor, requisition: Requisition) -> bool:
    return actor.company_id == requisition.company_id and can_see_requisitions(actor)


def step_to_decide(
    actor: Actor, requisition: Requisition, steps: Collection[ApprovalStep], approvers: Approvers
) -> ApprovalStep | None:
    """The approval that this actor may give or refuse now: one of the first turn that is still open.

    None for the buyer, for whoever is not asked, and where all is decided.
    """
    if actor.user_id is None or actor.company_id != requisition.company_id:
        return None
    is_open = requisition.state == RequisitionState.PENDING
    waiting = [step for step in steps if step.decided_by_id is None] if is_open else []
    done = {step.decided_by_id for step in steps if step.decided_by_id is not None}
    turn = min((step.turn for step in waiting), default=0)
    for step in (step for step in waiting if step.turn == turn):
        if actor.user_id in approvers.asked(step.approver_id, besides=requisition.buyer_id, done=done):
            return step
    return None


def can_withdraw(actor: Actor, requisition: Requisition) -> bool:
    """Whoever asked, as long as they may order."""
    return (
        actor.user_id == requisition.buyer_id
        and actor.company_id == requisition.company_id
        and actor.may(Permission.ORDERS_PLACE)
    )
