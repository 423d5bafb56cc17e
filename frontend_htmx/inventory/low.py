"""What runs low: a list of its own, and the most urgent of it above the stock."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.core.errors import Denied
from backend.events import log
from backend.inventory.limits import queries
from backend.inventory.limits.actions import set_default_low_mark
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.inventory.desk import require_view, rights
from frontend_htmx.inventory.forms import LowMarkForm
from frontend_htmx.paging import page_number

FEW = 5


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def list_low(request: CompanyRequest, company: str) -> HttpResponse:
    """All of it, the most urgent first, and the company's mark. Four queries; `?few=1`: what stands above the grid."""
    require_view(request)
    if request.method == "POST":
        return _set_mark(request)
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    if "few" in request.GET:
        return page_or_part(request, "inventory/_low.html", few_low(request, position), page="inventory/low.html")
    return _screen(request, LowMarkForm(low_at=queries.low_mark(request.company.pk)), position)


@require_safe
def count_low(request: CompanyRequest, company: str) -> HttpResponse:
    """How many SKUs run low: a live part of the stock desk's navigation, asked for by itself. Two queries."""
    require_view(request)
    position, topic = log.last_position(), f"low_stock:{request.company.pk}"
    context = {
        "count": queries.count_low(request.company.pk),
        "topic": topic,
        "topics": [topic],
        "position": position,
        "url": reverse("low_count", args=[company]),
    }
    part = "inventory/_low_count.html"
    return page_or_part(request, part, context, page=part)


def few_low(request: CompanyRequest, position: int) -> dict[str, object]:
    """The most urgent few, as the stock page shows them. `position` was read before them. Two queries at most."""
    url = reverse("low_stock", args=[request.company.slug])
    low = queries.running_low(request.company.pk, size=FEW)
    return _low(request, low, position) | {"few": True, "low_url": f"{url}?few=1"}


def _set_mark(request: CompanyRequest) -> HttpResponse:
    form = LowMarkForm(request.POST)
    no = attempt(form, lambda low_at: set_default_low_mark(request.company, low_at, actor=request.actor))
    if no:
        return _screen(request, form, log.last_position(), no)
    messages.success(request, _("Saved."))
    return see_other(reverse("low_stock", args=[request.company.slug]))


def _screen(request: CompanyRequest, form: LowMarkForm, position: int, no: Denied | None = None) -> HttpResponse:
    low = queries.running_low(request.company.pk, number=page_number(request))
    context = {
        "form": form,
        "part": "low",
        **_low(request, low, position),
        **rights(request),
    }
    status = no.status if no else 200
    return page_or_part(request, "inventory/_low.html", context, page="inventory/low.html", status=status)


def _low(request: CompanyRequest, low: queries.LowPage, position: int) -> dict[str, object]:
    topic = f"low_stock:{request.company.pk}"
    return {
        "company": request.company,
        "low": low,
        "low_topic": topic,
        "low_topics": [topic, *(f"stock_cover:{row.cover.sku_id}" for row in low.rows)],
        "low_position": position,
    }
