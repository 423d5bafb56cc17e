"""A buyer disputes an order, and both sides say what they have to say."""

from functools import partial

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from backend.orders.disputes.actions import escalate_dispute, open_dispute, speak_in_dispute, withdraw_dispute
from backend.orders.models import Order, OrderDispute
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest
from frontend_htmx.orders.answering import answered
from frontend_htmx.orders.dispute_forms import DisputeForm, WordsForm
from frontend_htmx.orders.views import order_on


@require_POST
def create_dispute(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """The buyer disputes what was sent."""
    order, form = order_on(request, order_id), DisputeForm(request.POST)
    no = attempt(form, partial(open_dispute, order, actor=request.actor))
    return answered(request, order, no, disputing=form)


@require_POST
def create_dispute_word(request: CompanyRequest, company: str, order_id: int, dispute_id: int) -> HttpResponse:
    """Either side says something about it."""
    order, form = order_on(request, order_id), WordsForm(request.POST)
    no = attempt(form, partial(speak_in_dispute, _of(order, dispute_id), actor=request.actor))
    return answered(request, order, no, speaking=form)


@require_POST
def create_dispute_withdrawal(request: CompanyRequest, company: str, order_id: int, dispute_id: int) -> HttpResponse:
    """The buyer has nothing against the order any more."""
    order = order_on(request, order_id)
    withdraw_dispute(_of(order, dispute_id), actor=request.actor)
    return answered(request, order)


@require_POST
def create_escalation(request: CompanyRequest, company: str, order_id: int, dispute_id: int) -> HttpResponse:
    """Either side asks the operators to decide."""
    order = order_on(request, order_id)
    escalate_dispute(_of(order, dispute_id), actor=request.actor)
    return answered(request, order)


def _of(order: Order, dispute_id: int) -> OrderDispute:
    return get_object_or_404(OrderDispute.objects.of_order(order.pk).select_related("order"), pk=dispute_id)
