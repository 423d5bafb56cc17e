"""Lots: a SKU begins to be kept by them, which of them run out, and who got which."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.inventory.lots import queries
from backend.inventory.lots.actions import keep_by_lots, leave_lots
from backend.inventory.models import Lot
from backend.logistics.queries import orders_with_lot
from backend.orders.policies import can_see_orders
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.inventory.desk import desk_topic, own_sku, require_view
from frontend_htmx.inventory.lot_forms import LeaveLotsForm, LotForm, asked_days
from frontend_htmx.inventory.views import sku_screen
from frontend_htmx.paging import page_number


@require_safe
@vary_on_headers("HX-Request")
def list_lots(request: CompanyRequest, company: str) -> HttpResponse:
    """What is best before a day within so many (`?days=`) from today on, or was. Three queries; live."""
    require_view(request)
    desk, days = desk_topic(request, "lots"), asked_days(request.GET.get("days", ""))
    context = {
        "company": request.company,
        "found": queries.running_out(request.company.pk, days=days, number=page_number(request)),
        "days": days,
        "choices": (7, 30, 90, 365),
        "own_page": request.get_full_path(),
        "topics": [desk["desk_topic"]],
        "part": "lots",
        **desk,
    }
    return page_or_part(request, "inventory/_lots.html", context, page="inventory/lots.html")


@require_safe
@vary_on_headers("HX-Request")
def show_lot(request: CompanyRequest, company: str, lot_id: int) -> HttpResponse:
    """Where a lot lies, and which orders got how much of it. Four queries; live."""
    require_view(request)
    desk = desk_topic(request, "lots")
    own = Lot.objects.of_company(request.company.pk).select_related("item__sku__product")
    lot = get_object_or_404(own, pk=lot_id)
    sees_orders = can_see_orders(request.actor)
    context = {
        "company": request.company,
        "lot": lot,
        "sku": lot.item.sku,
        "places": queries.lot_places(lot),
        "sees_orders": sees_orders,
        "received": orders_with_lot(request.company.pk, lot.pk) if sees_orders else (),
        "own_page": request.path,
        "topics": [desk["desk_topic"]],
        **desk,
    }
    return page_or_part(request, "inventory/_lot.html", context, page="inventory/lot.html")


@require_POST
def create_lots(request: CompanyRequest, company: str, sku_id: int) -> HttpResponse:
    """From now on the SKU is kept by lots; what lies there is of the one that is named."""
    sku, form = own_sku(request, sku_id), LotForm(request.POST)
    no = attempt(form, lambda lot, best_before: keep_by_lots(
        sku, number=lot, best_before=best_before, actor=request.actor))  # fmt: skip
    if no is None:
        messages.success(request, _("%(code)s is kept by lots from now on.") % {"code": sku.code})
        return see_other(reverse("sku_stock", args=[request.company.slug, sku.pk]))
    context = sku_screen(request, sku, begin_lots=form, is_refused=True)
    return page_or_part(request, "inventory/sku.html", context, page="inventory/sku.html", status=no.status)


@require_POST
def create_lots_end(request: CompanyRequest, company: str, sku_id: int) -> HttpResponse:
    """From now on the SKU is kept without lots."""
    sku, form = own_sku(request, sku_id), LeaveLotsForm(request.POST)
    no = attempt(form, lambda reason: leave_lots(sku, reason=reason, actor=request.actor))
    if no is None:
        messages.success(request, _("%(code)s is not kept by lots any more.") % {"code": sku.code})
        return see_other(reverse("sku_stock", args=[request.company.slug, sku.pk]))
    context = sku_screen(request, sku, end_lots=form, is_refused=True)
    return page_or_part(request, "inventory/sku.html", context, page="inventory/sku.html", status=no.status)
