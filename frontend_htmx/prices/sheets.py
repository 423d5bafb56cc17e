"""The lines of a price list out of a spreadsheet, and into one: sent, compared by a worker, looked at, written."""

from collections.abc import Iterable

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.catalog.lists.models import PriceList
from backend.catalog.lists.sheets.actions import Plan, drop_sheet, match_columns, send_sheet, write_sheet
from backend.catalog.lists.sheets.exporting import list_columns, list_rows
from backend.catalog.lists.sheets.queries import sheet_outcome
from backend.catalog.transfer import queries as transfer
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.states import ImportState
from backend.core.errors import Denied
from backend.events import log
from frontend_htmx.exports import export
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.paging import page_number, search_text
from frontend_htmx.prices.desk import require_prices
from frontend_htmx.prices.sheet_forms import SheetColumnsForm, SheetForm
from frontend_htmx.transfer.views import PROBLEM_COLUMNS, TO_BE_MATCHED


@require_safe
def export_list(request: CompanyRequest, company: str, list_id: int, form: str) -> StreamingHttpResponse:
    """The list's lines as its page shows them; sent in again, the file changes nothing."""
    price_list = _find(request, list_id)
    rows = list_rows(price_list, text=search_text(request))
    return export(request, form, "prices", list_columns(price_list), rows)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def list_sheet(request: CompanyRequest, company: str, list_id: int) -> HttpResponse:
    """The table that the person sent, how far it has come, and what it would change; a POST sends one.

    Ten queries at most.
    """
    if request.method != "POST":
        return _screen(request, list_id)
    price_list = _find(request, list_id)
    form = SheetForm(request.POST, request.FILES)

    def send(filename: str, blocks: Iterable[bytes]) -> None:
        send_sheet(price_list, filename, blocks, actor=request.actor)

    no = attempt(form, send)
    return _screen(request, list_id, sending=form, no=no) if no else _back(request, price_list)


@require_POST
def create_sheet_columns(request: CompanyRequest, company: str, list_id: int) -> HttpResponse:
    """The columns are as the form says: the table is compared again."""
    price_list, sheet = _find_sheet(request, list_id)
    if sheet is None:
        return _back(request, price_list)
    form = SheetColumnsForm(request.POST, of=sheet)

    def match(plan: Plan) -> None:
        match_columns(sheet, plan, actor=request.actor)

    no = attempt(form, match)
    return _screen(request, list_id, columns=form, no=no) if no else _back(request, price_list)


@require_POST
def create_sheet_writing(request: CompanyRequest, company: str, list_id: int) -> HttpResponse:
    """A worker makes the list say what the table says."""
    price_list, sheet = _find_sheet(request, list_id)
    if sheet is None:
        return see_other(_list_url(request, price_list))
    try:
        write_sheet(sheet, mark=request.POST.get("mark", ""), actor=request.actor)
    except Denied as no:
        return _screen(request, list_id, no=no)
    return _back(request, price_list)


@require_POST
def create_sheet_removal(request: CompanyRequest, company: str, list_id: int) -> HttpResponse:
    """The table is thrown away, also while a worker has it."""
    price_list, sheet = _find_sheet(request, list_id)
    if sheet is not None:
        drop_sheet(sheet, actor=request.actor)
    return see_other(_list_url(request, price_list))


@require_safe
def sheet_problems(request: CompanyRequest, company: str, list_id: int) -> StreamingHttpResponse:
    """All that is wrong in the table, as a file."""
    _price_list, sheet = _find_sheet(request, list_id)
    return export(request, "csv", "problems", PROBLEM_COLUMNS, transfer.every_problem(sheet) if sheet else [])


def _find(request: CompanyRequest, list_id: int) -> PriceList:
    require_prices(request)
    own = PriceList.objects.of_company(request.company.pk).select_related("company")
    return get_object_or_404(own, pk=list_id)


def _find_sheet(request: CompanyRequest, list_id: int) -> tuple[PriceList, Import | None]:
    """The last one that the person sent, unless they have thrown it away."""
    price_list = _find(request, list_id)
    mine = Import.objects.of_sender(request.actor).filter(price_list=price_list).exclude(state=ImportState.CANCELLED)
    return price_list, mine.select_related("company", "price_list__company").order_by("-pk").first()


def _back(request: CompanyRequest, price_list: PriceList) -> HttpResponse:
    return see_other(reverse("list_sheet", args=[request.company.slug, price_list.pk]))


def _list_url(request: CompanyRequest, price_list: PriceList) -> str:
    return reverse("price_list", args=[request.company.slug, price_list.pk])


def _screen(
    request: CompanyRequest,
    list_id: int,
    *,
    sending: SheetForm | None = None,
    columns: SheetColumnsForm | None = None,
    no: Denied | None = None,
) -> HttpResponse:
    topic, position = f"imports:{request.company.pk}", log.last_position()
    price_list, sheet = _find_sheet(request, list_id)  # as it is now, also after a no
    can_match = sheet is not None and sheet.state in TO_BE_MATCHED
    context = {
        "company": request.company,
        "price_list": price_list,
        "sheet": sheet,
        "own_page": reverse("list_sheet", args=[request.company.slug, list_id]),
        "progress": transfer.view_of(sheet) if sheet else None,
        "sending": sending or SheetForm(),
        "columns": columns or (SheetColumnsForm(of=sheet) if sheet and can_match else None),
        "outcome": sheet_outcome(sheet, page_number(request)) if sheet else None,
        "problems": transfer.problems(sheet).problems if sheet and sheet.broken_rows else (),
        "no": no if sending is None and columns is None else None,
        "part": "lists",
        "topics": [f"import:{sheet.pk}"] if sheet else [],
        "list_topics": [topic],
        "topic": topic,
        "position": position,
    }
    status = no.status if no else 200
    return page_or_part(request, "prices/_sheet_outcome.html", context, page="prices/list_sheet.html", status=status)
