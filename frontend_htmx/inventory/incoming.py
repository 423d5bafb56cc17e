"""What a seller expects: announced, moved to another day, received, cancelled."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from backend.core.errors import Conflict, Denied, Refused
from backend.inventory.incoming import actions, queries
from backend.inventory.models import Incoming, Warehouse
from backend.inventory.queries import skus_by_code
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.inventory.desk import desk_topic, require_view, rights, warehouses_of
from frontend_htmx.inventory.incoming_forms import ArrivalForm, ChangeForm, ExpectForm
from frontend_htmx.paging import page_number


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def list_incoming(request: CompanyRequest, company: str) -> HttpResponse:
    """All that is expected, the next first, and a form to announce more. Four queries."""
    require_view(request)
    houses = warehouses_of(request)
    if request.method != "POST":
        return _list(request, ExpectForm(warehouses=houses))
    form = ExpectForm(request.POST, warehouses=houses)

    def expect(code: str, quantity: int, due_on: date, warehouse: Warehouse, reference: str, key: str) -> None:
        sku = skus_by_code(request.company.pk, [code]).get(code.upper())
        if sku is None:
            raise Refused(_("None of your SKUs has the code %(code)s.") % {"code": code}, field="code")
        actions.expect_stock(sku, warehouse, quantity, due_on, reference=reference, key=key, actor=request.actor)

    no = attempt(form, expect)
    if no:
        return _list(request, form, no)
    messages.success(request, _("Buyers see it as far as you disclose your stock."))
    return see_other(reverse("incoming", args=[company]))


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def show_incoming(request: CompanyRequest, company: str, incoming_id: int) -> HttpResponse:
    """One delivery, to be changed, received or cancelled. Two queries."""
    found = _find(request, incoming_id)
    if request.method != "POST":
        return _screen(request, found)
    form = ChangeForm(request.POST, of=found)

    def change(quantity: int, due_on: date, reference: str, seen: int | None) -> None:
        actions.change_incoming(found, quantity, due_on, reference=reference, seen=seen or 0, actor=request.actor)

    no = attempt(form, change)
    if isinstance(no, Conflict):
        found = _find(request, incoming_id)
        form.rebase(found)
    return _screen(request, found, no, change=form) if no else _done(request)


@require_POST
def create_arrival(request: CompanyRequest, company: str, incoming_id: int) -> HttpResponse:
    """So many of it have come."""
    found = _find(request, incoming_id)
    form = ArrivalForm(request.POST, of=found)

    def receive(quantity: int, is_last: bool, key: str, **lot: Any) -> None:
        actions.receive_incoming(found, quantity, is_last=is_last, **lot, key=key, actor=request.actor)

    no = attempt(form, receive)
    return _screen(request, found, no, arrival=form) if no else _done(request)


@require_POST
def create_cancellation(request: CompanyRequest, company: str, incoming_id: int) -> HttpResponse:
    """It does not come, or not the rest of it."""
    found = _find(request, incoming_id)
    try:
        actions.cancel_incoming(found, actor=request.actor)
    except Denied as denied:
        return _screen(request, found, denied)
    return _done(request)


def _done(request: CompanyRequest) -> HttpResponse:
    messages.success(request, _("Saved."))
    return see_other(reverse("incoming", args=[request.company.slug]))


def _find(request: CompanyRequest, incoming_id: int) -> Incoming:
    require_view(request)
    own = Incoming.objects.of_company(request.company.pk)
    return get_object_or_404(own.select_related("level__warehouse", "level__item__sku__product"), pk=incoming_id)


def _list(request: CompanyRequest, form: ExpectForm, no: Denied | None = None) -> HttpResponse:
    desk = desk_topic(request, "incoming")
    context = {
        "company": request.company,
        "found": queries.incoming(request.company.pk, number=page_number(request)),
        "form": form,
        "topics": [desk["desk_topic"]],
        "part": "incoming",
        **desk,
        **rights(request),
    }
    status = no.status if no else 200
    return page_or_part(request, "inventory/_incoming.html", context, page="inventory/incoming.html", status=status)


def _screen(
    request: CompanyRequest,
    found: Incoming,
    no: Denied | None = None,
    *,
    change: ChangeForm | None = None,
    arrival: ArrivalForm | None = None,
) -> HttpResponse:
    context = {
        "company": request.company,
        "delivery": found,
        "change": change or ChangeForm(of=found),
        "arrival": arrival or ArrivalForm(of=found),
        "no": no,
        "part": "incoming",
        **rights(request),
    }
    page = "inventory/delivery.html"
    return page_or_part(request, page, context, page=page, status=no.status if no else 200)
