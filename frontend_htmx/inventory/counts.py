"""Counts: a sheet for a warehouse, filled by several people, and posted in one go."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.core.errors import Conflict, Denied
from backend.events import log
from backend.inventory.counts import actions, queries
from backend.inventory.models import CountLine, CountSheet, Warehouse
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.inventory.count_forms import BeginForm, EntryForm, PostingForm, entries_of
from frontend_htmx.inventory.desk import desk_topic, require_view, rights, warehouses_of
from frontend_htmx.paging import page_number, search_text


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def list_counts(request: CompanyRequest, company: str) -> HttpResponse:
    """All of them, the newest first, and a form for another one. Four queries."""
    require_view(request)
    houses = warehouses_of(request)
    if request.method != "POST":
        return _list(request, BeginForm(warehouses=houses))
    form, made = BeginForm(request.POST, warehouses=houses), list[CountSheet]()

    def begin(warehouse: Warehouse, name: str, text: str, key: str) -> None:
        made.append(actions.begin_count(warehouse, name=name, text=text, key=key, actor=request.actor))

    no = attempt(form, begin)
    return _list(request, form, no) if no else see_other(reverse("count_sheet", args=[company, made[0].pk]))


@require_safe
@vary_on_headers("HX-Request")
def show_count(request: CompanyRequest, company: str, sheet_id: int) -> HttpResponse:
    """A page of the sheet, what was counted of it, and how far it has come. Six queries. Its head keeps itself true."""
    sheet = find_count(request, sheet_id)
    is_head = request.htmx.target == f"count_sheet-{sheet.pk}"
    part = "inventory/_count_head.html" if is_head else "inventory/_count_lines.html"
    return page_or_part(request, part, _sheet(request, sheet), page="inventory/count.html")


@require_POST
def create_entry(request: CompanyRequest, company: str, sheet_id: int, line_id: int) -> HttpResponse:
    """What somebody counted of one line; a 409 shows what somebody else did meanwhile."""
    sheet = find_count(request, sheet_id)
    line = get_object_or_404(sheet.lines.select_related("sku__product", "sheet__warehouse"), pk=line_id)
    form = EntryForm(request.POST, line=line)
    no = attempt(form, lambda **given: _enter(request, line, **given))
    if isinstance(no, Conflict):
        form.rebase(no.detail)
    if not wants_part(request):
        back = reverse("count_sheet", args=[company, sheet.pk])
        return _screen(request, sheet, no, entry=form) if no else see_other(f"{back}#count-row-{line.pk}")
    fresh = form if no else EntryForm(line=CountLine.objects.this(line).select_related("sku").get())
    context = {"company": request.company, "sheet": sheet, "entry": fresh, "count": queries.count_line(line.pk)}
    return page_or_part(request, "inventory/_entered.html", context, status=no.status if no else 200)


@require_POST
def create_posting(request: CompanyRequest, company: str, sheet_id: int) -> HttpResponse:
    """Every difference moves its shelf."""
    sheet, form = find_count(request, sheet_id), PostingForm(request.POST)
    no = attempt(form, lambda reason: actions.post_count(sheet, reason=reason, actor=request.actor))
    return _screen(request, find_count(request, sheet_id), no, posting=form) if no else _back(request, sheet)


@require_POST
def create_end(request: CompanyRequest, company: str, sheet_id: int) -> HttpResponse:
    """Nothing of it counts."""
    sheet = find_count(request, sheet_id)
    try:
        actions.abandon_count(sheet, actor=request.actor)
    except Denied as denied:
        return _screen(request, sheet, denied)
    return _back(request, sheet)


def _enter(request: CompanyRequest, line: CountLine, counted: int | None, reason: str, seen: int | None) -> None:
    actions.enter_count(line, counted, reason=reason, seen=seen or 0, actor=request.actor)


def find_count(request: CompanyRequest, sheet_id: int) -> CountSheet:
    """One of the company's, with how far it has come; 404 for another's."""
    require_view(request)
    own = CountSheet.objects.of_company(request.company.pk)
    return queries.sheet_progress(get_object_or_404(own, pk=sheet_id))


def _back(request: CompanyRequest, sheet: CountSheet) -> HttpResponse:
    return see_other(reverse("count_sheet", args=[request.company.slug, sheet.pk]))


def _list(request: CompanyRequest, form: BeginForm, no: Denied | None = None) -> HttpResponse:
    desk = desk_topic(request, "counts")
    context = {
        "company": request.company,
        "found": queries.sheets(request.company.pk, number=page_number(request)),
        "form": form,
        "topics": [desk["desk_topic"]],
        "part": "counts",
        **desk,
        **rights(request),
    }
    status = no.status if no else 200
    return page_or_part(request, "inventory/_counts.html", context, page="inventory/counts.html", status=status)


def _screen(
    request: CompanyRequest,
    sheet: CountSheet,
    no: Denied | None,
    *,
    posting: PostingForm | None = None,
    entry: EntryForm | None = None,
) -> HttpResponse:
    context = {**_sheet(request, sheet, entry), "no": no} | ({"posting": posting} if posting else {})
    status = no.status if no else 200
    return page_or_part(request, "inventory/count.html", context, page="inventory/count.html", status=status)


def _sheet(request: CompanyRequest, sheet: CountSheet, entry: EntryForm | None = None) -> dict[str, object]:
    topic, counts, position = f"count_sheet:{sheet.pk}", f"counts:{request.company.pk}", log.last_position()
    found = queries.sheet_lines(sheet, text=search_text(request), number=page_number(request))
    return {
        "company": request.company,
        "sheet": sheet,
        "own_page": reverse("count_sheet", args=[request.company.slug, sheet.pk]),
        "found": found,
        "entries": entries_of(found.rows, entry),
        "posting": PostingForm(),
        "text": search_text(request),
        "head_topics": [topic],
        "head_topic": topic,
        "line_topics": [counts, *(f"count_line:{row.line.pk}" for row in found.rows)],
        "counts_topic": counts,
        "position": position,
        "part": "counts",
        **rights(request),
    }
