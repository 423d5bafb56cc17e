"""The quick order pad: lines that are checked as they are typed, pasted tables, and one step into the cart."""

import re
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from backend.catalog.models import Sku
from backend.core.errors import Denied
from backend.events import log
from backend.orders.quick import queries
from backend.orders.quick.actions import PutIn, clear_pad, paste_table, put_pad_in_cart, read_again, write_lines
from backend.orders.quick.files import MAX_BYTES
from backend.orders.quick.models import QuickPad
from frontend_htmx.catalog.buying import buyer_on, price_topics
from frontend_htmx.fields import new_key
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.orders.buying import require_buyer
from frontend_htmx.orders.quick.forms import ColumnsForm, PasteForm, typed_lines
from frontend_htmx.paging import number_of

CHECKED = re.compile(r"(?P<part>check|line)-(?P<position>\d{1,4})")
PARTS = {"check": "orders/quick/_check.html", "line": "orders/quick/_line.html"}


@require_safe
@vary_on_headers("HX-Request")
def quick_order(request: CompanyRequest, company: str) -> HttpResponse:
    """The person's pad as it was left, every line checked anew. Nine queries at most."""
    require_buyer(request)
    return _pad(request)


@require_POST
def create_quick_lines(request: CompanyRequest, company: str) -> HttpResponse:
    """Lines say what was typed; htmx is answered with what became of the one that it asks about."""
    require_buyer(request)
    write_lines(typed_lines(request.POST), actor=request.actor)
    asked = CHECKED.fullmatch(request.htmx.target or "")
    if asked is None or not wants_part(request):
        return see_other(_own_page(request))
    line = queries.check_line(request.actor, buyer_on(request), int(asked["position"]))
    return page_or_part(request, PARTS[asked["part"]], {"company": request.company, "line": line})


@require_POST
def create_paste(request: CompanyRequest, company: str) -> HttpResponse:
    """Rows of a spreadsheet stand on the pad, below what was there."""
    require_buyer(request)
    form = PasteForm(request.POST, request.FILES)
    no = attempt(form, lambda rows, key: paste_table(rows, key=key, actor=request.actor))
    return _after(request, no, paste=form if no else None)


@require_POST
def create_reading(request: CompanyRequest, company: str) -> HttpResponse:
    """What was pasted last is read with other columns."""
    require_buyer(request)
    pad = QuickPad.objects.of_person(request.actor).first() or QuickPad()
    form = ColumnsForm(request.POST, table=pad.table, columns=pad.columns)
    no = attempt(form, lambda columns: read_again(columns, actor=request.actor))
    return _after(request, no, columns=form if no else None)


@require_POST
def create_clearing(request: CompanyRequest, company: str) -> HttpResponse:
    """The pad is empty."""
    require_buyer(request)
    clear_pad(actor=request.actor)
    return _after(request, None)


@require_POST
def create_cart_filling(request: CompanyRequest, company: str) -> HttpResponse:
    """All of the pad, or all of it that can be ordered, goes into the cart. What stands in the fields counts."""
    require_buyer(request)
    write_lines(typed_lines(request.POST), actor=request.actor)
    key, only_ready = request.POST.get("key", "") or new_key(), "only_ready" in request.POST
    try:
        put = put_pad_in_cart(request.company, only_ready=only_ready, key=key, actor=request.actor)
    except Denied as denied:
        return _pad(request, no=denied)
    return _put(request, put)


def _put(request: CompanyRequest, put: PutIn) -> HttpResponse:
    """To the cart; or, where some lines are left, back to them."""
    text = ngettext("%(n)d line is in your cart now.", "%(n)d lines are in your cart now.", put.lines)
    messages.success(request, text % {"n": put.lines})
    where = _own_page(request) if put.left else reverse("cart", args=[request.company.slug])
    return HttpResponseClientRedirect(where) if wants_part(request) else see_other(where)


def _after(
    request: CompanyRequest, no: Denied | None, *, paste: PasteForm | None = None, columns: ColumnsForm | None = None
) -> HttpResponse:
    if no is None and not wants_part(request):
        return see_other(_own_page(request))
    return _pad(request, paste=paste, columns=columns, no=no)


def _own_page(request: CompanyRequest) -> str:
    """The page of the pad that the person looks at, with as many lines."""
    asked = {name: number_of(request.POST.get(name, "") or request.GET.get(name, "")) for name in ("page", "lines")}
    query = urlencode({name: number for name, number in asked.items() if number > 1})
    return reverse("quick_order", args=[request.company.slug]) + (f"?{query}" if query else "")


def _pad(
    request: CompanyRequest,
    *,
    paste: PasteForm | None = None,
    columns: ColumnsForm | None = None,
    no: Denied | None = None,
) -> HttpResponse:
    position = log.last_position()  # before the prices: what is committed after it is told to this page
    buyer = buyer_on(request)
    asked = request.POST if request.method == "POST" else request.GET
    at_least = max(number_of(asked.get("lines", "")), queries.LEAST_SHOWN)
    pad = queries.read_pad(request.actor, buyer, number_of(asked.get("page", "")), at_least=at_least)
    topics = price_topics(buyer)
    context = {
        "company": request.company,
        "pad": pad,
        "paste": paste or PasteForm(),
        "max_bytes": str(MAX_BYTES),
        "columns": columns or (ColumnsForm(table=pad.table, columns=pad.columns) if pad.columns else None),
        "key": new_key(),
        "refusal": no.message if no and paste is None and columns is None else "",
        "price_topics": topics,
        "topics": [*topics, *(f"stock:{sku.pk}" for sku in _skus(pad))],
        "position": position,
        "own_page": _own_page(request),
        "at_least": at_least,
        "more": min(len(pad.lines) + queries.LEAST_SHOWN, queries.PAGE_SIZE),
    }
    status = no.status if no else 200
    return page_or_part(request, "orders/quick/_pad.html", context, page="orders/quick/pad.html", status=status)


def _skus(pad: queries.PadView) -> list[Sku]:
    return [line.offer.sku for line in pad.lines if line.offer]
