"""A seller changes what his products say and how they are ordered."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backend.catalog.actions import archive_product
from backend.catalog.changes.actions import Edited, add_variant, edit_product
from backend.catalog.models import Product, Sku
from backend.catalog.offers.actions import edit_offer, set_seller_terms
from backend.catalog.offers.queries import own_offers, seller_terms
from backend.catalog.policies import can_approve_changes, can_edit_prices
from backend.catalog.states import ProductStatus
from backend.core.errors import Denied
from frontend_htmx.catalog.description_form import DescriptionForm
from frontend_htmx.catalog.offer_forms import OfferForm, SellerTermsForm, VariantForm
from frontend_htmx.catalog.own import find_own, require_catalog_editor, require_seller
from frontend_htmx.fields import minor_units
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other


@require_http_methods(["GET", "HEAD", "POST"])
def edit_own_product(request: CompanyRequest, company: str, product_id: int) -> HttpResponse:
    """The sheet of a product, and what comes of it: changed, or waiting for an approval."""
    product = find_own(request, product_id)
    require_catalog_editor(request)
    form = DescriptionForm(request.POST or None, product=product)
    no = None
    if form.is_bound:
        edited: list[Edited] = []
        no = attempt(form, lambda **_typed: edited.append(_edit(request, product, form)))
        if no is None:
            return _after(request, edited[0])
    return sheet_page(request, product, form=form, no=no)


@require_POST
def create_variant(request: CompanyRequest, company: str, product_id: int) -> HttpResponse:
    """Another variant of a product."""
    product = find_own(request, product_id)
    form = VariantForm(request.POST)
    edited: list[Edited] = []
    no = attempt(form, lambda **typed: edited.append(add_variant(product, actor=request.actor, **typed)))
    if edited:
        return _after(request, edited[0], to="edit_own_product")
    return sheet_page(request, product, variant_form=form, no=no)


@require_POST
def create_archive(request: CompanyRequest, company: str, product_id: int) -> HttpResponse:
    """From now on the product is only history."""
    product = archive_product(find_own(request, product_id), actor=request.actor)
    messages.success(request, _("%(name)s is archived.") % {"name": product})
    return see_other(reverse("own_products", args=[company]))


@require_http_methods(["GET", "HEAD", "POST"])
def edit_own_offer(request: CompanyRequest, company: str, sku_id: int) -> HttpResponse:
    """How one SKU is ordered."""
    require_seller(request)
    require_catalog_editor(request)
    own = Sku.objects.of_company(request.company.pk).select_related("company", "product__category", "variant")
    sku = get_object_or_404(own, pk=sku_id)
    form = OfferForm(request.POST or None, sku=sku)
    no = attempt(form, lambda **typed: _edit_offer(request, sku, form)) if form.is_bound else None
    if form.is_bound and no is None:
        messages.success(request, _("Saved. Buyers see it from now on."))
        return see_other(_home_of(request, sku))
    can_price = can_edit_prices(request.actor, request.company)
    context = {"company": request.company, "sku": sku, "form": form, "can_price": can_price}
    page = "catalog/own_offer.html"
    return page_or_part(request, page, context, page=page, status=no.status if no else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def own_terms(request: CompanyRequest, company: str) -> HttpResponse:
    """What holds for everything that a company sells."""
    require_seller(request)
    require_catalog_editor(request)
    form = SellerTermsForm(request.POST or None, terms=seller_terms(request.company))
    no = attempt(form, lambda **typed: _set_terms(request, **typed)) if form.is_bound else None
    if form.is_bound and no is None:
        messages.success(request, _("Saved."))
        return see_other(reverse("own_terms", args=[company]))
    context = {"company": request.company, "form": form}
    page = "catalog/own_terms.html"
    return page_or_part(request, page, context, page=page, status=no.status if no else 200)


def sheet_page(request: CompanyRequest, product: Product, *, no: Denied | None = None, **forms: Any) -> HttpResponse:
    """The sheet with whatever was typed; after a conflict it says what saving it again would overwrite."""
    form = forms.get("form") or DescriptionForm(product=product)
    if no is not None and "version" in no.detail:
        form.data = {**request.POST.dict(), "base_version": no.detail["version"]}
    is_approver = can_approve_changes(request.actor, request.company)
    context = {
        "company": request.company,
        "product": product,
        "form": form,
        "variant_form": forms.get("variant_form") or VariantForm(),
        "offers": own_offers(request.company.pk, product),
        "lines": no.detail.get("lines") if no else None,
        "is_draft": product.status == ProductStatus.DRAFT,
        "is_approver": is_approver,
        "can_price": can_edit_prices(request.actor, request.company),
        "can_archive": is_approver or product.status == ProductStatus.DRAFT,
    }
    page = "catalog/own_edit.html"
    return page_or_part(request, page, context, page=page, status=no.status if no else 200)


def _edit(request: CompanyRequest, product: Product, form: DescriptionForm) -> Edited:
    given = form.cleaned_data
    return edit_product(
        product,
        form.sheet,
        base_version=given["base_version"],
        key=given["key"],
        actor=request.actor,
        at_once=not given["second_eyes"],
    )


def _after(request: CompanyRequest, edited: Edited, *, to: str = "own_product") -> HttpResponse:
    if edited.waiting:
        messages.info(request, _("It waits for an owner or a manager to approve it; buyers see no change yet."))
        return see_other(reverse("change", args=[request.company.slug, edited.waiting.pk]))
    messages.success(request, _("Saved."))
    return see_other(reverse(to, args=[request.company.slug, edited.product.pk]))


def _edit_offer(request: CompanyRequest, sku: Sku, form: OfferForm) -> Sku:
    given = form.cleaned_data
    return edit_offer(sku, form.terms, base_version=given["base_version"], key=given["key"], actor=request.actor)


def _set_terms(request: CompanyRequest, **typed: Any) -> None:
    set_seller_terms(
        request.company,
        currency=typed["currency"],
        order_minimum_minor=minor_units(typed["order_minimum"], typed["currency"]) or 0,
        lead_time_days=typed["lead_time_days"],
        delivers_to=typed["delivers_to"],
        base_version=typed["base_version"],
        key=typed["key"],
        actor=request.actor,
    )


def _home_of(request: CompanyRequest, sku: Sku) -> str:
    """Where one comes to a SKU from: its product's sheet, or where somebody else wrote that, one's list."""
    slug = request.company.slug
    if sku.product.company_id == request.company.pk:
        return reverse("edit_own_product", args=[slug, sku.product_id])
    return reverse("own_products", args=[slug])
