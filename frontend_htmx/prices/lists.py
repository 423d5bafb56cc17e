"""A seller's price lists: who has which prices, and from when to when."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.catalog.lists import queries
from backend.catalog.lists.actions import Changes, change_entries, create_price_list, edit_price_list, move_price_list
from backend.catalog.lists.models import PriceList
from backend.catalog.lists.states import ListState
from backend.catalog.transfer.exporting import Column
from backend.core.errors import Denied, Refused
from frontend_htmx.exports import export
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.paging import page_number, search_text
from frontend_htmx.prices.desk import require_prices
from frontend_htmx.prices.forms import LineForm, ListForm, line_forms, typed_lines


def _status(row: queries.ListRow) -> str:
    return _("Outside of its schedule") if row.is_waiting else str(row.state.label)


LIST_COLUMNS: tuple[Column[queries.ListRow], ...] = (
    Column(gettext_lazy("Name"), lambda row: row.name),
    Column(gettext_lazy("For"), lambda row: str(row.kind.label)),
    Column(gettext_lazy("Companies and groups"), lambda row: row.audience),
    Column(gettext_lazy("Priority"), lambda row: row.priority),
    Column(gettext_lazy("Currency"), lambda row: row.currency),
    Column(gettext_lazy("Starts (UTC)"), lambda row: row.starts_at),
    Column(gettext_lazy("Ends (UTC)"), lambda row: row.ends_at),
    Column(gettext_lazy("Lines"), lambda row: row.lines),
    Column(gettext_lazy("Status"), _status),
)


@require_safe
def show_lists(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's lists, the strongest first. Two queries."""
    require_prices(request)
    context = {
        "company": request.company,
        "lists": queries.price_lists(request.company.pk),
        "need_login": queries.prices_need_login(request.company.pk),
        "part": "lists",
    }
    return page_or_part(request, "prices/lists.html", context, page="prices/lists.html")


@require_safe
def export_lists(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The company's lists as its page shows them."""
    require_prices(request)
    return export(request, form, "price-lists", LIST_COLUMNS, queries.price_lists(request.company.pk))


@require_http_methods(["GET", "HEAD", "POST"])
def new_list(request: CompanyRequest, company: str) -> HttpResponse:
    """A form, and what comes of it: a draft that prices nothing yet."""
    require_prices(request)
    form, made = ListForm(request.POST or None, groups=queries.groups(request.company.pk)), list[PriceList]()

    def create(*, key: str, **_given: object) -> None:
        made.append(create_price_list(request.company, form.draft, key=key, actor=request.actor))

    no = attempt(form, create) if form.is_bound else None
    if made:
        messages.success(request, _("Saved as a draft. Put prices into it, then put it in force."))
        return see_other(reverse("price_list", args=[company, made[0].pk]))
    context = {"company": request.company, "form": form, "part": "lists"}
    status = no.status if no else 200
    return page_or_part(request, "prices/new_list.html", context, page="prices/new_list.html", status=status)


@require_safe
def show_list(request: CompanyRequest, company: str, list_id: int) -> HttpResponse:
    """A list with its terms, its audience and a page of its lines. Six queries."""
    return _screen(request, _find(request, list_id))


@require_POST
def create_terms(request: CompanyRequest, company: str, list_id: int) -> HttpResponse:
    """Other terms, or another audience, from now on."""
    price_list = _find(request, list_id)
    form = ListForm(request.POST, groups=queries.groups(request.company.pk))

    def edit(*, seen: int | None, **_given: object) -> None:
        edit_price_list(price_list, form.draft, seen=seen or 0, actor=request.actor)

    return _answer(request, price_list, attempt(form, edit), terms=form)


@require_POST
def create_lines(request: CompanyRequest, company: str, list_id: int) -> HttpResponse:
    """The lines as they were typed: put in, changed, taken out."""
    price_list = _find(request, list_id)
    lines = typed_lines(request.POST, price_list.currency)
    return _answer(request, price_list, _change(request, price_list, lines), lines=lines)


@require_POST
def create_state(request: CompanyRequest, company: str, list_id: int) -> HttpResponse:
    """Puts a list in force, pauses or archives it."""
    price_list = _find(request, list_id)
    asked = request.POST.get("to", "")
    try:
        if asked not in ListState.values:
            raise Refused(_("A list can't become “%(to)s”.") % {"to": asked[:20]})
        move_price_list(price_list, ListState(asked), actor=request.actor)
    except Denied as denied:
        return _answer(request, price_list, denied)
    return _answer(request, price_list, None)


def _change(request: CompanyRequest, price_list: PriceList, lines: Sequence[LineForm]) -> Denied | None:
    used = [line for line in lines if line.has_changed() or line.is_old]
    if [line for line in used if not line.is_valid()]:  # all of them are read: each says what is wrong with it
        return Refused(_("Some lines can’t be read: the fields say why."))
    seen = request.POST.get("seen", "")
    try:
        version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else 0
        change_entries(price_list, _changes(used), seen=version, actor=request.actor)
    except Denied as denied:
        return denied
    return None


def _changes(lines: Sequence[LineForm]) -> Changes:
    """A line whose quantity changed leaves its old place."""
    given = [(line, line.cleaned_data) for line in lines if line.cleaned_data.get("code")]
    put = [line.entry for line, typed in given if not typed["gone"] and "step" in typed]
    left = {(typed["code"].upper(), typed["was"]) for line, typed in given if line.is_old}
    return Changes(put, sorted(left))


def _find(request: CompanyRequest, list_id: int) -> PriceList:
    require_prices(request)
    own = PriceList.objects.of_company(request.company.pk).select_related("company")
    return get_object_or_404(own, pk=list_id)


def _answer(
    request: CompanyRequest,
    price_list: PriceList,
    no: Denied | None,
    *,
    terms: ListForm | None = None,
    lines: Sequence[LineForm] | None = None,
) -> HttpResponse:
    if no is None:
        messages.success(request, _("Saved: %(name)s.") % {"name": price_list})
        return see_other(reverse("price_list", args=[request.company.slug, price_list.pk]))
    return _screen(request, price_list, no=no, terms=terms, lines=lines)


def _screen(
    request: CompanyRequest,
    price_list: PriceList,
    *,
    no: Denied | None = None,
    terms: ListForm | None = None,
    lines: Sequence[LineForm] | None = None,
) -> HttpResponse:
    text = search_text(request)
    found = queries.list_lines(price_list, text=text, number=page_number(request))
    of = {"of": price_list, "audience": queries.audience_of(price_list)}
    context = {
        "company": request.company,
        "price_list": price_list,
        "form": terms or ListForm(groups=queries.groups(request.company.pk), **of),  # type: ignore[arg-type]
        "found": found,
        "lines": lines if lines is not None else line_forms(found.rows, price_list.currency),
        "moves": queries.next_states(price_list),
        "no": no,
        "text": text,
        "part": "lists",
    }
    status = no.status if no else 200
    return page_or_part(request, "prices/list.html", context, page="prices/list.html", status=status)
