"""What an offer costs whoever has no price list."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backend.catalog.ladders.actions import change_ladder
from backend.catalog.ladders.queries import ladder_in
from backend.catalog.models import Sku
from backend.catalog.offers.queries import seller_terms
from backend.core.money import EXPONENTS
from frontend_htmx.catalog.forms import LadderForm
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.prices.desk import require_prices


@require_http_methods(["GET", "HEAD", "POST"])
def edit_ladder(request: CompanyRequest, company: str, sku_id: int) -> HttpResponse:
    """The base ladder of a SKU in the seller's currency, or in the `?currency=` that he is about to sell in."""
    require_prices(request)
    own = Sku.objects.of_company(request.company.pk).select_related("company", "product", "variant")
    sku, currency = get_object_or_404(own, pk=sku_id), _currency(request)
    form = LadderForm(request.POST or None, sku=sku, ladder=ladder_in(sku, currency), currency=currency)
    no = attempt(form, lambda **_typed: _change(request, sku, form, currency)) if form.is_bound else None
    if form.is_bound and no is None:
        messages.success(request, _("Saved. Buyers pay it from now on."))
        return see_other(f"{reverse('edit_ladder', args=[company, sku.pk])}?currency={currency}")
    currencies = [(code, code == currency) for code in EXPONENTS]
    context = {"company": request.company, "sku": sku, "form": form, "currency": currency, "currencies": currencies}
    page = "prices/ladder.html"
    return page_or_part(request, page, context, page=page, status=no.status if no else 200)


def _change(request: CompanyRequest, sku: Sku, form: LadderForm, currency: str) -> None:
    given = form.cleaned_data
    change_ladder(
        sku,
        form.tiers,
        currency=currency,
        base_version=given["base_version"],
        key=given["key"],
        actor=request.actor,
    )


def _currency(request: CompanyRequest) -> str:
    asked = request.GET.get("currency", "")
    return asked if asked in EXPONENTS else seller_terms(request.company).currency
