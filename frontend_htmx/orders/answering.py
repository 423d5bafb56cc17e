"""What every change of an order ends with: the order as it is now."""

from collections.abc import Callable, Iterable

from django.forms import BaseForm
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import escape
from django_htmx.http import HttpResponseClientRedirect

from backend.core.errors import Denied
from backend.orders.models import Order, Requisition
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.orders.line_rows import LineRowsForm
from frontend_htmx.orders.views import order_screen


def gone_on(request: CompanyRequest, order: Order, waiting: Requisition | None) -> HttpResponse:
    """To the order, or to the request inside the company for which its change waits."""
    where = reverse("order", args=[request.company.slug, order.pk])
    if waiting:
        where = reverse("requisition", args=[request.company.slug, waiting.pk])
    return HttpResponseClientRedirect(where) if wants_part(request) else see_other(where)


def answered(request: CompanyRequest, order: Order, no: Denied | None = None, **forms: BaseForm) -> HttpResponse:
    """The order as it is now; or, after a no, with the form that was refused (by its name on the desk).

    Raises the no where that form has gone, because somebody was faster: it would be said nowhere.
    """
    context = order_screen(request, order.pk, forms if no else None)
    if no is None and not wants_part(request):
        return see_other(str(context["own_page"]))
    page = page_or_part(
        request, "orders/_order.html", context, page="orders/order.html", status=no.status if no else 200
    )
    if no and not _is_said(page, forms.values()):
        raise no
    return page


def lines_answered(
    request: CompanyRequest, order: Order, form: LineRowsForm, act: Callable[..., object], name: str
) -> HttpResponse:
    """The order after what a form with lines asks for was done or refused; or with more room in that form (by its name
    on the desk), where that is what was asked for."""
    if form.is_growing:
        context = order_screen(request, order.pk, {name: form})
        return page_or_part(request, "orders/_order.html", context, page="orders/order.html")
    return answered(request, order, attempt(form, act), **{name: form})


def _is_said(page: HttpResponse, forms: Iterable[BaseForm]) -> bool:
    shown = page.content.decode()
    return any(escape(str(text)) in shown for form in forms for said in form.errors.values() for text in said)
