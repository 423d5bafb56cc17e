"""What is done to a SKU's stock: each finds, does and shows. A refusal keeps what was typed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backend.catalog.models import Sku
from backend.core.errors import Conflict, Denied
from backend.inventory.actions import adjust_stock, change_disclosure, count_stock
from backend.inventory.limits.actions import Limits, set_limits, set_low_mark
from backend.inventory.limits.queries import low_mark
from backend.inventory.lots.queries import lot_numbers
from backend.inventory.models import Warehouse
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, came_from, page_or_part, see_other, wants_part
from frontend_htmx.inventory.desk import named_warehouse, own_sku, warehouses_of
from frontend_htmx.inventory.forms import AdjustForm, CountForm, DisclosureForm, LimitsForm, LowMarkForm
from frontend_htmx.inventory.views import sku_screen


@require_POST
def create_count(request: CompanyRequest, company: str, sku_id: int) -> HttpResponse:
    """The level is what was counted, unless somebody moved it meanwhile: then the difference is shown (409)."""
    sku = own_sku(request, sku_id)
    house = named_warehouse(request, request.POST.get("warehouse", ""))
    form = CountForm(request.POST, sku=sku, warehouse=house)

    def count(quantity: int, seen: int, key: str) -> None:
        count_stock(sku, house, counted=quantity, seen_version=seen, reason=_("Counted"), key=key, actor=request.actor)

    no = attempt(form, count)
    if isinstance(no, Conflict):
        form.rebase(no.detail)
    return _answer(request, sku, "inventory/_counted.html", no, count=form)


@require_POST
def create_adjustment(request: CompanyRequest, company: str, sku_id: int) -> HttpResponse:
    """So many units more or fewer, for a reason."""
    sku = own_sku(request, sku_id)
    form = AdjustForm(request.POST, sku=sku, warehouses=warehouses_of(request), lots=lot_numbers(sku))

    def adjust(warehouse: Warehouse, quantity: int, reason: str, key: str, lot: str = "") -> None:
        adjust_stock(sku, warehouse, by=quantity, reason=reason, lot=lot, key=key, actor=request.actor)

    return _answer(request, sku, "inventory/_adjusted.html", attempt(form, adjust), adjust=form)


@require_POST
def create_disclosure(request: CompanyRequest, company: str, sku_id: int) -> HttpResponse:
    """What buyers may know of this stock from now on."""
    sku = own_sku(request, sku_id)
    form = DisclosureForm(request.POST, sku=sku)

    def disclose(disclosure: str) -> None:
        change_disclosure(sku, disclosure, actor=request.actor)

    return _answer(request, sku, "inventory/_disclosed.html", attempt(form, disclose), disclosure=form)


@require_POST
def create_limits(request: CompanyRequest, company: str, sku_id: int) -> HttpResponse:
    """So much is kept back and so much may be owed, unless somebody changed it meanwhile: then 409 shows what is."""
    sku = own_sku(request, sku_id)
    house = named_warehouse(request, request.POST.get("warehouse", ""))
    form = LimitsForm(request.POST, sku=sku, warehouse=house)

    def limit(safety: int, backorder: int, was_safety: int | None, was_backorder: int | None) -> None:
        seen = Limits(was_safety or 0, was_backorder or 0)
        set_limits(sku, house, Limits(safety, backorder), seen=seen, actor=request.actor)

    no = attempt(form, limit)
    if isinstance(no, Conflict):
        form.rebase(no.detail)
    return _answer(request, sku, "inventory/_limited.html", no, limits=form)


@require_POST
def create_low_mark(request: CompanyRequest, company: str, sku_id: int) -> HttpResponse:
    """At how many available units the seller wants to know."""
    sku = own_sku(request, sku_id)
    form = LowMarkForm(request.POST, default=low_mark(request.company.pk))
    no = attempt(form, lambda low_at: set_low_mark(sku, low_at, actor=request.actor))
    return _answer(request, sku, "inventory/_low_mark_form.html", no, low_mark=form)


def _answer(request: CompanyRequest, sku: Sku, part: str, no: Denied | None, **form: Any) -> HttpResponse:
    """The changed part and a fresh form; or the form as it was refused, on the SKU's page where htmx did not ask."""
    if no is None and not wants_part(request):
        messages.success(request, _("Saved: %(code)s.") % {"code": sku.code})
        return see_other(_back(request, sku))
    context = sku_screen(request, sku, is_refused=no is not None, **form)
    return page_or_part(request, part, context, page="inventory/sku.html", status=no.status if no else 200)


def _back(request: CompanyRequest, sku: Sku) -> str:
    """The page that the form stood on; after a refusal that was an address that only takes POSTs."""
    own_page = reverse("sku_stock", args=[request.company.slug, sku.pk])
    came = came_from(request, otherwise=own_page)
    return own_page if came.startswith(own_page) else came
