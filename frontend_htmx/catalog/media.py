"""Pictures and documents, as they are shown and as their seller keeps them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.catalog.changes.actions import Edited
from backend.catalog.media.actions import Words, add_media, edit_media, remove_media
from backend.catalog.models import Media, Product, Variant
from backend.catalog.policies import can_approve_changes
from backend.catalog.states import ProductStatus
from frontend_htmx.catalog.own import find_own, require_catalog_editor
from frontend_htmx.fields import KeyField, Typed
from frontend_htmx.files import EVERYBODYS, THE_COMPANYS, send_file, uploaded
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, HtmxRequest, page_or_part, see_other


class UploadForm(forms.Form):
    """A picture or a document, and what it shows in words."""

    key = KeyField()
    file = forms.FileField(
        label=gettext_lazy("Picture or PDF"), help_text=gettext_lazy("JPEG, PNG, WebP or PDF, at most 10 MB.")
    )
    alt = forms.CharField(
        label=gettext_lazy("What it shows"), max_length=200, required=False,
        help_text=gettext_lazy("For those who can’t see it; of a document, its title."),
    )  # fmt: skip

    def __init__(self, data: Typed = None, files: Any = None, *, product: Product) -> None:
        super().__init__(data, files, auto_id="upload-%s")
        if product.variants.count() > 1:
            self.fields["variant"] = _variant_field(product)


def _variant_field(product: Product) -> forms.ModelChoiceField[Variant]:
    return forms.ModelChoiceField(
        label=_("Variant"),
        queryset=product.variants.all(),
        required=False,
        empty_label=_("All of them"),
        help_text=_("A picture of one variant stands for that one in lists and beside its offers."),
    )


@require_safe
def show_media(request: HtmxRequest, sha256: str, size: str) -> HttpResponse:
    """A picture or a document of a published product, by its content: nobody guesses the address of what they have
    not been shown."""
    media = Media.objects.of_published().with_content(sha256).order_by("pk").first()
    if media is None:
        raise Http404(sha256)
    return send_file(request, media, size, cache=EVERYBODYS)


@require_safe
def show_own_media(request: CompanyRequest, company: str, media_id: int, size: str) -> HttpResponse:
    """One's own, whatever the product's status."""
    media = get_object_or_404(Media.objects.of_company(request.company.pk), pk=media_id)
    return send_file(request, media, size, cache=THE_COMPANYS)


@require_http_methods(["GET", "HEAD", "POST"])
def own_media(request: CompanyRequest, company: str, product_id: int) -> HttpResponse:
    """A product's pictures and documents, and a form for another."""
    product = find_own(request, product_id)
    require_catalog_editor(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*sent, product=product)
    edited: list[Edited] = []
    no = attempt(form, lambda **typed: edited.append(_add(request, product, **typed))) if form.is_bound else None
    if edited:
        return _after(request, edited[0])
    context = {
        "company": request.company,
        "product": product,
        "form": form,
        "media": product.media.select_related("variant"),
    }
    is_approver = can_approve_changes(request.actor, request.company)
    context |= {"waits": product.status != ProductStatus.DRAFT and not is_approver}
    page = "catalog/own_media.html"
    return page_or_part(request, page, context, page=page, status=no.status if no else 200)


@require_POST
def create_media_change(request: CompanyRequest, company: str, media_id: int) -> HttpResponse:
    """Other words for a picture, or another place for it."""
    media = _find(request, media_id)
    text = request.POST.get("position", "")
    position = int(text) - 1 if text.isascii() and text.isdigit() and len(text) < 6 else media.position
    alt = request.POST.get("alt", media.alt)
    return _after(request, edit_media(media, alt=alt, position=position, actor=request.actor))


@require_POST
def create_media_removal(request: CompanyRequest, company: str, media_id: int) -> HttpResponse:
    """Takes it off its product."""
    media = _find(request, media_id)
    return _after(request, remove_media(media, actor=request.actor))


def _after(request: CompanyRequest, edited: Edited) -> HttpResponse:
    if edited.waiting:
        messages.info(request, _("It waits for an owner or a manager to approve it; buyers see no change yet."))
        return see_other(reverse("change", args=[request.company.slug, edited.waiting.pk]))
    messages.success(request, _("Saved."))
    return see_other(reverse("own_media", args=[request.company.slug, edited.product.pk]))


def _find(request: CompanyRequest, media_id: int) -> Media:
    own = Media.objects.of_company(request.company.pk).select_related("product__company")
    return get_object_or_404(own, pk=media_id)


def _add(
    request: CompanyRequest,
    product: Product,
    *,
    key: str,
    file: UploadedFile[bytes],
    alt: str,
    variant: Variant | None = None,
) -> Edited:
    words = Words(file.name or "", alt)
    return add_media(product, uploaded(file), words=words, variant=variant, key=key, actor=request.actor)
