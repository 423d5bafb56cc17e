"""A seller offers what somebody else has described: found by its GTIN, or on its page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from backend.accounts.states import CompanyStatus
from backend.catalog.models import Variant
from backend.catalog.offers.actions import create_offer
from backend.catalog.offers.queries import offerable, offerable_of, seller_terms
from frontend_htmx.catalog.forms import NewOfferForm
from frontend_htmx.catalog.own import require_catalog_editor, require_seller
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other


@require_safe
def find_offerable(request: CompanyRequest, company: str) -> HttpResponse:
    """What is published under a GTIN, or of one product: to be chosen from. One query."""
    require_seller(request)
    require_catalog_editor(request)
    gtin, product = request.GET.get("gtin", "").replace("\x00", "")[:20], _number(request.GET.get("product", ""))
    found = offerable_of(product) if product else offerable(gtin)
    context = {"company": request.company, "found": found, "gtin": gtin, "asked": bool(gtin or product)}
    return page_or_part(request, "catalog/offerable.html", context, page="catalog/offerable.html")


@require_http_methods(["GET", "HEAD", "POST"])
def new_offer(request: CompanyRequest, company: str) -> HttpResponse:
    """One's own code, price and terms for the published `?variant=` that somebody else describes."""
    require_seller(request)
    require_catalog_editor(request)
    published = Variant.objects.published().select_related("product__company", "product__category")
    variant = get_object_or_404(published, pk=_number(request.GET.get("variant", "")))
    form = NewOfferForm(request.POST or None, currency=seller_terms(request.company).currency)
    no = attempt(form, lambda **_typed: _create(request, variant, form)) if form.is_bound else None
    if form.is_bound and no is None:
        messages.success(request, _("You offer it now. Count its stock, or nobody can order it."))
        return see_other(reverse("stock_grid", args=[company]))
    is_approved = request.company.status == CompanyStatus.APPROVED
    context = {"company": request.company, "variant": variant, "form": form, "is_approved": is_approved}
    page = "catalog/new_offer.html"
    return page_or_part(request, page, context, page=page, status=no.status if no else 200)


def _create(request: CompanyRequest, variant: Variant, form: NewOfferForm) -> None:
    key = form.cleaned_data["key"]
    create_offer(variant, form.draft, company=request.company, key=key, actor=request.actor)


def _number(text: str) -> int:
    """The id that a URL names; 0 for nonsense."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
