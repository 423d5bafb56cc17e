"""A seller's stock: the grid, and one SKU with its movements. Their forms post to changes.py."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from backend.catalog.models import Sku
from backend.events import log
from backend.inventory import grid, queries
from backend.inventory.limits import queries as limits_said
from backend.inventory.lots.queries import lot_numbers
from backend.inventory.models import Warehouse
from backend.inventory.movements.queries import moves, stock_history
from backend.inventory.queries import StockLevelView
from frontend_htmx.http import CompanyRequest, page_or_part, wants_part
from frontend_htmx.inventory.desk import chosen_among, desk_topic, own_sku, require_view, rights, warehouses_of
from frontend_htmx.inventory.forms import (
    AdjustForm,
    CountForm,
    DisclosureForm,
    LimitsForm,
    LowMarkForm,
    limits_forms,
)
from frontend_htmx.inventory.lot_forms import LeaveLotsForm, LotForm
from frontend_htmx.inventory.low import few_low
from frontend_htmx.inventory.rows import CountView, disclosure_of, refused_count, shown_row
from frontend_htmx.paging import page_number, search_text


@require_safe
@vary_on_headers("HX-Request")
def stock_grid(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's stock, or what it keeps in one warehouse, editable in place, below what runs low.

    Seven queries at most.
    """
    require_view(request)
    text, grid_topic = search_text(request), f"stock_grid:{request.company.pk}"
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    houses = warehouses_of(request)
    chosen = chosen_among(request, houses)
    found = grid.stock_grid(
        request.company.pk, text=text, warehouse_id=chosen.pk if chosen else None, number=page_number(request)
    )
    may = rights(request)
    context = {
        "company": request.company,
        "page": found.page,
        "rows": [shown_row(request.company.slug, row, [chosen] if chosen else houses, may) for row in found.rows],
        "topics": [grid_topic, *(f"stock_level:{row.sku_id}" for row in found.rows)],
        "grid_topic": grid_topic,
        "position": position,
        "text": text,
        "warehouses": houses,
        "chosen": chosen,
        "part": "grid",
        **few_low(request, position),
        **may,
    }
    return page_or_part(request, "inventory/_grid.html", context, page="inventory/grid.html")


@require_safe
@vary_on_headers("HX-Request")
def sku_stock(request: CompanyRequest, company: str, sku_id: int) -> HttpResponse:
    """One SKU's stock and why it is what it is. Eight queries. Two parts of the page keep themselves true."""
    sku = own_sku(request, sku_id)
    part = "inventory/_movements.html" if request.htmx.target == f"movements-{sku.pk}" else "inventory/_levels.html"
    return page_or_part(request, part, sku_screen(request, sku), page="inventory/sku.html")


def sku_screen(
    request: CompanyRequest,
    sku: Sku,
    *,
    count: CountForm | None = None,
    adjust: AdjustForm | None = None,
    disclosure: DisclosureForm | None = None,
    limits: LimitsForm | None = None,
    low_mark: LowMarkForm | None = None,
    begin_lots: LotForm | None = None,
    end_lots: LeaveLotsForm | None = None,
    is_refused: bool = False,
) -> dict[str, object]:
    """What the page of a SKU shows: the form that was refused as it was typed, all others fresh."""
    desk = desk_topic(request)
    stock, disclosed = queries.stock_with_disclosure([sku.pk])[sku.pk]
    houses = warehouses_of(request)
    refused_of = count.of_warehouse if count and is_refused else None
    counted = () if stock.by_lots else houses
    counts = [shown_count(request, sku, house, count if house == refused_of else None) for house in counted]
    limits_now = limits_forms(sku, houses, stock.levels)
    low_at, default = limits_said.low_marks(request.company.pk, sku.pk)
    chosen = disclosure or DisclosureForm(sku=sku, initial={"disclosure": disclosed})
    return {
        "company": request.company,
        "own_page": reverse("sku_stock", args=[request.company.slug, sku.pk]),
        "sku": sku,
        "stock": stock,
        "counts": counts,
        "count": count and shown_count(request, sku, count.of_warehouse, count if is_refused else None, as_sent=True),
        "adjust": adjust if adjust and is_refused else _fresh_adjust(sku, houses, stock),
        "begin_lots": None if stock.by_lots else begin_lots or LotForm(),
        "end_lots": (end_lots or LeaveLotsForm()) if stock.by_lots else None,
        "disclosure": disclosure_of(request.company.slug, chosen, with_label=not (disclosure and wants_part(request))),
        "limits": limits_now,
        "limit": _in_place(limits_now, limits, is_refused),
        "low_mark": low_mark if low_mark and is_refused else LowMarkForm(low_at=low_at, default=default),
        "topics": [f"stock_level:{sku.pk}", desk["desk_topic"]],
        **desk,
        **movements(request, sku, desk["desk_topic"]),
        **rights(request),
    }


def _fresh_adjust(sku: Sku, houses: Sequence[Warehouse], stock: StockLevelView) -> AdjustForm:
    """One query more where the SKU is kept by lots."""
    return AdjustForm(sku=sku, warehouses=houses, lots=lot_numbers(sku) if stock.by_lots else None)


def shown_count(
    request: CompanyRequest, sku: Sku, house: Warehouse, refused: CountForm | None, *, as_sent: bool = False
) -> CountView:
    """The count of one warehouse, as it was typed where it was refused. The SKU's page has the movements below it; what
    answers a count has them if the form was sent with them."""
    slug, with_movements = request.company.slug, "movements" in request.POST if as_sent else True
    if refused:
        return refused_count(slug, refused, with_movements=with_movements)
    return CountView(slug, sku.pk, sku.code, house.pk, house.name, with_movements)


def _in_place(fresh: list[LimitsForm], typed: LimitsForm | None, is_refused: bool) -> LimitsForm | None:
    """The form that was sent, among the others: as it was typed where it was refused, fresh where it was not."""
    if typed is None:
        return None
    place = next(n for n, form in enumerate(fresh) if form.of_warehouse == typed.of_warehouse)
    if is_refused:
        fresh[place] = typed
    return fresh[place]


def movements(request: CompanyRequest, sku: Sku, desk_topic: str) -> dict[str, object]:
    """A page of a SKU's movements, the first of which is a live log, and the picture above them."""
    found = moves(sku.pk, number=page_number(request))
    log = [f"stock_moves:{sku.pk}"] if found.page.number == 1 else []
    return {
        "found": found,
        "history": stock_history(sku.pk),
        "movement_topics": [f"stock_history:{sku.pk}", desk_topic, *log],
    }
