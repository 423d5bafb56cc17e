"""Goods that come back: a list of them, and what each side does about them."""

from collections.abc import Callable
from functools import partial

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.events import log
from backend.orders.exporting.queries import Which
from backend.orders.models import Order
from backend.orders.returns import queries
from backend.orders.returns.actions import (
    approve_return,
    reject_return,
    request_return,
    resolve_return,
    send_return,
    trace_return,
    withdraw_return,
)
from backend.orders.returns.models import Return
from backend.orders.returns.receiving.actions import close_return_short, inspect_return, receive_return
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part
from frontend_htmx.orders.answering import answered, lines_answered
from frontend_htmx.orders.forms import LinesForm, RefusalForm
from frontend_htmx.orders.return_desk import lines_to_return
from frontend_htmx.orders.return_forms import HandoverForm, InspectionForm, ReceiptForm, TraceForm
from frontend_htmx.orders.views import order_on, require_view
from frontend_htmx.paging import page_number


@require_safe
@vary_on_headers("HX-Request")
def list_returns(request: CompanyRequest, company: str) -> HttpResponse:
    """What comes back to a seller, or what a buyer sends back. Three queries."""
    require_view(request)
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    which, is_open = listed(request)
    list_topic = f"orders:{request.company.pk}"
    where = reverse("returns", args=[request.company.slug])
    context = {
        "company": request.company,
        "found": queries.returns_page(request.company.pk, which, is_open=is_open, number=page_number(request)),
        "which": which,
        "is_open": is_open,
        "where": where,
        **{form: reverse(f"returns_{form}", args=[request.company.slug]) for form in ("csv", "xlsx")},
        "own_page": request.get_full_path(),
        "topics": [list_topic],
        "list_topic": list_topic,
        "position": position,
    }
    return page_or_part(request, "orders/_return_list.html", context, page="orders/returns.html")


def listed(request: CompanyRequest) -> tuple[Which, bool]:
    """Whose returns the list shows, by the address, and whether only those that are open."""
    is_sales = request.company.sells and request.GET.get("side") != "purchases"
    return "sales" if is_sales else "purchases", request.GET.get("all") != "1"


@require_POST
def create_return(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """The buyer asks to send something back."""
    order = order_on(request, order_id)
    form = LinesForm(request.POST, lines=lines_to_return(order), name="back")
    return lines_answered(request, order, form, partial(request_return, order, actor=request.actor), "sending_back")


@require_POST
def create_return_approval(request: CompanyRequest, company: str, order_id: int, return_id: int) -> HttpResponse:
    """The seller takes the goods back."""
    return _moved(request, order_id, return_id, approve_return)


@require_POST
def create_return_withdrawal(request: CompanyRequest, company: str, order_id: int, return_id: int) -> HttpResponse:
    """The buyer keeps them."""
    return _moved(request, order_id, return_id, withdraw_return)


@require_POST
def create_return_resolution(request: CompanyRequest, company: str, order_id: int, return_id: int) -> HttpResponse:
    """The seller stands by what the inspection says."""
    return _moved(request, order_id, return_id, resolve_return)


@require_POST
def create_return_rejection(request: CompanyRequest, company: str, order_id: int, return_id: int) -> HttpResponse:
    """The seller does not take them back, and says why."""
    order = order_on(request, order_id)
    goods, form = _return(order, return_id), RefusalForm(request.POST, name=f"rejecting-{return_id}")
    no = attempt(form, lambda reason: reject_return(goods, reason=reason, actor=request.actor))
    return answered(request, order, no, **{f"rejecting_{return_id}": form})


@require_POST
def create_return_trace(request: CompanyRequest, company: str, order_id: int, return_id: int) -> HttpResponse:
    """They are still on their way, and under which number."""
    order = order_on(request, order_id)
    goods, form = _return(order, return_id), TraceForm(request.POST, return_id=return_id)
    no = attempt(form, lambda **typed: trace_return(goods, **typed, actor=request.actor))
    return answered(request, order, no, **{f"tracing_{return_id}": form})


@require_POST
def create_return_handover(request: CompanyRequest, company: str, order_id: int, return_id: int) -> HttpResponse:
    """The goods are on their way back."""
    order = order_on(request, order_id)
    goods, form = _return(order, return_id), HandoverForm(request.POST, return_id=return_id)
    no = attempt(form, lambda **typed: send_return(goods, **typed, actor=request.actor))
    return answered(request, order, no, **{f"sending_{return_id}": form})


@require_POST
def create_return_receipt(request: CompanyRequest, company: str, order_id: int, return_id: int) -> HttpResponse:
    """The goods are back, or some of them."""
    order = order_on(request, order_id)
    goods = _return(order, return_id)
    form = ReceiptForm(request.POST, goods=_shown(order, return_id), seller_id=order.seller_id)
    act = partial(receive_return, goods, actor=request.actor)
    return lines_answered(request, order, form, act, f"receiving_{return_id}")


@require_POST
def create_return_closing(request: CompanyRequest, company: str, order_id: int, return_id: int) -> HttpResponse:
    """What has not come is not expected any more."""
    order = order_on(request, order_id)
    goods, form = _return(order, return_id), RefusalForm(request.POST, name=f"closing-{return_id}")
    no = attempt(form, lambda reason: close_return_short(goods, reason=reason, actor=request.actor))
    return answered(request, order, no, **{f"closing_{return_id}": form})


@require_POST
def create_return_inspection(request: CompanyRequest, company: str, order_id: int, return_id: int) -> HttpResponse:
    """What becomes of each unit that has come."""
    order = order_on(request, order_id)
    goods = _return(order, return_id)
    form = InspectionForm(request.POST, goods=_shown(order, return_id))
    act = partial(inspect_return, goods, actor=request.actor)
    return lines_answered(request, order, form, act, f"inspecting_{return_id}")


def _shown(order: Order, return_id: int) -> queries.ReturnView:
    return next(each for each in queries.order_returns(order.pk).returns if each.pk == return_id)


def _moved(request: CompanyRequest, order_id: int, return_id: int, move: Callable[..., Return]) -> HttpResponse:
    order = order_on(request, order_id)
    move(_return(order, return_id), actor=request.actor)
    return answered(request, order)


def _return(order: Order, return_id: int) -> Return:
    goods = get_object_or_404(Return.objects.of_order(order.pk), pk=return_id)
    goods.order = order
    return goods
