"""Standing orders as files, and what became of the days of one."""

from dataclasses import dataclass

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.queries import all_slices
from backend.catalog.transfer.exporting import Column
from backend.orders.models import StandingOrder, StandingRun
from backend.orders.standing import queries
from backend.orders.standing.states import Standing
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest
from frontend_htmx.orders.standing.views import find_standing
from frontend_htmx.orders.views import require_view

COLUMNS: tuple[Column[StandingOrder], ...] = (
    Column(_("Name"), lambda row: row.name),
    Column(_("Status"), lambda row: row.get_state_display()),
    Column(_("Next on"), lambda row: str(row.next_on) if row.state == Standing.ACTIVE else ""),
    Column(_("Every"), lambda row: row.n),
    Column(_("Days, weeks or months"), lambda row: row.get_every_display()),
    Column(_("Set up by"), lambda row: row.set_up_by.name),
)


@dataclass(frozen=True, slots=True)
class Day:
    """What became of one day."""

    run: StandingRun
    orders: str


RUN_COLUMNS: tuple[Column[Day], ...] = (
    Column(_("Day"), lambda row: str(row.run.due_on)),
    Column(_("What became of it"), lambda row: row.run.get_outcome_display()),
    Column(_("Orders"), lambda row: row.orders),
    Column(_("Reason"), lambda row: row.run.why),
)


@require_safe
def export_standing(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The company's standing orders, those that go on first."""
    require_view(request)
    return export(request, form, "standing-orders", COLUMNS, queries.standing_orders(request.actor))


@require_safe
def export_runs(request: CompanyRequest, company: str, standing_id: int, form: str) -> StreamingHttpResponse:
    """All days of one, the newest first."""
    standing = find_standing(request, standing_id)

    def read(rows: slice) -> list[Day]:
        view = queries.standing_view(standing, rows)
        numbers = {group: ", ".join(order.number for order in orders) for group, orders in view.orders.items()}
        return [Day(run, numbers.get(run.group_id or 0, "")) for run in view.runs]

    return export(request, form, f"standing-order-{standing.pk}", RUN_COLUMNS, all_slices(read, standing.company_id))
