"""The buyer has looked at what was delivered, and says so."""

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from backend.logistics.models import Shipment
from backend.logistics.queries import shipments
from backend.logistics.receipts.actions import confirm_receipt
from frontend_htmx.http import CompanyRequest
from frontend_htmx.orders.answering import lines_answered
from frontend_htmx.orders.receipt_forms import FindingsForm
from frontend_htmx.orders.views import order_on


@require_POST
def create_confirmation(request: CompanyRequest, company: str, order_id: int, shipment_id: int) -> HttpResponse:
    """All of it is there and well; or this is missing, and that damaged."""
    order = order_on(request, order_id)
    shipment = get_object_or_404(Shipment.objects.of_order(order.pk).select_related("order"), pk=shipment_id)
    shown = next((each for each in shipments(order.pk) if each.pk == shipment.pk), None)
    if shown is None:
        raise Http404(shipment_id)
    form = FindingsForm(request.POST, shipment=shown)
    return lines_answered(request, order, form, partial(confirm_receipt, shipment, actor=request.actor), "findings")
