"""A company's address book: where its goods and its bills go."""

from functools import partial

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from backend.accounts import policies
from backend.accounts.addresses.actions import correct_address, keep_address, prefer_address, remove_address
from backend.accounts.addresses.models import Use
from backend.accounts.addresses.queries import address_book
from backend.accounts.models import Address
from backend.core.guards import require
from backend.events import log
from frontend_htmx.accounts.address_forms import AddressForm
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other, wants_part


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def list_addresses(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's addresses; a POST keeps another one. Two queries."""
    if request.method != "POST":
        return _page(request)
    form = AddressForm(request.POST, country=request.company.country)
    no = attempt(form, partial(keep_address, request.company, actor=request.actor))
    return _page(request, form, no.status) if no else _changed(request)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_address(request: CompanyRequest, company: str, address_id: int) -> HttpResponse:
    """What it says from now on."""
    address = _find(request, address_id)
    require(policies.can_keep_addresses(request.actor, request.company))
    form, status = AddressForm(request.POST if request.method == "POST" else None, address=address), 200
    if form.is_bound:
        no = attempt(form, partial(correct_address, address, actor=request.actor))
        if no is None:
            return see_other(reverse("addresses", args=[company]))
        status = no.status
    context = {"company": request.company, "address": address, "form": form, "has_changed": status == 409}
    page = "accounts/address.html"
    return page_or_part(request, page, context, page=page, status=status)


@require_POST
def create_preference(request: CompanyRequest, company: str, address_id: int) -> HttpResponse:
    """It is chosen by itself."""
    prefer_address(_find(request, address_id), actor=request.actor)
    return _changed(request)


@require_POST
def create_removal(request: CompanyRequest, company: str, address_id: int) -> HttpResponse:
    remove_address(_find(request, address_id), actor=request.actor)
    return _changed(request)


def _find(request: CompanyRequest, address_id: int) -> Address:
    return get_visible(Address.objects.select_related("company"), request.actor, address_id)


def _changed(request: CompanyRequest) -> HttpResponse:
    return _page(request) if wants_part(request) else see_other(reverse("addresses", args=[request.company.slug]))


def _page(request: CompanyRequest, form: AddressForm | None = None, status: int = 200) -> HttpResponse:
    position, company = log.last_position(), request.company
    book = address_book(company.pk)
    context = {
        "company": company,
        "parts": [(Use.DELIVERY, book.delivery), (Use.BILLING, book.billing)],
        "form": form or AddressForm(country=company.country),
        "can_keep": policies.can_keep_addresses(request.actor, company),
        "topic": f"addresses:{company.pk}",
        "topics": [f"addresses:{company.pk}"],
        "url": reverse("addresses", args=[company.slug]),
        "position": position,
    }
    return page_or_part(request, "accounts/_addresses.html", context, page="accounts/addresses.html", status=status)
