"""What is taken off an order, and what one side proposes and the other answers."""

from collections.abc import Callable
from functools import partial

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from backend.core.errors import Refused
from backend.orders.amendments.actions import (
    accept_amendment,
    decline_amendment,
    request_cancellation,
    withdraw_amendment,
)
from backend.orders.amendments.asking.actions import ask_to_agree
from backend.orders.amendments.models import Amendment
from backend.orders.cancellations.actions import cancel_lines
from backend.orders.models import Order
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest
from frontend_htmx.orders.answering import answered, gone_on, lines_answered
from frontend_htmx.orders.desk import open_lines
from frontend_htmx.orders.forms import LinesForm, RefusalForm
from frontend_htmx.orders.views import order_on
from frontend_htmx.waiting import require_approvable


@require_POST
def create_line_cancellation(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """Units of some lines are not delivered."""
    order = order_on(request, order_id)
    is_sellers = order.seller_id == request.company.pk
    form = LinesForm(
        request.POST, lines=open_lines(order.lines.order_by("position")), name="off", needs_reason=is_sellers
    )
    return lines_answered(request, order, form, partial(cancel_lines, order, actor=request.actor), "taking_off")


@require_POST
def create_cancellation_request(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """The buyer asks to take something off an accepted order."""
    order = order_on(request, order_id)
    form = LinesForm(request.POST, lines=open_lines(order.lines.order_by("position")), name="ask")
    return lines_answered(request, order, form, partial(request_cancellation, order, actor=request.actor), "asking_off")


@require_POST
def create_amendment_acceptance(
    request: CompanyRequest, company: str, order_id: int, amendment_id: int
) -> HttpResponse:
    """The other side agrees; a buyer's yes that somebody else in the company has to approve waits for that."""
    order = order_on(request, order_id)
    amendment = _amendment(order, amendment_id)
    try:
        accept_amendment(amendment, actor=request.actor)
    except Refused as no:
        require_approvable(no)
        return gone_on(request, order, ask_to_agree(amendment, actor=request.actor))
    return answered(request, order)


@require_POST
def create_amendment_withdrawal(
    request: CompanyRequest, company: str, order_id: int, amendment_id: int
) -> HttpResponse:
    """Whoever proposed it thinks better of it."""
    return _settled(request, order_id, amendment_id, withdraw_amendment)


@require_POST
def create_amendment_refusal(request: CompanyRequest, company: str, order_id: int, amendment_id: int) -> HttpResponse:
    """The other side does not agree, and says why."""
    order = order_on(request, order_id)
    amendment, form = _amendment(order, amendment_id), RefusalForm(request.POST, name="declining")
    no = attempt(form, lambda reason: decline_amendment(amendment, reason=reason, actor=request.actor))
    return answered(request, order, no, declining=form)


def _settled(
    request: CompanyRequest, order_id: int, amendment_id: int, settle: Callable[..., Amendment]
) -> HttpResponse:
    order = order_on(request, order_id)
    settle(_amendment(order, amendment_id), actor=request.actor)
    return answered(request, order)


def _amendment(order: Order, amendment_id: int) -> Amendment:
    amendment = get_object_or_404(Amendment.objects.of_order(order.pk), pk=amendment_id)
    amendment.order = order
    return amendment
