"""Orders: what a company has ordered, what was ordered of it, and one of them with its timeline."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from backend.core.errors import NotAllowed
from backend.events import log
from backend.logistics.queries import shipments
from backend.orders import queries
from backend.orders.documents.queries import order_documents
from backend.orders.models import Order
from backend.orders.policies import can_place_orders, can_see_orders
from backend.orders.requisitions.policies import can_see_requisitions
from backend.orders.seen import order_seen
from backend.orders.standing.queries import news
from backend.orders.states import Commercial
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part
from frontend_htmx.orders.desk import Refused, desk_of, failing_forms, packed_forms, receipt_forms, tracking_forms
from frontend_htmx.paging import page_number, search_text


@require_safe
@vary_on_headers("HX-Request")
def list_purchases(request: CompanyRequest, company: str) -> HttpResponse:
    """What the company has ordered. Three queries."""
    return _list(request, "purchases")


@require_safe
@vary_on_headers("HX-Request")
def list_sales(request: CompanyRequest, company: str) -> HttpResponse:
    """What was ordered of the company. Three queries."""
    if not request.company.sells:
        raise Http404
    return _list(request, "sales")


def _list(request: CompanyRequest, which: str) -> HttpResponse:
    require_view(request)
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    status, text = request.GET.get("status", ""), search_text(request)
    status = status if status in Commercial.values else ""
    find = queries.sales if which == "sales" else queries.purchases
    found = find(request.company.pk, status=status, text=text, number=page_number(request))
    list_topic = f"orders:{request.company.pk}"
    context = {
        "company": request.company,
        "found": found,
        "which": which,
        "status": status,
        "text": text,
        "statuses": Commercial.choices,
        "where": reverse(which, args=[request.company.slug]),
        **{form: reverse(f"{which}_{form}", args=[request.company.slug]) for form in ("csv", "xlsx")},
        "can_order": can_place_orders(request.actor),
        "list_topic": list_topic,
        "position": position,
        **(_standing(request) if which == "purchases" else {}),
        "topics": [list_topic, *_told_of(request, which), *(f"order:{row.pk}" for row in found.rows)],
    }
    return page_or_part(request, "orders/_list.html", context, page="orders/list.html")


def _standing(request: CompanyRequest) -> dict[str, object]:
    """What of the standing orders somebody has to look at stands above the orders. One query."""
    return {"news": news(request.actor), "standing_topic": f"standing:{request.company.pk}"}


def _told_of(request: CompanyRequest, which: str) -> list[str]:
    return [f"standing:{request.company.pk}"] if which == "purchases" else []


@require_safe
@vary_on_headers("HX-Request")
def show_order(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """An order as both sides see it; below it what this side may do. Nineteen queries at most; 32 where a buyer may
    answer a change."""
    part = "orders/_order.html" if request.htmx.target == f"order-page-{order_id}" else "orders/_desk.html"
    return page_or_part(request, part, order_screen(request, order_id), page="orders/order.html")


def order_on(request: CompanyRequest, order_id: int) -> Order:
    """The order, if the person sees it; else 404."""
    require_view(request)
    return get_visible(Order.objects.with_parties(), request.actor, order_id)


def order_screen(request: CompanyRequest, order_id: int, refused: Refused | None = None) -> dict[str, object]:
    """What the page of an order shows now: a form that was refused as it was typed, all others fresh."""
    require_view(request)
    seen = order_seen(order_id, request.actor)
    if seen is None:
        raise Http404(order_id)
    order, entries = seen.order, queries.timeline(order_id)
    sent = shipments(order_id) if queries.is_sent(entries) else ()
    things = ("order", "order_lines", "order_change", "order_returns")
    return {
        "company": request.company,
        "order": order,
        "head": queries.order_head(order),
        "is_sale": order.seller_id == request.company.pk,
        "can_order": can_place_orders(request.actor),
        "status": queries.status_of(order),
        "lines": queries.lines_of(order, seen.lines),
        "entries": entries,
        "last_seq": entries[0].seq if entries else 0,
        "own_page": reverse("order", args=[request.company.slug, order.pk]),
        "topics": [f"{thing}:{order.pk}" for thing in things],
        "log_topics": [f"order_log:{order.pk}"],
        "desk_topics": [f"order_desk:{order.pk}", *_asked_inside(request, order)],
        "position": seen.position,
        "shipments": sent,
        **packed_forms(request.actor, order, sent, refused or {}),
        "tracking_forms": tracking_forms(request.actor, order, sent, refused or {}),
        "receipt_forms": receipt_forms(request.actor, order, sent, refused or {}),
        "failing_forms": failing_forms(request.actor, order, sent, refused or {}),
        "documents": order_documents(order.pk) if seen.has_documents else (),
        **desk_of(request.actor, seen, refused or {}),
    }


def _asked_inside(request: CompanyRequest, order: Order) -> list[str]:
    """Where a buyer's people hear that a change waits inside their company, and what becomes of that."""
    may = order.buyer_id == request.company.pk and can_see_requisitions(request.actor)
    return [f"requisitions:{request.company.pk}"] if may else []


def require_view(request: CompanyRequest) -> None:
    """Raises NotAllowed where the person's role may not see orders."""
    if not can_see_orders(request.actor):
        raise NotAllowed(_("Your role in this company may not see its orders. An owner can change your role."))
