"""A buyer asks for offers: from a product's page, or for all that stands in the cart."""

from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.catalog.models import Sku
from backend.catalog.pricing import visible_skus
from backend.core.errors import NotAllowed
from backend.events import log
from backend.negotiation import queries
from backend.negotiation.enquiries.actions import ask_for_offers, take_enquiry_back
from backend.negotiation.models import Enquiry, Room
from backend.negotiation.policies import can_ask_for_offers, can_keep_enquiry
from backend.negotiation.states import EnquiryStatus
from backend.orders import queries as orders
from backend.orders.carts.queries import lines_of
from frontend_htmx.catalog.buying import buyer_on
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other
from frontend_htmx.negotiation.forms import EnquiryForm, Offerable
from frontend_htmx.negotiation.views import require_view

MOST_NAMED = 200


@require_http_methods(["GET", "HEAD", "POST"])
def new_enquiry(request: CompanyRequest, company: str) -> HttpResponse:
    """What is wanted, in which quantities, by when: `?sku=…` names it, and without that the cart does."""
    if not can_ask_for_offers(request.actor):
        raise NotAllowed(_("Your role in this company may not ask for offers. An owner can change your role."))
    goods = _goods(request)
    form = EnquiryForm(
        request.POST if request.method == "POST" else None,
        goods=goods,
        address=orders.last_address(request.company.pk),
        country=request.company.country,
        title=_title(goods),
    )
    asked: list[Enquiry] = []

    def ask(request: object, key: str) -> None:
        asked.append(ask_for_offers(request, key=key, actor=actor))  # type: ignore[arg-type]  # the form's own

    actor = request.actor
    no = attempt(form, ask) if form.is_bound else None
    if asked:
        return see_other(_where(request, asked[0]))
    context = {"company": request.company, "form": form, "goods": goods}
    page = "negotiation/new_enquiry.html"
    return page_or_part(request, page, context, page=page, status=no.status if no else 200)


@require_safe
def show_enquiry(request: CompanyRequest, company: str, enquiry_id: int) -> HttpResponse:
    """Whom the buyer has asked, and what each offers. Six queries."""
    require_view(request)
    position = log.last_position()  # before the offers: what is made after it is told to this page
    enquiry = get_visible(Enquiry, request.actor, enquiry_id)
    rooms = list(queries.rooms_of_enquiry(enquiry.pk))
    bids = [(room, queries.room_status(room.pk), queries.offer_on_table(room)) for room in rooms]
    context = {
        "company": request.company,
        "enquiry": enquiry,
        "can_take_back": enquiry.status == EnquiryStatus.OPEN and can_keep_enquiry(request.actor, enquiry),
        "bids": bids,
        "position": position,
        "topics": [f"{thing}:{room.pk}" for room in rooms for thing in ("room", "room_desk")],
    }
    return page_or_part(request, "negotiation/_bids.html", context, page="negotiation/enquiry.html")


@require_POST
def create_enquiry_withdrawal(request: CompanyRequest, company: str, enquiry_id: int) -> HttpResponse:
    """The buyer wants no more offers."""
    require_view(request)
    enquiry = get_visible(Enquiry, request.actor, enquiry_id)
    take_enquiry_back(enquiry, actor=request.actor)
    return see_other(reverse("enquiry", args=[company, enquiry.pk]))


def _goods(request: CompanyRequest) -> Sequence[Offerable]:
    """What may be asked for, of what is named."""
    named = request.POST.getlist("sku") or request.GET.getlist("sku")
    wanted = {int(pk): None for pk in named[:MOST_NAMED] if pk.isascii() and pk.isdigit() and len(pk) < 19}
    in_cart = {} if wanted else dict(lines_of(request.actor).values_list("sku", "quantity")[:MOST_NAMED])
    pks = wanted or in_cart
    seen = Sku.objects.published().filter(visible_skus(buyer_on(request)), pk__in=pks)
    skus = seen.exclude(company=request.company.pk).select_related("product", "variant", "company").order_by("pk")
    goods = [Offerable(sku.pk, sku.code, _name(sku), in_cart.get(sku.pk) or sku.order_rule.nearest(1)) for sku in skus]
    if not goods and request.method != "GET":
        raise Http404
    return goods


def _name(sku: Sku) -> str:
    return sku.product.name + (f", {sku.variant.name}" if sku.variant.name else "")


def _title(goods: Sequence[Offerable]) -> str:
    if not goods:
        return ""
    more = len(goods) - 1
    return goods[0].name + (ngettext(" and %(n)d more", " and %(n)d more", more) % {"n": more} if more else "")


def _where(request: CompanyRequest, enquiry: Enquiry) -> str:
    """Into the room, where there is only one."""
    rooms = list(Room.objects.visible_to(request.actor).filter(enquiry=enquiry).values_list("pk", flat=True)[:2])
    if len(rooms) == 1:
        return reverse("room", args=[request.company.slug, rooms[0]])
    return reverse("enquiry", args=[request.company.slug, enquiry.pk])
