"""A seller's stock: the grid, and one SKU with its movements. Their forms post to changes.py."""

from typing import TypeVar

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from backend.catalog.models import Sku
from backend.events import log
from backend.inventory import queries
from backend.inventory.limits import queries as limits_said
from frontend_htmx.http import CompanyRequest, page_or_part
from frontend_htmx.inventory.desk import chosen_among, desk_topic, own_sku, require_view, rights, warehouses_of
from frontend_htmx.inventory.forms import (
    AdjustForm,
    CountForm,
    DisclosureForm,
    LimitsForm,
    LowMarkForm,
    count_forms,
    limits_forms,
    row_count_forms,
)
from frontend_htmx.inventory.low import few_low
from frontend_htmx.paging import page_number, search_text

F = TypeVar("F", CountForm, LimitsForm)


@require_safe
@vary_on_headers("HX-Request")
def stock_grid(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's stock, or what it keeps in one warehouse, editable in place, below what runs low.

    Eight queries at most.
    """
    require_view(request)
    text, grid_topic = search_text(request), f"stock_grid:{request.company.pk}"
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    houses = warehouses_of(request)
    chosen = chosen_among(request, houses)
    grid = queries.stock_grid(
        request.company.pk, text=text, warehouse_id=chosen.pk if chosen else None, number=page_number(request)
    )
    context = {
        "company": request.company,
        "page": grid.page,
        "rows": [
            {
                "row": row,
                "counts": row_count_forms(row.sku, [chosen] if chosen else houses, row.stock.levels),
                "disclosure": DisclosureForm(sku=row.sku, initial={"disclosure": row.disclosure}),
            }
            for row in grid.rows
        ],
        "topics": [grid_topic, *(f"stock_level:{row.sku.pk}" for row in grid.rows)],
        "grid_topic": grid_topic,
        "position": position,
        "text": text,
        "warehouses": houses,
        "chosen": chosen,
        "part": "grid",
        **few_low(request),
        **rights(request),
    }
    return page_or_part(request, "inventory/_grid.html", context, page="inventory/grid.html")


@require_safe
@vary_on_headers("HX-Request")
def sku_stock(request: CompanyRequest, company: str, sku_id: int) -> HttpResponse:
    """One SKU's stock and why it is what it is. Thirteen queries. Two parts of the page keep themselves true."""
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
    is_refused: bool = False,
) -> dict[str, object]:
    """What the page of a SKU shows: the form that was refused as it was typed, all others fresh."""
    desk = desk_topic(request)
    stock = queries.stock_level(sku.pk)
    houses = warehouses_of(request)
    counts, limits_now = count_forms(sku, houses), limits_forms(sku, houses, stock.levels)
    default, own_mark = limits_said.low_mark(request.company.pk), limits_said.own_low_mark(sku.pk)
    return {
        "company": request.company,
        "own_page": reverse("sku_stock", args=[request.company.slug, sku.pk]),
        "sku": sku,
        "stock": stock,
        "counts": counts,
        "count": _in_place(counts, count, is_refused),
        "adjust": adjust if adjust and is_refused else AdjustForm(sku=sku, warehouses=houses),
        "disclosure": disclosure or DisclosureForm(sku=sku, initial={"disclosure": queries.disclosure(sku.pk)}),
        "limits": limits_now,
        "limit": _in_place(limits_now, limits, is_refused),
        "low_mark": low_mark if low_mark and is_refused else LowMarkForm(low_at=own_mark, default=default),
        "topics": [f"stock_level:{sku.pk}", desk["desk_topic"]],
        **desk,
        **movements(request, sku, desk["desk_topic"]),
        **rights(request),
    }


def _in_place(fresh: list[F], typed: F | None, is_refused: bool) -> F | None:
    """The form that was sent, among the others: as it was typed where it was refused, fresh where it was not."""
    if typed is None:
        return None
    place = next(n for n, form in enumerate(fresh) if form.of_warehouse == typed.of_warehouse)
    if is_refused:
        fresh[place] = typed
    return fresh[place]


def movements(request: CompanyRequest, sku: Sku, desk_topic: str) -> dict[str, object]:
    """A page of a SKU's movements, the first of which is a live log, and the picture above them."""
    found = queries.moves(sku.pk, number=page_number(request))
    log = [f"stock_moves:{sku.pk}"] if found.page.number == 1 else []
    return {
        "found": found,
        "history": queries.stock_history(sku.pk),
        "movement_topics": [f"stock_history:{sku.pk}", desk_topic, *log],
    }
