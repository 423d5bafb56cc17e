"""A seller's warehouses: opened, described, closed when they are empty."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backend.core.errors import Denied
from backend.inventory.models import Warehouse
from backend.inventory.warehouses import actions
from backend.inventory.warehouses.queries import all_warehouses
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.inventory.desk import desk_topic, require_view, rights
from frontend_htmx.inventory.warehouse_forms import WarehouseForm


@require_http_methods(["GET", "HEAD", "POST"])
def list_warehouses(request: CompanyRequest, company: str) -> HttpResponse:
    """All of them, and a form for a further one. Two queries."""
    require_view(request)
    fresh = WarehouseForm(initial={"country": request.company.country})
    form, no = WarehouseForm(request.POST) if request.method == "POST" else fresh, None
    if form.is_bound:
        no = attempt(form, lambda **given: _open(request, form, given["key"]))
        if no is None:
            messages.success(request, _("Opened: %(name)s.") % {"name": form.place.name})
            return see_other(reverse("warehouses", args=[company]))
    desk = desk_topic(request)
    context = {
        "company": request.company,
        "warehouses": all_warehouses(request.company.pk),
        "form": form,
        "topics": [desk["desk_topic"]],
        "part": "warehouses",
        **desk,
        **rights(request),
    }
    status, page = no.status if no else 200, "inventory/warehouses.html"
    return page_or_part(request, "inventory/_warehouses.html", context, page=page, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_warehouse(request: CompanyRequest, company: str, warehouse_id: int) -> HttpResponse:
    """Its name and address as they are, to be changed. One query."""
    house = _find(request, warehouse_id)
    if request.method != "POST":
        return _screen(request, house, WarehouseForm(of=house))
    form = WarehouseForm(request.POST)
    no = attempt(form, lambda **given: _edit(request, house, form, given["seen"]))
    if no is None:
        messages.success(request, _("Saved: %(name)s.") % {"name": form.place.name})
        return see_other(reverse("warehouses", args=[company]))
    if no.status == 409:
        house.refresh_from_db()
        form.rebase(house)
    return _screen(request, house, form, no)


@require_POST
def create_closure(request: CompanyRequest, company: str, warehouse_id: int) -> HttpResponse:
    """Nothing comes in any more."""
    house = _find(request, warehouse_id)
    try:
        actions.close_warehouse(house, actor=request.actor)
    except Denied as denied:
        return _screen(request, house, WarehouseForm(of=house), denied)
    messages.success(request, _("Closed: %(name)s.") % {"name": house})
    return see_other(reverse("warehouses", args=[company]))


@require_POST
def create_opening(request: CompanyRequest, company: str, warehouse_id: int) -> HttpResponse:
    """Goods may come in again."""
    house = _find(request, warehouse_id)
    try:
        actions.reopen_warehouse(house, actor=request.actor)
    except Denied as denied:
        return _screen(request, house, WarehouseForm(of=house), denied)
    messages.success(request, _("Opened: %(name)s.") % {"name": house})
    return see_other(reverse("warehouses", args=[company]))


def _open(request: CompanyRequest, form: WarehouseForm, key: str) -> None:
    actions.open_warehouse(request.company, form.place, key=key, actor=request.actor)


def _edit(request: CompanyRequest, house: Warehouse, form: WarehouseForm, seen: int | None) -> None:
    actions.edit_warehouse(house, form.place, seen=seen or 0, actor=request.actor)


def _find(request: CompanyRequest, warehouse_id: int) -> Warehouse:
    require_view(request)
    own = Warehouse.objects.of_company(request.company.pk).select_related("company")
    return get_object_or_404(own, pk=warehouse_id)


def _screen(request: CompanyRequest, house: Warehouse, form: WarehouseForm, no: Denied | None = None) -> HttpResponse:
    context = {
        "company": request.company,
        "warehouse": house,
        "form": form,
        "no": no,
        "part": "warehouses",
        **rights(request),
    }
    page = "inventory/warehouse.html"
    return page_or_part(request, page, context, page=page, status=no.status if no else 200)
