"""What every change of an order begins and ends with: the order as this side sees it, then the order as it is now."""

from django.forms import BaseForm
from django.http import HttpResponse

from backend.core.errors import Denied
from backend.orders.models import Order
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other, wants_part
from frontend_htmx.orders.views import order_screen, require_view


def order_on(request: CompanyRequest, order_id: int) -> Order:
    """The order, if the person sees it; else 404."""
    require_view(request)
    return get_visible(Order.objects.with_parties(), request.actor, order_id)


def answered(request: CompanyRequest, order: Order, no: Denied | None = None, **forms: BaseForm) -> HttpResponse:
    """The order as it is now; or, after a no, with the form that was refused (by its name on the desk)."""
    now = order_on(request, order.pk)
    context = order_screen(request, now, forms if no else None)
    if no is None and not wants_part(request):
        return see_other(str(context["own_page"]))
    return page_or_part(
        request, "orders/_order.html", context, page="orders/order.html", status=no.status if no else 200
    )
