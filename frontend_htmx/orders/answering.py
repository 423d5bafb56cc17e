"""What every change of an order ends with: the order as it is now."""

from django.forms import BaseForm
from django.http import HttpResponse
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from backend.core.errors import Denied
from backend.orders.models import Order, Requisition
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.orders.views import order_screen


def gone_on(request: CompanyRequest, order: Order, waiting: Requisition | None) -> HttpResponse:
    """To the order, or to the request inside the company for which its change waits."""
    where = reverse("order", args=[request.company.slug, order.pk])
    if waiting:
        where = reverse("requisition", args=[request.company.slug, waiting.pk])
    return HttpResponseClientRedirect(where) if wants_part(request) else see_other(where)


def answered(request: CompanyRequest, order: Order, no: Denied | None = None, **forms: BaseForm) -> HttpResponse:
    """The order as it is now; or, after a no, with the form that was refused (by its name on the desk)."""
    context = order_screen(request, order.pk, forms if no else None)
    if no is None and not wants_part(request):
        return see_other(str(context["own_page"]))
    return page_or_part(
        request, "orders/_order.html", context, page="orders/order.html", status=no.status if no else 200
    )
