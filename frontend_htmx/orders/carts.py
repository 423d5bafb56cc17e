"""A person's cart, and the orders that it becomes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from backend.catalog.models import Sku
from backend.catalog.pricing import visible_skus
from backend.core.errors import Refused
from backend.events import log
from backend.inventory import queries as inventory
from backend.orders import queries
from backend.orders.carts.actions import put_in_cart
from backend.orders.carts.queries import CartView, lines_of, read_cart
from backend.orders.checkouts.actions import begin_checkout, leave_checkout
from backend.orders.checkouts.queries import reservation_of
from backend.orders.models import OrderGroup
from backend.orders.placing.actions import place_orders
from backend.orders.placing.details import Details
from frontend_htmx.catalog.buying import buyer_on, price_topics
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.orders.buying import require_buyer
from frontend_htmx.orders.forms import CartLineForm, CheckoutForm, seen_prices


@require_safe
@vary_on_headers("HX-Request")
def show_cart(request: CompanyRequest, company: str) -> HttpResponse:
    """What would be ordered now, with live stock, at what price, and what is reserved. Twelve queries at most."""
    require_buyer(request)
    address = queries.last_address(request.company.pk)
    return _show(request, CheckoutForm(address=address, country=request.company.country))


@require_POST
def create_line(request: CompanyRequest, company: str) -> HttpResponse:
    """So many of a SKU are in the cart from now on; none, if the quantity is 0."""
    require_buyer(request)
    sku = _asked_sku(request)
    form = CartLineForm(request.POST, sku_id=sku.pk)

    def put(sku: Sku | int, quantity: int) -> None:
        put_in_cart(_asked_sku(request), quantity, actor=request.actor)

    no = attempt(form, put)
    context = {"company": request.company, "sku": sku, "line_form": form, "is_in_cart": no is None}
    if request.htmx.target == "cart" and no is None:
        return _show(request, CheckoutForm(address=queries.last_address(request.company.pk)))
    if no is None and not wants_part(request):
        return see_other(reverse("cart", args=[company]))
    return page_or_part(request, "orders/_add.html", context, page="orders/add.html", status=no.status if no else 200)


@require_POST
def create_reservation(request: CompanyRequest, company: str) -> HttpResponse:
    """The buyer is about to order: the cart's goods are theirs for a while."""
    require_buyer(request)
    try:
        begin_checkout(request.company, actor=request.actor)
    except Refused as no:
        return _show_reservation(request, no)
    return _show_reservation(request)


@require_POST
def create_release(request: CompanyRequest, company: str) -> HttpResponse:
    """The buyer won't order, at least not now."""
    require_buyer(request)
    leave_checkout(actor=request.actor)
    return _show_reservation(request)


@require_POST
def create_orders(request: CompanyRequest, company: str) -> HttpResponse:
    """The cart becomes orders, one for each seller, all or none."""
    require_buyer(request)
    form = CheckoutForm(request.POST, country=request.company.country)
    made: list[OrderGroup] = []

    def place(details: Details, key: str) -> None:
        seen = seen_prices(request.POST.dict())
        made.append(place_orders(request.company, details, seen=seen, key=key, actor=request.actor))

    no = attempt(form, place)
    if no:
        return _show(request, form, status=no.status)
    return _placed(request, made[0])


def _placed(request: CompanyRequest, group: OrderGroup) -> HttpResponse:
    orders = list(group.orders.order_by("pk"))
    text = ngettext("%(n)d order placed.", "%(n)d orders placed.", len(orders)) % {"n": len(orders)}
    messages.success(request, text)
    where = reverse("purchases", args=[request.company.slug])
    if len(orders) == 1:
        where = reverse("order", args=[request.company.slug, orders[0].pk])
    return HttpResponseClientRedirect(where) if wants_part(request) else see_other(where)


def _asked_sku(request: CompanyRequest) -> Sku:
    """The SKU that the form names, if this company sees it, or 404; what it has in its cart it may always name."""
    asked = request.POST.get("sku", "")
    pk = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
    seen = Sku.objects.published().filter(visible_skus(buyer_on(request)), pk=pk).first()
    if seen is None:
        seen = get_object_or_404(lines_of(request.actor), sku=pk).sku
    return seen


def _show(
    request: CompanyRequest, form: CheckoutForm, *, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    position = log.last_position()  # before the prices: what is committed after it is told to this page
    cart: CartView = read_cart(request.actor, request.company)
    skus = [line.sku.pk for line in cart.lines]
    stock = inventory.availabilities(skus)
    topics = price_topics(buyer_on(request))
    context = {
        "company": request.company,
        "cart": cart,
        "checkout": form,
        "reservation": reservation_of(cart),
        "refused": refused.message if refused else "",
        "stock": stock,
        "price_topics": topics,
        "topics": [*topics, *(f"stock:{pk}" for pk in skus)],
        "position": position,
        "own_page": reverse("cart", args=[request.company.slug]),
    }
    return page_or_part(request, "orders/_cart.html", context, page="orders/cart.html", status=status)


def _show_reservation(request: CompanyRequest, no: Refused | None = None) -> HttpResponse:
    """What is reserved now; without a script, the whole cart with it."""
    if no is None and not wants_part(request):
        return see_other(reverse("cart", args=[request.company.slug]))
    address = queries.last_address(request.company.pk)
    form = CheckoutForm(address=address, country=request.company.country)
    return _show(request, form, refused=no, status=no.status if no else 200)
