"""What a customer sees of a seller's offers, and pays for them."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from backend.catalog.lists import queries
from frontend_htmx.http import CompanyRequest, page_or_part
from frontend_htmx.paging import page_number, search_text
from frontend_htmx.prices.desk import require_prices


@require_safe
def show_preview(request: CompanyRequest, company: str) -> HttpResponse:
    """As one of the customers that the company's lists, groups and assortments name. Four queries, one without."""
    require_prices(request)
    customers = queries.customers(request.company.pk)
    asked, text = request.GET.get("customer", ""), search_text(request)
    chosen = next((customer for customer in customers if customer.slug == asked), None)
    number = page_number(request)
    context = {
        "company": request.company,
        "customers": customers,
        "chosen": chosen,
        "text": text,
        "seen": queries.preview(request.company, chosen, text=text, number=number) if chosen else None,
        "part": "price_preview",
    }
    return page_or_part(request, "prices/price_preview.html", context, page="prices/price_preview.html")
