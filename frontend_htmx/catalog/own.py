"""A seller's own products: described as drafts, published, paused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.accounts.actor import Actor
from backend.accounts.states import CompanyStatus
from backend.catalog import queries
from backend.catalog.actions import create_product, pause_product, publish_product
from backend.catalog.changes.queries import waiting_changes
from backend.catalog.models import Product
from backend.catalog.offers.queries import seller_terms
from backend.catalog.policies import can_edit_catalog
from backend.catalog.queries import OwnProduct
from backend.catalog.states import ProductStatus
from backend.catalog.transfer.policies import can_import_products
from backend.core.errors import NotAllowed
from frontend_htmx.catalog.forms import ProductForm
from frontend_htmx.catalog.views import product_screen
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.paging import page_number, search_text


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A row of one's own products: fragment catalog/_own_product.html."""

    company: str
    product: OwnProduct
    is_described_here: bool
    can_edit: bool
    can_publish: bool


@require_safe
@vary_on_headers("HX-Request")
def own_products(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's products whatever their status. One query, and one for the changes that wait."""
    require_seller(request)
    text = search_text(request)
    found = queries.own_products(request.company.pk, text=text, number=page_number(request))
    context = {
        "company": request.company,
        "found": found,
        "rows": [own_row(request, product) for product in found.products],
        "text": text,
        "can_edit": can_edit_catalog(request.actor, request.company),
        "can_import": can_import_products(request.actor, request.company),
        "is_approved": request.company.status == CompanyStatus.APPROVED,
        "waiting": waiting_changes(request.company.pk) if not wants_part(request) else 0,
    }
    return page_or_part(request, "catalog/_own_products.html", context, page="catalog/own_products.html")


@require_http_methods(["GET", "HEAD", "POST"])
def new_product(request: CompanyRequest, company: str) -> HttpResponse:
    """A form, and what comes of it: a draft that nobody else sees."""
    require_seller(request)
    require_catalog_editor(request)
    form = ProductForm(request.POST or None, currency=seller_terms(request.company).currency)
    status = 200
    if form.is_bound:
        no = attempt(form, _creating(request, form))
        if no is None:
            messages.success(request, _("Saved as a draft. Publish it when it is ready."))
            return see_other(reverse("own_products", args=[company]))
        status = no.status
    context = {"company": request.company, "form": form}
    return page_or_part(request, "catalog/new_product.html", context, page="catalog/new_product.html", status=status)


@require_safe
@vary_on_headers("HX-Request")
def own_product(request: CompanyRequest, company: str, product_id: int) -> HttpResponse:
    """One's own product as buyers see it or will see it, whatever its status. The queries of its screen and one."""
    product = find_own(request, product_id)
    is_editor = can_edit_catalog(request.actor, request.company)
    context = {**product_screen(request, product), "company": request.company, "can_edit": is_editor}
    return page_or_part(request, "catalog/_product.html", context, page="catalog/product.html")


@require_POST
def create_publication(request: CompanyRequest, company: str, product_id: int) -> HttpResponse:
    """From now on everybody sees the product."""
    return _move(request, product_id, publish_product)


@require_POST
def create_pause(request: CompanyRequest, company: str, product_id: int) -> HttpResponse:
    """From now on nobody else sees it."""
    return _move(request, product_id, pause_product)


def _move(request: CompanyRequest, product_id: int, move: Callable[..., Product]) -> HttpResponse:
    product = move(find_own(request, product_id), actor=request.actor)
    row = queries.own_product(request.company.pk, product.pk)
    return page_or_part(request, "catalog/_own_product.html", {"row": own_row(request, row)})


def own_row(request: CompanyRequest, product: OwnProduct) -> OwnRow:
    """No query."""
    here = request.company
    return OwnRow(
        here.slug,
        product,
        product.company_id == here.pk,
        can_edit_catalog(request.actor, here),
        product.status != ProductStatus.ARCHIVED and here.status == CompanyStatus.APPROVED,
    )


def find_own(request: CompanyRequest, product_id: int) -> Product:
    """The company's own product, or 404."""
    require_seller(request)
    own = Product.objects.of_company(request.company.pk).select_related("company", "category")
    return get_object_or_404(own, pk=product_id)


def _creating(request: CompanyRequest, form: ProductForm) -> Callable[..., Product]:
    def create(*, key: str, **_given: Any) -> Product:
        actor: Actor = request.actor
        return create_product(request.company, form.draft, key=key, actor=actor)

    return create


def require_catalog_editor(request: CompanyRequest) -> None:
    """Raises NotAllowed for whoever may look and not edit."""
    if not can_edit_catalog(request.actor, request.company):
        raise NotAllowed(_("Your role in this company may not edit the catalogue. An owner can change your role."))


def require_seller(request: CompanyRequest) -> None:
    """Who sells nothing has no such pages."""
    if not request.company.sells:
        raise Http404
