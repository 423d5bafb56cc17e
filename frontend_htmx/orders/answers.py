"""What is done to an order: each finds, does and shows. A refusal keeps what was typed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backend.core import clock
from backend.core.errors import Conflict
from backend.inventory.models import Warehouse
from backend.logistics.actions import add_tracking, confirm_delivery, dispatch_goods, dispatch_whole
from backend.logistics.failing.actions import give_up_shipment
from backend.logistics.models import Parcel, Shipment
from backend.logistics.states import ShipmentStatus, Tracking
from backend.logistics.steps import Consignment
from backend.orders.actions import accept_order, cancel_order, decline_order
from backend.orders.models import Order
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest
from frontend_htmx.orders.answering import answered, lines_answered
from frontend_htmx.orders.desk import parts_by_warehouse
from frontend_htmx.orders.forms import FailingForm, RefusalForm, TrackingForm
from frontend_htmx.orders.sending_forms import ShipmentForm, WholeForm
from frontend_htmx.orders.views import order_on


@require_POST
def create_acceptance(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """The seller takes the order."""
    order = order_on(request, order_id)
    accept_order(order, actor=request.actor)
    return answered(request, order)


@require_POST
def create_refusal(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """The seller declines, and says why."""
    order, form = order_on(request, order_id), RefusalForm(request.POST)
    no = attempt(form, lambda reason: decline_order(order, reason=reason, actor=request.actor))
    return answered(request, order, no, refusal=form)


@require_POST
def create_order_cancellation(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """The buyer takes back what nobody has accepted."""
    order = order_on(request, order_id)
    cancel_order(order, actor=request.actor)
    return answered(request, order)


@require_POST
def create_shipment(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """Goods leave a warehouse for the buyer."""
    order = order_on(request, order_id)
    house = named_warehouse(request)

    def send(quantities: Mapping[int, int], how: Consignment, key: str) -> None:
        dispatch_goods(order, house, quantities, how, key=key, actor=request.actor)

    return lines_answered(request, order, shipment_form(request, order, house), send, "shipment")


@require_POST
def create_whole_shipment(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """All that is open of an order leaves at once, from every warehouse that has some of it."""
    order = order_on(request, order_id)
    parts = parts_by_warehouse(order)
    if not parts:
        raise Conflict(_("Nothing more of this order waits to be sent."))
    form = WholeForm(request.POST, parts=parts, codes=dict(order.lines.values_list("pk", "code")))
    no = attempt(form, partial(dispatch_whole, order, actor=request.actor))
    return answered(request, order, no, whole=form)


@require_POST
def create_delivery(request: CompanyRequest, company: str, order_id: int, shipment_id: int) -> HttpResponse:
    """A shipment has arrived."""
    order = order_on(request, order_id)
    shipment = get_object_or_404(Shipment.objects.of_order(order.pk).select_related("order"), pk=shipment_id)
    confirm_delivery(shipment, actor=request.actor)
    return answered(request, order)


@require_POST
def create_tracking(request: CompanyRequest, company: str, order_id: int, parcel_id: int) -> HttpResponse:
    """Somebody has heard of a parcel's way."""
    order = order_on(request, order_id)
    of_order = Parcel.objects.scoped(shipment__order=order.pk).select_related("shipment__order")
    parcel = get_object_or_404(of_order, pk=parcel_id)
    form = TrackingForm(request.POST, parcel_id=parcel.pk)
    no = attempt(form, _noting(request, parcel))
    return answered(request, order, no, tracking=form)


@require_POST
def create_failing(request: CompanyRequest, company: str, order_id: int, shipment_id: int) -> HttpResponse:
    """A shipment doesn't arrive."""
    order = order_on(request, order_id)
    of_order = Shipment.objects.of_order(order.pk).select_related("order", "warehouse")
    shipment = get_object_or_404(of_order, pk=shipment_id)
    form = FailingForm(request.POST, shipment_id=shipment.pk)
    no = attempt(form, lambda now, then: give_up_shipment(
        shipment, ShipmentStatus(now), sends_again=then == "again", actor=request.actor
    ))  # fmt: skip
    return answered(request, order, no, failing=form)


def _noting(request: CompanyRequest, parcel: Parcel) -> Callable[..., None]:
    def note(status: str, at: datetime | None, place: str, key: str) -> None:
        said = f"{parcel.pk}:{key}"[:80]
        at = at or clock.now()
        add_tracking(parcel, Tracking(status), at, place=place, external_id=said, actor=request.actor)

    return note


def shipment_form(request: CompanyRequest, order: Order, house: Warehouse) -> ShipmentForm:
    """What was typed about what lies there for the order."""
    parts = parts_by_warehouse(order).get(house.pk, ())
    return ShipmentForm(request.POST, house=(house.pk, house.name), lines=order.lines.order_by("position"), parts=parts)


def named_warehouse(request: CompanyRequest) -> Warehouse:
    """The acting company's warehouse that the form names, or 404."""
    asked = request.POST.get("warehouse", "")
    pk = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
    return get_object_or_404(request.company.warehouses, pk=pk)
