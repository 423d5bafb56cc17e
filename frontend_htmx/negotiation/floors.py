"""A seller's lowest prices and cost prices, and the offers below them that wait for somebody who may approve them."""

from decimal import Decimal
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.catalog.costs.actions import set_costs
from backend.catalog.costs.queries import CostRow, costs_view, every_cost
from backend.catalog.costs.reading import Costs
from backend.catalog.offers.queries import seller_terms
from backend.catalog.pricing.reading import written
from backend.catalog.transfer.exporting import Column
from backend.core.errors import Denied, NotAllowed
from backend.events import log
from backend.negotiation.floors import queries
from backend.negotiation.floors.actions import (
    FloorDraft,
    approve_held_offer,
    remove_floor,
    return_held_offer,
    set_floor,
    withdraw_held_offer,
)
from backend.negotiation.floors.policies import can_keep_floors
from backend.negotiation.models import Floor, HeldOffer
from backend.orders.agreements.actions import approve_held_acceptance
from frontend_htmx.exports import export
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.negotiation.answers import answer
from frontend_htmx.negotiation.floor_forms import CostsForm, FloorForm, ReturnForm
from frontend_htmx.negotiation.views import find_room
from frontend_htmx.paging import search_text

COST_COLUMNS: tuple[Column[CostRow], ...] = (
    Column(gettext_lazy("SKU"), lambda row: row.code),
    Column(gettext_lazy("Cost of one"), lambda row: Decimal(written(row.unit_cost))),
    Column(gettext_lazy("Currency"), lambda row: row.unit_cost.currency),
    Column(gettext_lazy("Product"), lambda row: row.name),
    Column(gettext_lazy("Said"), lambda row: row.changed_at),
)


@require_safe
@vary_on_headers("HX-Request")
def show_floors(request: CompanyRequest, company: str) -> HttpResponse:
    """The least that the company takes, and what its goods cost it. Seven queries; live."""
    require_floors(request)
    return _show_floors(request)


@require_safe
def export_costs(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """What the company's goods cost it, all of them."""
    require_floors(request)
    return export(request, form, "costs", COST_COLUMNS, every_cost(request.company.pk, text=search_text(request)))


@require_POST
def create_floor(request: CompanyRequest, company: str) -> HttpResponse:
    """The floor of a SKU, a category, or everything."""
    require_floors(request)
    form = FloorForm(request.POST, currency=seller_terms(request.company).currency)

    def save(draft: FloorDraft) -> None:
        set_floor(request.company, draft, actor=request.actor)

    no = attempt(form, save)
    return _show_floors(request, floor=form, status=no.status) if no else _saved(request, _("Saved."))


@require_POST
def create_floor_removal(request: CompanyRequest, company: str, floor_id: int) -> HttpResponse:
    """What it was about may cost less again."""
    require_floors(request)
    floor = get_object_or_404(Floor.objects.of_company(request.company.pk), pk=floor_id)
    remove_floor(request.company, floor.pk, actor=request.actor)
    return _saved(request, _("Removed."))


@require_POST
def create_costs(request: CompanyRequest, company: str) -> HttpResponse:
    """What goods cost, pasted or as a file: all of it or none."""
    require_floors(request)
    form, done = CostsForm(request.POST, request.FILES), [0]

    def save(costs: Costs) -> None:
        done[0] = set_costs(request.company, costs, actor=request.actor)

    no = attempt(form, save)
    if no:
        return _show_floors(request, costs=form, status=no.status)
    said = ngettext("%(n)d cost price is known now.", "%(n)d cost prices are known now.", done[0])
    return _saved(request, said % {"n": done[0]})


@require_safe
@vary_on_headers("HX-Request")
def list_held(request: CompanyRequest, company: str) -> HttpResponse:
    """The offers that wait for an approval, and those that were decided of late. Eight queries at most; live."""
    require_floors(request)
    return _show_held(request)


@require_POST
def create_held_approval(request: CompanyRequest, company: str, held_id: int) -> HttpResponse:
    """It goes out."""
    held = _held(request, held_id)
    approve = approve_held_acceptance if held.is_acceptance else approve_held_offer
    try:
        approve(held, actor=request.actor)
    except Denied as no:
        return _show_held(request, no=no, about=held.pk)
    return _decided(request)


@require_POST
def create_held_return(request: CompanyRequest, company: str, held_id: int) -> HttpResponse:
    """It does not go out, and its author reads why."""
    held = _held(request, held_id)
    form = ReturnForm(request.POST, held_id=held.pk)

    def give_back(word: str) -> None:
        return_held_offer(held, word=word, actor=request.actor)

    no = attempt(form, give_back)
    return _show_held(request, no=no, about=held.pk, form=form) if no else _decided(request)


@require_POST
def create_held_withdrawal(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """Whoever negotiates takes back what waits in the room."""
    room = find_room(request, room_id)
    held = HeldOffer.objects.of_company(request.company.pk).with_all().waiting().filter(room=room).first()
    if room.seller_id != request.company.pk:
        raise Http404
    if held:
        withdraw_held_offer(held, actor=request.actor)
    return answer(request, room)


def _held(request: CompanyRequest, held_id: int) -> HeldOffer:
    require_floors(request)
    return get_object_or_404(HeldOffer.objects.of_company(request.company.pk).with_all(), pk=held_id)


def _decided(request: CompanyRequest) -> HttpResponse:
    return (
        _show_held(request) if wants_part(request) else see_other(reverse("held_offers", args=[request.company.slug]))
    )


def _show_held(
    request: CompanyRequest, *, no: Denied | None = None, about: int = 0, form: ReturnForm | None = None
) -> HttpResponse:
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    topic = f"held_offers:{request.company.pk}"
    found = queries.held_page(request.company.pk)
    context = {
        "company": request.company,
        "waiting": [(held, _return_form(held.pk, about, form)) for held in found.waiting],
        "decided": found.decided,
        "no": no if no and form is None else None,
        "about": about,
        "topic": topic,
        "topics": [topic],
        "position": position,
        "own_page": reverse("held_offers", args=[request.company.slug]),
        "part": "held_offers",
    }
    status = no.status if no else 200
    return page_or_part(request, "negotiation/_held.html", context, page="negotiation/held.html", status=status)


def _return_form(held_id: int, about: int, form: ReturnForm | None) -> ReturnForm:
    return form if form is not None and held_id == about else ReturnForm(held_id=held_id)


def _saved(request: CompanyRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return see_other(reverse("price_floors", args=[request.company.slug]))


def _show_floors(
    request: CompanyRequest, *, floor: FloorForm | None = None, costs: CostsForm | None = None, status: int = 200
) -> HttpResponse:
    position = log.last_position()
    topic, text = f"price_floors:{request.company.pk}", search_text(request)
    context = {
        "company": request.company,
        "rows": queries.floors_of(request.company.pk),
        "costs": costs_view(request.company.pk, text=text),
        "text": text,
        "floor_form": floor or FloorForm(currency=seller_terms(request.company).currency),
        "costs_form": costs or CostsForm(),
        "topic": topic,
        "topics": [topic],
        "position": position,
        "own_page": reverse("price_floors", args=[request.company.slug])
        + (f"?{urlencode({'q': text})}" if text else ""),
        "part": "price_floors",
    }
    return page_or_part(request, "negotiation/_floors.html", context, page="negotiation/floors.html", status=status)


def require_floors(request: CompanyRequest) -> None:
    if not request.company.sells:
        raise Http404
    if not can_keep_floors(request.actor, request.company):
        raise NotAllowed(_("Your role in this company does not keep its lowest prices. An owner can change your role."))
