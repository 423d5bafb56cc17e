"""A row of the stock grid and the small forms in it, as their fragments show them: values that can be kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.catalog.states import ProductStatus
from backend.inventory.disclosure import Disclosure
from backend.inventory.grid import GridRow
from backend.inventory.models import Warehouse
from backend.inventory.queries import StockLevelView
from frontend_htmx.inventory.forms import CountForm, DisclosureForm


@dataclass(frozen=True, slots=True)
class CountView:
    """A count of one level: fragment inventory/_count_form.html. Fresh, or as it was refused, with its `key`."""

    company: str
    sku_id: int
    code: str
    warehouse_id: int
    warehouse: str
    with_movements: bool = False
    typed: str = ""
    seen: str = ""
    key: str = ""
    errors: Sequence[str] = ()
    difference: int | None = None


@dataclass(frozen=True, slots=True)
class DisclosureView:
    """What buyers may know of one SKU's stock: fragment inventory/_disclosure_form.html."""

    company: str
    sku_id: int
    code: str
    chosen: str
    with_label: bool = False
    errors: Sequence[str] = ()

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        return [(each.value, str(each.label)) for each in Disclosure]


@dataclass(frozen=True, slots=True)
class ShownStock:
    """A row of the grid: fragment inventory/_grid_row.html, with the forms that its reader's role has."""

    company: str
    sku_id: int
    code: str
    product: str
    status: ProductStatus
    stock: StockLevelView
    counts: Sequence[CountView] | None
    disclosure: DisclosureView | None


def shown_row(company: str, row: GridRow, houses: Sequence[Warehouse], rights: Mapping[str, bool]) -> ShownStock:
    """No query."""
    return ShownStock(
        company,
        row.sku_id,
        row.code,
        row.product,
        row.status,
        row.stock,
        counts_beside(company, row, houses) if rights["can_adjust"] else None,
        DisclosureView(company, row.sku_id, row.code, row.disclosure) if rights["can_disclose"] else None,
    )


def counts_beside(company: str, row: GridRow, houses: Sequence[Warehouse]) -> Sequence[CountView]:
    """The counts beside a row's levels: where the SKU lies; the first warehouse if it lies nowhere yet."""
    used = {level.warehouse_id for level in row.stock.levels}
    beside = [house for house in houses if house.pk in used] or houses[:1]
    return tuple(CountView(company, row.sku_id, row.code, house.pk, house.name) for house in beside)


def refused_count(company: str, form: CountForm, *, with_movements: bool) -> CountView:
    """As it was typed, and why it was refused."""
    sku, house = form.sku, form.of_warehouse
    return CountView(
        company,
        sku.pk,
        sku.code,
        house.pk,
        house.name,
        with_movements,
        typed=form["quantity"].value() or "",
        seen=form["seen"].value() or "",
        key=form["key"].value() or "",
        errors=tuple(str(errors[0]) for errors in form.errors.values()),
        difference=form.difference,
    )


def disclosure_of(company: str, form: DisclosureForm, *, with_label: bool) -> DisclosureView:
    """The choice as it is, or as it was refused."""
    errors = tuple(str(errors[0]) for errors in form.errors.values())
    return DisclosureView(company, form.sku.pk, form.sku.code, form["disclosure"].value() or "", with_label, errors)
