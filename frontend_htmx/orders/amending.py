"""A change of an order that one side puts together: looked at before it is proposed."""

from typing import Any, TypedDict

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backend.core.errors import NotAllowed, Refused
from backend.orders.amendments.actions import propose_change
from backend.orders.amendments.approving import plan_of_change
from backend.orders.amendments.asking.actions import ask_to_change
from backend.orders.amendments.drafting import drafted
from backend.orders.amendments.policies import can_propose_change
from backend.orders.amendments.queries import Proposal, previewed
from backend.orders.models import Order, Requisition
from backend.orders.rules.queries import Plan
from backend.orders.states import GOING_ON, Commercial
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part
from frontend_htmx.orders.amendment_form import AmendmentForm
from frontend_htmx.orders.answering import gone_on
from frontend_htmx.orders.views import order_on
from frontend_htmx.waiting import require_approvable, waiting_key


class Preview(TypedDict, total=False):
    """A change that was looked at, for the template; nothing yet."""

    proposal: Proposal
    plan: Plan


@require_safe
def new_amendment(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """What is to be different: a form that says how the order is now."""
    order = _changeable(request, order_id)
    return _show(request, order, AmendmentForm(order=order))


@require_POST
def create_amendment(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """Looks at what it would come to; or proposes it, or has room for more lines, where the button says so."""
    order = _changeable(request, order_id)
    form, seen, waits = AmendmentForm(request.POST, order=order), Preview(), []
    if form.is_growing:
        return _show(request, order, form)
    if "propose" in request.POST:
        no = attempt(form, lambda **typed: waits.append(_propose_or_wait(request, order, **typed)))
        if no is None:
            return gone_on(request, order, waits[0])
    else:
        no = attempt(form, lambda **typed: seen.update(_look(request, order, typed)))
    return _show(request, order, form, seen, status=no.status if no else 200)


def _propose_or_wait(request: CompanyRequest, order: Order, *, key: str, **typed: Any) -> Requisition | None:
    """What somebody else in the buyer's company has to approve first waits for that."""
    try:
        propose_change(order, **typed, key=key, actor=request.actor)
    except Refused as no:
        require_approvable(no)
        return ask_to_change(order, **typed, key=waiting_key(key), actor=request.actor)
    return None


def _look(request: CompanyRequest, order: Order, typed: dict[str, Any]) -> Preview:
    """What it would come to; to a buyer also whose approval it needs inside their company."""
    by, wanted = request.company, typed["wanted"]
    draft = drafted(order, wanted, asked_by=by.pk)
    is_buyers = by.pk == order.buyer_id
    plan = plan_of_change(order, draft.lines, request.actor.user_id or 0) if is_buyers else Plan()
    return {"proposal": previewed(order, draft, wanted, by=by.name), "plan": plan}


def _changeable(request: CompanyRequest, order_id: int) -> Order:
    order = order_on(request, order_id)
    if not can_propose_change(request.actor, order):
        raise NotAllowed(_("Your role in this company may not change orders. An owner can change your role."))
    if order.commercial not in GOING_ON:
        raise Refused(_("This order can’t be changed now; it is: %(now)s.")
                      % {"now": Commercial(order.commercial).label})  # fmt: skip
    return order


def _show(
    request: CompanyRequest, order: Order, form: AmendmentForm, seen: Preview | None = None, *, status: int = 200
) -> HttpResponse:
    context = {
        "company": request.company,
        "order": order,
        "form": form,
        **(seen or {}),
        "is_sale": order.seller_id == request.company.pk,
    }
    return page_or_part(request, "orders/_amend.html", context, page="orders/amend.html", status=status)
