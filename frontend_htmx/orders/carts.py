"""A person's cart, and the orders that it becomes."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from backend.catalog.models import Sku
from backend.catalog.pricing import visible_skus
from backend.core.errors import Refused
from backend.events import log
from backend.inventory.availability import queries as inventory
from backend.orders.carts.actions import put_in_cart
from backend.orders.carts.priced import CartView
from backend.orders.carts.queries import lines_of, read_cart
from backend.orders.checkouts.actions import begin_checkout, leave_checkout
from backend.orders.checkouts.queries import reservation_of
from backend.orders.credit.queries import Credit, credits
from backend.orders.models import OrderGroup, Requisition
from backend.orders.placing.actions import place_orders
from backend.orders.placing.details import Details
from backend.orders.policies import can_see_orders
from backend.orders.requisitions.actions import ask_for_approval
from backend.orders.rules.queries import Plan, plan_for
from frontend_htmx.catalog.buying import buyer_on, price_topics
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.orders.buying import require_buyer
from frontend_htmx.orders.cart_lines import shown_lines
from frontend_htmx.orders.destinations import keep_typed, places_of
from frontend_htmx.orders.documents import documents_in_cart
from frontend_htmx.orders.forms import CartLineForm, CheckoutForm, chosen_methods, seen_prices
from frontend_htmx.paging import number_of


@require_safe
@vary_on_headers("HX-Request")
def show_cart(request: CompanyRequest, company: str) -> HttpResponse:
    """What would be ordered now, with live stock, at what price, and what is reserved. Sixteen queries at most, and
    those that its rules for buying need."""
    require_buyer(request)
    return _show(request, _form(request))


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
    if request.htmx.target == "cart":
        return _show(request, _form(request), line=form, status=no.status if no else 200)
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
    form = CheckoutForm(request.POST, places=places_of(request))
    made: list[OrderGroup] = []

    def place(details: Details, key: str) -> None:
        keep_typed(form, request)
        seen = seen_prices(request.POST.dict())
        made.append(place_orders(request.company, details, seen=seen, key=key, actor=request.actor))

    no = attempt(form, place)
    if no:
        return _show(request, form, status=no.status)
    return _go(request, _placed(request, made[0]))


@require_POST
def create_requisition(request: CompanyRequest, company: str) -> HttpResponse:
    """The cart waits for those who have to approve it."""
    require_buyer(request)
    form = CheckoutForm(request.POST, places=places_of(request))
    made: list[Requisition] = []

    def ask(details: Details, key: str) -> None:
        keep_typed(form, request)
        seen = seen_prices(request.POST.dict())
        made.append(ask_for_approval(request.company, details, seen=seen, key=key, actor=request.actor))

    no = attempt(form, ask)
    if no:
        return _show(request, form, status=no.status)
    messages.success(request, _("Asked for approval. The goods are held for you until then."))
    return _go(request, reverse("requisition", args=[company, made[0].pk]))


def _placed(request: CompanyRequest, group: OrderGroup) -> str:
    orders = list(group.orders.order_by("pk"))
    text = ngettext("%(n)d order placed.", "%(n)d orders placed.", len(orders)) % {"n": len(orders)}
    messages.success(request, text)
    if len(orders) == 1:
        return reverse("order", args=[request.company.slug, orders[0].pk])
    return reverse("purchases", args=[request.company.slug])


def _go(request: CompanyRequest, where: str) -> HttpResponse:
    return HttpResponseClientRedirect(where) if wants_part(request) else see_other(where)


def _asked_sku(request: CompanyRequest) -> Sku:
    """The SKU that the form names, if this company sees it, or 404; what it has in its cart it may always name."""
    asked = request.POST.get("sku", "")
    pk = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
    seen = Sku.objects.published().filter(visible_skus(buyer_on(request)), pk=pk).first()
    if seen is None:
        seen = get_object_or_404(lines_of(request.actor), sku=pk).sku
    return seen


def _terms(request: CompanyRequest, cart: CartView, typed: Mapping[str, Any]) -> Mapping[int, tuple[Credit, str]]:
    """Of each seller: the buyer's own credit, and the method that is chosen."""
    keys = {part.seller.pk: (part.seller.pk, request.company.pk, part.currency) for part in cart.parts}
    found, chosen = credits(list(keys.values())), chosen_methods(typed)
    return {pk: (found[key], chosen.get(pk) or found[key].methods[0]) for pk, key in keys.items()}


def _form(request: CompanyRequest) -> CheckoutForm:
    return CheckoutForm(places=places_of(request), given=_given_before(request))


def _given_before(request: CompanyRequest) -> Mapping[str, object]:
    """All that was typed for the request that the person took back into the cart."""
    mine = Requisition.objects.visible_to(request.actor).filter(buyer=request.actor.user_id)
    found = mine.filter(pk=_taken_back(request)).first() if _taken_back(request) else None
    if found is None:
        return {}
    said = {
        "po_number": found.po_number,
        "requested_on": found.requested_on,
        "note": found.note,
        "only_whole": found.only_whole,
        "bill_to": found.bill_to,
    }
    return {**found.ship_to, **said}


def _taken_back(request: CompanyRequest) -> int:
    """The request that stands in the cart again, as the address says; 0: none."""
    return number_of(request.GET["requisition"]) if "requisition" in request.GET else 0


def _plan(request: CompanyRequest, cart: CartView) -> Plan:
    member = request.membership
    return plan_for(cart.lines, request.company.pk, member.user_id, member=member) if cart.parts else Plan()


def _show(
    request: CompanyRequest,
    form: CheckoutForm,
    *,
    line: CartLineForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The cart. After a `line` of it was changed, or was refused to be, what is typed for the checkout stays."""
    position = log.last_position()  # before the prices: what is committed after it is told to this page
    cart: CartView = read_cart(request.actor, request.company, form.country)
    plan = _plan(request, cart)
    terms = _terms(request, cart, (line or form).data)
    skus = [line.goods.pk for line in cart.lines]
    stock = inventory.availabilities(skus)
    topics = price_topics(buyer_on(request))
    own_topics = [f"requisitions:{request.company.pk}"]
    own_topics += [f"orders:{request.company.pk}"] if can_see_orders(request.actor) else []
    context = {
        "company": request.company,
        "cart": cart,
        "checkout": form,
        "reservation": reservation_of(cart),
        "refused": refused.message if refused else "",
        "shown": shown_lines(request, cart, stock, line),
        "keeps_typed": line is not None,
        "price_topics": topics,
        "plan": plan,
        "terms": terms,
        "own_topics": own_topics,
        "topics": [*topics, *own_topics, *(f"stock:{pk}" for pk in skus)],
        "position": position,
        "own_page": _address(request),
        **(documents_in_cart(request, [part.seller for part in cart.parts]) if cart.parts else {}),
    }
    return page_or_part(request, "orders/_cart.html", context, page="orders/cart.html", status=status)


def _show_reservation(request: CompanyRequest, no: Refused | None = None) -> HttpResponse:
    """What is reserved now; without a script, the whole cart with it."""
    if no is None and not wants_part(request):
        return see_other(reverse("cart", args=[request.company.slug]))
    return _show(request, _form(request), refused=no, status=no.status if no else 200)


def _address(request: CompanyRequest) -> str:
    where, taken_back = reverse("cart", args=[request.company.slug]), _taken_back(request)
    return f"{where}?requisition={taken_back}" if taken_back else where
