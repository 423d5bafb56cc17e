"""What becomes of a change, or a yes to one, that waits for an approval inside the buyer's company. Callers hold the
transaction, and lock the requisition before the order."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from backend.accounts.actor import ANONYMOUS, Actor
from backend.core.errors import Conflict
from backend.core.locking import lock
from backend.core.row_security import across_companies
from backend.events.kinds import Kind
from backend.orders.amendments.approving import plan_of_change
from backend.orders.amendments.asking.keeping import wanted_kept
from backend.orders.amendments.deciding import agree, propose
from backend.orders.amendments.drafting import drafted
from backend.orders.amendments.models import Amendment, AmendmentLine
from backend.orders.amendments.states import AmendmentState
from backend.orders.amendments.steps import lock_amendment, require_going_on
from backend.orders.models import Order, Requisition
from backend.orders.placing.details import Details
from backend.orders.placing.freezing import FrozenPart
from backend.orders.requisitions import steps
from backend.orders.requisitions.states import REQUISITION, RequisitionState
from backend.orders.requisitions.steps import Changing
from backend.orders.rules.spending import budget_of
from backend.orders.states import ENDED, Commercial
from backend.orders.steps import lock_order

MOVED = "an order moves for both companies that trade"
TOO_LATE = (*ENDED, Commercial.COMPLETED)
"""Nothing of such an order is proposed any more."""


def ask(
    about: Changing, lines: Sequence[AmendmentLine], then: FrozenPart, details: Details, *, actor: Actor
) -> Requisition:
    """Writes down what waits, and for whom. Raises Conflict where nobody has to approve it (any more)."""
    if Requisition.objects.scoped(order=about.order, state=RequisitionState.PENDING).exists():
        raise _waits()
    plan = plan_of_change(about.order, lines, actor.user_id or 0)
    if not plan.needs:
        raise Conflict(_("Nobody has to approve this any more: order it."))
    requisition = steps.write_requisition(about.order.buyer, actor.user_id or 0, details, [then], about)
    steps.write_steps(requisition, plan.needs)
    steps.tell(requisition, Kind.ORDERS_REQUISITION_ASKED, actor=actor)
    return requisition


def carry_out_change(requisition: Requisition, actor: Actor) -> None:
    """After the last approval it is done, in the name of whoever asked: the change is proposed, or agreed to.

    Raises Conflict where it would come to more by now than was approved, or was answered meanwhile; Refused where it
    can't be done after all.
    """
    assert requisition.order  # noqa: S101  # whoever calls this looked
    order, buyer = lock_order(requisition.order), replace(actor, user_id=requisition.buyer_id)
    budget_of(requisition.company_id, requisition.buyer_id, locked=True)
    if requisition.agrees_to:
        agree(order, lock_amendment(requisition.agrees_to), actor=buyer)
        REQUISITION.move(requisition, to=RequisitionState.AGREED)
        return
    require_going_on(order)
    wanted = wanted_kept(requisition.change)
    draft = drafted(order, wanted, asked_by=order.buyer_id)
    if (order.payable + draft.more.total).amount_minor > requisition.change["total_minor"]:
        raise Conflict(_("By now it would come to more than was asked for. Reject it; it can be asked for again."))
    propose(order, wanted, draft, requisition.change["reason"], actor=buyer)
    REQUISITION.move(requisition, to=RequisitionState.PROPOSED)


def waiting_yes(amendment: Amendment) -> Requisition | None:
    """The request that would agree to this change, if one waits. One query."""
    return Requisition.objects.scoped(agrees_to=amendment).pending().first()


def require_none_waits(order: Order, *, besides: Amendment | None = None) -> None:
    """Of one order one change waits at a time: what came too late, or nobody decided in time, is ended.

    Raises Conflict where something waits already, but for the yes to the change `besides`.
    """
    for waiting in _locked(order.pk):
        if besides and waiting.agrees_to == besides:
            continue
        if not _is_overtaken(waiting) and Requisition.objects.this(waiting).pending().exists():
            raise _waits()
        steps.end(waiting, RequisitionState.OVERTAKEN, actor=ANONYMOUS)


def end_overtaken_changes(order_id: int) -> None:
    """A change that can't be proposed any more, or was answered, comes to nothing; told again it stays so."""
    with across_companies(why=MOVED):
        for waiting in _locked(order_id):
            if _is_overtaken(waiting):
                steps.end(waiting, RequisitionState.OVERTAKEN, actor=ANONYMOUS)


def _waits() -> Conflict:
    return Conflict(_("This waits for an approval inside your company already."))


def _locked(order_id: int) -> Sequence[Requisition]:
    rows = Requisition.objects.scoped(order=order_id, state=RequisitionState.PENDING)
    return lock(rows.select_related("order", "agrees_to"), what=_("this request"))


def _is_overtaken(waiting: Requisition) -> bool:
    if waiting.agrees_to:
        return waiting.agrees_to.state != AmendmentState.OPEN
    return waiting.order is not None and waiting.order.commercial in TOO_LATE
