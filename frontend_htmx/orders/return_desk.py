"""What one side may do with the goods that come back of an order: the forms of its desk. The actions ask again."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.forms import BaseForm

from backend.accounts.actor import Actor
from backend.orders.models import Order, OrderLine
from backend.orders.returns.actions import HAS_GOODS
from backend.orders.returns.policies import can_decide_return, can_inspect_return, can_send_back
from backend.orders.returns.queries import ReturnsView, ReturnView, order_returns
from backend.orders.returns.states import COMING, ON_ITS_WAY, RETURN, ReturnStatus
from backend.orders.returns.steps import returnable
from backend.orders.seen import OrderSeen
from frontend_htmx.orders.forms import LinesForm, RefusalForm
from frontend_htmx.orders.return_forms import HandoverForm, InspectionForm, ReceiptForm, TraceForm

_S = ReturnStatus


@dataclass(frozen=True, slots=True)
class ReturnDesk:
    """What may be done to one return now; None or False: not that, or not by this person."""

    shown: ReturnView
    approving: bool
    rejecting: BaseForm | None
    withdrawing: bool
    sending: BaseForm | None
    tracing: BaseForm | None
    receiving: BaseForm | None
    inspecting: BaseForm | None
    closing: BaseForm | None
    resolving: bool

    @property
    def has_anything(self) -> bool:
        forms = (self.rejecting, self.sending, self.tracing, self.receiving, self.inspecting, self.closing)
        return self.approving or self.withdrawing or self.resolving or any(form is not None for form in forms)


def return_desk(actor: Actor, seen: OrderSeen, refused: Mapping[str, BaseForm]) -> dict[str, object]:
    """What the template shows of returns. Five queries at most."""
    order = seen.order
    shown = order_returns(order.pk) if seen.has_returns else ReturnsView(order.pk, 0)
    desks = [_desk(actor, order, each, refused) for each in shown.returns]
    return {
        "returns": shown,
        "return_desks": [desk for desk in desks if desk.has_anything],
        "sending_back": _sending_back(actor, order, refused),
    }


def lines_to_return(order: Order) -> list[tuple[OrderLine, int]]:
    """(line, how many units of it can be sent back) of all of them. Three queries."""
    left = returnable(order)
    return [(line, left.get(line.pk, 0)) for line in order.lines.order_by("position")]


def _sending_back(actor: Actor, order: Order, refused: Mapping[str, BaseForm]) -> BaseForm | None:
    if order.commercial not in HAS_GOODS or not can_send_back(actor, order):
        return None
    lines = lines_to_return(order)
    return (
        refused.get("sending_back") or LinesForm(lines=lines, name="back")
        if any(most for _line, most in lines)
        else None
    )


def _desk(actor: Actor, order: Order, shown: ReturnView, refused: Mapping[str, BaseForm]) -> ReturnDesk:
    """`refused` names its forms by what they do and by the return's pk."""
    pk, next_ones = shown.pk, RETURN.table[shown.status]
    decides, inspects, sends = (can(actor, order) for can in (can_decide_return, can_inspect_return, can_send_back))
    is_coming, is_there = shown.status in COMING, any(line.uninspected for line in shown.lines)
    return ReturnDesk(
        shown=shown,
        approving=decides and _S.APPROVED in next_ones,
        rejecting=refused.get(f"rejecting_{pk}") or RefusalForm(name=f"rejecting-{pk}")
        if decides and _S.REJECTED in next_ones
        else None,
        withdrawing=sends and _S.WITHDRAWN in next_ones,
        sending=refused.get(f"sending_{pk}") or HandoverForm(return_id=pk)
        if sends and _S.IN_TRANSIT in next_ones
        else None,
        tracing=refused.get(f"tracing_{pk}") or TraceForm(return_id=pk, number=shown.tracking_number)
        if sends and shown.status in ON_ITS_WAY
        else None,
        receiving=refused.get(f"receiving_{pk}") or ReceiptForm(goods=shown, seller_id=order.seller_id)
        if inspects and is_coming
        else None,
        inspecting=refused.get(f"inspecting_{pk}") or InspectionForm(goods=shown) if inspects and is_there else None,
        closing=refused.get(f"closing_{pk}") or RefusalForm(name=f"closing-{pk}") if decides and is_coming else None,
        resolving=decides and _S.RESOLVED in next_ones,
    )
