"""The operators' floor: everybody's transactions as they happen, held on request, and each with its evidence."""

from collections.abc import Sequence

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from backend.accounts.models import CompanyKind
from backend.analytics.floor import queries
from backend.analytics.floor.actions import open_evidence, require_watch
from backend.analytics.floor.filters import Filters
from backend.analytics.floor.models import THE_ONE
from backend.analytics.floor.queries import FloorEntryView
from backend.analytics.watch.queries import alarms
from backend.catalog.transfer.exporting import Column
from backend.events import log
from backend.events.watch.models import THE_ONE as THE_WATCH
from frontend_htmx.exports import export
from frontend_htmx.floor.forms import FloorForm
from frontend_htmx.http import CompanyRequest, page_or_part, see_other

NOW, NEXT = "now", "next"
MAX_DIGITS = 18
PARTS = {
    "floor-alarms": "floor/_alarms.html",
    "floor-numbers": "floor/_numbers.html",
    "floor-held": "floor/_held.html",
    "floor-log": "floor/_log.html",
}
COLUMNS: Sequence[Column[FloorEntryView]] = (
    Column(_("Number"), lambda each: each.seq),
    Column(_("When"), lambda each: each.at),
    Column(_("What happened"), lambda each: each.label),
    Column(_("Order"), lambda each: each.number),
    Column(_("Seller"), lambda each: each.seller),
    Column(_("Buyer"), lambda each: each.buyer),
    Column(_("Amount"), lambda each: each.amount.amount),
    Column(_("Currency"), lambda each: each.amount.currency),
)


@require_safe
@vary_on_headers("HX-Request")
def show_floor(request: CompanyRequest, company: str) -> HttpResponse:
    """The floor: its alarms, its figures, and a page of its entries. Nine queries."""
    require_operator(request)
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    form = FloorForm(request.GET)
    filters, until, before = form.filters(), _seq(request, "until"), _seq(request, "before")
    if moved := _moved(request, filters):
        return see_other(moved)
    found = queries.floor_page(filters, until=until, before=before)
    context = {
        "company": request.company,
        "form": form,
        "filters": filters,
        "found": found,
        "size": queries.LIST_SIZE,
        "until": until,
        "before": before,
        "held": queries.held_back(filters, until) if until is not None else 0,
        "figures": queries.floor_figures(THE_ONE),
        "alarms": alarms(THE_WATCH),
        "alarm_topics": [f"alarms:{THE_WATCH}"],
        "position": position,
        "where": reverse("floor", args=[request.company.slug]),
        "list_topics": [f"floor_list:{THE_ONE}"],
        "figure_topics": [f"floor_figures:{THE_ONE}"],
        "log_topics": _topics_of_log(filters, until, before),
    }
    part = PARTS.get(request.htmx.target or "", "floor/_desk.html")
    return page_or_part(request, part, context, page="floor/floor.html")


def _topics_of_log(filters: Filters, until: int | None, before: int | None) -> list[str]:
    """The newest entries grow by themselves; of a filtered list the page asks again; what is held stays as it is."""
    if until is not None or before is not None:
        return []
    return [f"floor_list:{THE_ONE}"] if filters else [f"floor:{THE_ONE}"]


def _moved(request: CompanyRequest, filters: Filters) -> str:
    """Where a pause, or the way to what is older, leads from a page that grows: a place that stays."""
    asked = request.GET.copy()
    if asked.get("until") == NOW:
        asked["until"] = str(queries.last_seq_of_floor())
    elif asked.get("before") == NEXT:
        asked["before"] = str(queries.floor_page(filters).oldest_seq)
    else:
        return ""
    return f"{request.path}?{asked.urlencode()}"


def _seq(request: CompanyRequest, name: str) -> int | None:
    """A place on the floor, as the URL says it; nonsense is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None


@require_safe
def export_floor(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The entries that the page shows, all of its pages, as a file."""
    require_operator(request)
    filters = FloorForm(request.GET).filters()
    rows = queries.every_entry(filters, until=_seq(request, "until"))
    return export(request, form, "floor", COLUMNS, rows)


@require_safe
@vary_on_headers("HX-Request")
def show_evidence(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """An order as both its sides see it, read only; that it was opened is written down."""
    require_operator(request)
    order = open_evidence(order_id, actor=request.actor)
    if order is None:
        raise Http404
    context = {
        "company": request.company,
        "order": order,
        "evidence": queries.evidence(order),
        "topics": [f"{thing}:{order.pk}" for thing in ("order", "order_lines", "order_returns", "order_log")],
    }
    return page_or_part(request, "floor/_evidence.html", context, page="floor/evidence.html")


def require_operator(request: CompanyRequest) -> None:
    """Raises Http404 where the company is not the platform, NotAllowed where the person's role is no operator's."""
    if request.company.kind != CompanyKind.PLATFORM:
        raise Http404
    require_watch(request.actor)
