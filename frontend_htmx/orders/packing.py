"""Goods are packed, unpacked and sent as they are packed; and the list that lies in the box."""

from collections.abc import Mapping
from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.core.errors import Conflict
from backend.events import log
from backend.logistics.models import Parcel, Shipment
from backend.logistics.packing.actions import dispatch_packed, pack_goods
from backend.logistics.packing.queries import packing_list
from backend.logistics.packing.unpacking.actions import unpack_parcel, unpack_shipment
from backend.logistics.queries import CONTENTS, parcel_of, shipments
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part
from frontend_htmx.orders.answering import answered, lines_answered
from frontend_htmx.orders.answers import named_warehouse, shipment_form
from frontend_htmx.orders.packing_forms import DepartureForm, UnpackingForm
from frontend_htmx.orders.views import order_on


@require_POST
def create_parcel(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """Goods are put into a parcel; how it is carried is said when it leaves."""
    order = order_on(request, order_id)
    house = named_warehouse(request)

    def pack(quantities: Mapping[int, int], how: object, key: str) -> None:
        pack_goods(order, house, quantities, key=key, actor=request.actor)

    return lines_answered(request, order, shipment_form(request, order, house), pack, "shipment")


@require_POST
def create_unpacking(request: CompanyRequest, company: str, order_id: int, shipment_id: int) -> HttpResponse:
    """What is packed is taken out of its parcels."""
    order = order_on(request, order_id)
    shipment = get_object_or_404(Shipment.objects.of_order(order.pk).select_related("order"), pk=shipment_id)
    unpack_shipment(shipment, actor=request.actor)
    return answered(request, order)


@require_POST
def create_parcel_unpacking(request: CompanyRequest, company: str, order_id: int, parcel_id: int) -> HttpResponse:
    """So much of what is in one parcel is taken out of it."""
    order = order_on(request, order_id)
    own = Parcel.objects.scoped(shipment__order=order.pk).select_related("shipment__order").prefetch_related(CONTENTS)
    parcel = get_object_or_404(own, pk=parcel_id)
    form = UnpackingForm(request.POST, parcel=parcel_of(parcel))
    return lines_answered(request, order, form, partial(unpack_parcel, parcel, actor=request.actor), "unpacking")


@require_POST
def create_departure(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """Packed shipments leave together."""
    order = order_on(request, order_id)
    named = [int(pk) for pk in request.POST.get("named", "").split(",") if pk.isascii() and pk.isdigit()]
    found = [each for each in shipments(order.pk) if each.pk in named]
    if len(found) < len(named) or not found:
        raise Conflict(_("What is packed of this order has changed since you looked: look at it again."))
    form = DepartureForm(request.POST, shipments=found)
    no = attempt(form, partial(dispatch_packed, order, actor=request.actor))
    return answered(request, order, no, departure=form)


@require_safe
@vary_on_headers("HX-Request")
def show_packing_list(request: CompanyRequest, company: str, order_id: int, shipment_id: int) -> HttpResponse:
    """What is in a shipment, parcel by parcel, to be printed and put into the box; live."""
    order = order_on(request, order_id)
    position = log.last_position()
    found = packing_list(order, shipment_id)
    if found is None:
        raise Http404(shipment_id)
    desk_topic = f"order_desk:{order.pk}"
    context = {
        "company": request.company,
        "order": order,
        "is_sale": order.seller_id == request.company.pk,
        "list": found,
        "own_page": request.path,
        "topics": [desk_topic],
        "desk_topic": desk_topic,
        "position": position,
    }
    return page_or_part(request, "orders/_packing_list.html", context, page="orders/packing_list.html")
