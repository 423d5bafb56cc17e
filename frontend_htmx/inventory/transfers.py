"""Goods on their way from one warehouse to another: asked for, sent, received."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.core.errors import Denied, Refused
from backend.inventory.models import Transfer, Warehouse
from backend.inventory.transfers import actions, queries
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.inventory.desk import desk_topic, require_view, rights, warehouses_of
from frontend_htmx.inventory.forms import LineForm, blank_lines, more_lines, typed_lines
from frontend_htmx.inventory.goods import goods_of
from frontend_htmx.inventory.transfer_forms import ArrivalForm, SendingForm, TransferForm, arrival_of, sending_of
from frontend_htmx.paging import page_number

PAGE = "inventory/transfer.html"


@require_safe
@vary_on_headers("HX-Request")
def list_transfers(request: CompanyRequest, company: str) -> HttpResponse:
    """All of them, the newest first. Three queries."""
    require_view(request)
    desk = desk_topic(request, "transfers")
    context = {
        "company": request.company,
        "found": queries.transfers(request.company.pk, number=page_number(request)),
        "topics": [desk["desk_topic"]],
        "part": "transfers",
        **desk,
        **rights(request),
    }
    return page_or_part(request, "inventory/_transfers.html", context, page="inventory/transfers.html")


@require_http_methods(["GET", "HEAD", "POST"])
def new_transfer(request: CompanyRequest, company: str) -> HttpResponse:
    """What is asked for, from where and to where."""
    require_view(request)
    houses = warehouses_of(request)
    if request.method != "POST":
        return _form(request, TransferForm(warehouses=houses), blank_lines())
    lines = typed_lines(request.POST)
    if "more" in request.POST:
        return _form(request, TransferForm(warehouses=houses, initial=request.POST.dict()), more_lines(lines))
    head, made = TransferForm(request.POST, warehouses=houses), list[Transfer]()
    no = _request(request, head, lines, made)
    if no:
        return _form(request, head, lines, no)
    messages.success(request, _("%(number)s is asked for.") % {"number": made[0]})
    return see_other(reverse("transfer", args=[company, made[0].pk]))


@require_safe
@vary_on_headers("HX-Request")
def show_transfer(request: CompanyRequest, company: str, transfer_id: int) -> HttpResponse:
    """Its lines, and what may be done next. Four queries."""
    return _screen(request, _find(request, transfer_id))


@require_POST
def create_sending(request: CompanyRequest, company: str, transfer_id: int) -> HttpResponse:
    """The goods leave."""
    found = _find(request, transfer_id)
    form = SendingForm(request.POST, rows=queries.transfer_rows(found))
    no = attempt(form, lambda **_given: actions.send_transfer(found, form.quantities, actor=request.actor))
    return _answer(request, found, no, sending=form)


@require_POST
def create_arrival(request: CompanyRequest, company: str, transfer_id: int) -> HttpResponse:
    """The goods have arrived."""
    found = _find(request, transfer_id)
    form = ArrivalForm(request.POST, rows=queries.transfer_rows(found))
    no = attempt(form, lambda **_given: actions.receive_transfer(found, form.arrived, actor=request.actor))
    return _answer(request, found, no, arrival=form)


@require_POST
def create_cancellation(request: CompanyRequest, company: str, transfer_id: int) -> HttpResponse:
    """Nobody needs it any more."""
    found = _find(request, transfer_id)
    try:
        actions.cancel_transfer(found, actor=request.actor)
    except Denied as denied:
        return _answer(request, found, denied)
    return _answer(request, found, None)


def _request(
    request: CompanyRequest, head: TransferForm, lines: Sequence[LineForm], made: list[Transfer]
) -> Denied | None:
    goods = goods_of(request, lines)
    if goods is None:
        head.is_valid()
        return Refused(_("Some of this can’t be read: the fields say why."))

    def ask(source: Warehouse, target: Warehouse, note: str, key: str) -> None:
        made.append(actions.request_transfer(source, target, goods, note=note, key=key, actor=request.actor))

    return attempt(head, ask)


def _form(
    request: CompanyRequest, head: TransferForm, lines: Sequence[LineForm], no: Denied | None = None
) -> HttpResponse:
    context = {"company": request.company, "head": head, "lines": lines, "part": "transfers", **rights(request)}
    page = "inventory/new_transfer.html"
    return page_or_part(request, page, context, page=page, status=no.status if no else 200)


def _find(request: CompanyRequest, transfer_id: int) -> Transfer:
    require_view(request)
    own = Transfer.objects.of_company(request.company.pk).select_related("source", "target")
    return get_object_or_404(own, pk=transfer_id)


def _answer(
    request: CompanyRequest,
    found: Transfer,
    no: Denied | None,
    *,
    sending: SendingForm | None = None,
    arrival: ArrivalForm | None = None,
) -> HttpResponse:
    if no is None:
        return see_other(reverse("transfer", args=[request.company.slug, found.pk]))
    return _screen(request, _find(request, found.pk), no=no, sending=sending, arrival=arrival)


def _screen(
    request: CompanyRequest,
    found: Transfer,
    *,
    no: Denied | None = None,
    sending: SendingForm | None = None,
    arrival: ArrivalForm | None = None,
) -> HttpResponse:
    desk = desk_topic(request, "transfers")
    rows = queries.transfer_rows(found)
    context = {
        "company": request.company,
        "own_page": reverse("transfer", args=[request.company.slug, found.pk]),
        "transfer": found,
        "rows": rows,
        "sending": sending or sending_of(rows),
        "arrival": arrival or arrival_of(rows),
        "no": no,
        "topics": [desk["desk_topic"]],
        "part": "transfers",
        **desk,
        **rights(request),
    }
    return page_or_part(request, "inventory/_transfer.html", context, page=PAGE, status=no.status if no else 200)
