"""The lines of a price list out of a spreadsheet, and into one: sent, looked at, written."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.catalog.lists.models import PriceList
from backend.catalog.lists.sheets.actions import (
    Plan,
    drop_sheet,
    is_understood,
    match_columns,
    send_sheet,
    write_sheet,
)
from backend.catalog.lists.sheets.comparing import Change, Comparison, compare
from backend.catalog.lists.sheets.exporting import list_columns, list_rows
from backend.catalog.lists.sheets.models import ListSheet
from backend.catalog.lists.sheets.reading import Problem
from backend.catalog.queries import Page, page_of
from backend.catalog.transfer.exporting import Column
from backend.core.errors import Denied
from backend.core.tables.sniffing import Rows
from frontend_htmx.exports import export
from frontend_htmx.fields import new_key
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.paging import number_of, page_number, search_text
from frontend_htmx.prices.desk import require_prices
from frontend_htmx.prices.sheet_forms import SheetColumnsForm, SheetForm

CHANGES_SIZE = 100
PROBLEMS_SHOWN = 100
PROBLEM_COLUMNS: tuple[Column[Problem], ...] = (
    Column(gettext_lazy("Row"), lambda problem: problem.row),
    Column(gettext_lazy("Column"), lambda problem: problem.column),
    Column(gettext_lazy("Cell"), lambda problem: problem.cell),
    Column(gettext_lazy("What is wrong"), lambda problem: problem.what),
)


@require_safe
def export_list(request: CompanyRequest, company: str, list_id: int, form: str) -> StreamingHttpResponse:
    """The list's lines as its page shows them; sent in again, the file changes nothing."""
    price_list = _find(request, list_id)
    rows = list_rows(price_list, text=search_text(request))
    return export(request, form, "prices", list_columns(price_list), rows)


@require_http_methods(["GET", "HEAD", "POST"])
def list_sheet(request: CompanyRequest, company: str, list_id: int) -> HttpResponse:
    """The table that the person sent, and what it would change; a POST sends one. Five queries."""
    if request.method != "POST":
        return _screen(request, list_id)
    price_list = _find(request, list_id)
    form = SheetForm(request.POST, request.FILES)

    def send(rows: Rows) -> None:
        send_sheet(price_list, rows, actor=request.actor)

    no = attempt(form, send)
    return _screen(request, list_id, sending=form, no=no) if no else _back(request, price_list)


@require_POST
def create_sheet_columns(request: CompanyRequest, company: str, list_id: int) -> HttpResponse:
    """The columns are as the form says: the table is looked at again."""
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
    """The list says what the table says. Sent again, the table is gone and the list is shown."""
    price_list, sheet = _find_sheet(request, list_id)
    if sheet is None:
        return see_other(_list_url(request, price_list))
    seen, mark = number_of(request.POST.get("seen", "")), request.POST.get("mark", "")
    key = request.POST.get("key", "")
    try:
        written = write_sheet(sheet, seen=seen, mark=mark, key=key, actor=request.actor)
    except Denied as no:
        return _screen(request, list_id, no=no)
    if written:
        messages.success(request, _said(written))
    return see_other(_list_url(request, price_list))


@require_POST
def create_sheet_removal(request: CompanyRequest, company: str, list_id: int) -> HttpResponse:
    """The table is thrown away."""
    price_list, sheet = _find_sheet(request, list_id)
    if sheet is not None:
        drop_sheet(sheet, actor=request.actor)
    return see_other(_list_url(request, price_list))


@require_safe
def sheet_problems(request: CompanyRequest, company: str, list_id: int) -> StreamingHttpResponse:
    """All that is wrong in the table, as a file."""
    price_list, sheet = _find_sheet(request, list_id)
    found = compare(sheet, price_list) if sheet and is_understood(sheet.mapping) else None
    return export(request, "csv", "problems", PROBLEM_COLUMNS, found.problems if found else [])


def _find(request: CompanyRequest, list_id: int) -> PriceList:
    require_prices(request)
    own = PriceList.objects.of_company(request.company.pk).select_related("company")
    return get_object_or_404(own, pk=list_id)


def _find_sheet(request: CompanyRequest, list_id: int) -> tuple[PriceList, ListSheet | None]:
    price_list = _find(request, list_id)
    mine = ListSheet.objects.of_person(request.actor).filter(price_list=price_list)
    return price_list, mine.select_related("company", "price_list__company").first()


def _back(request: CompanyRequest, price_list: PriceList) -> HttpResponse:
    return see_other(reverse("list_sheet", args=[request.company.slug, price_list.pk]))


def _list_url(request: CompanyRequest, price_list: PriceList) -> str:
    return reverse("price_list", args=[request.company.slug, price_list.pk])


def _said(written: Comparison) -> str:
    n = len(written.changes)
    if not n:
        return _("The list says all this already: nothing was changed.")
    return ngettext("%(n)s line was changed.", "%(n)s lines were changed.", n) % {"n": f"{n:,}"}


def _screen(
    request: CompanyRequest,
    list_id: int,
    *,
    sending: SheetForm | None = None,
    columns: SheetColumnsForm | None = None,
    no: Denied | None = None,
) -> HttpResponse:
    price_list, sheet = _find_sheet(request, list_id)  # as it is now, also after a no
    found = compare(sheet, price_list) if sheet and is_understood(sheet.mapping) else None
    page, changes = _paged(request, found)
    context = {
        "company": request.company,
        "price_list": price_list,
        "sheet": sheet,
        "sending": sending or SheetForm(),
        "columns": columns or (SheetColumnsForm(of=sheet) if sheet else None),
        "found": found,
        "page": page,
        "changes": changes,
        "problems": found.problems[:PROBLEMS_SHOWN] if found else (),
        "no": no if sending is None and columns is None else None,
        "key": new_key(),
        "part": "lists",
    }
    status = no.status if no else 200
    return page_or_part(request, "prices/list_sheet.html", context, page="prices/list_sheet.html", status=status)


def _paged(request: CompanyRequest, found: Comparison | None) -> tuple[Page, Sequence[Change]]:
    changes = found.changes if found else ()
    page = page_of(page_number(request), CHANGES_SIZE, len(changes))
    return page, changes[(page.number - 1) * page.size : page.number * page.size]
