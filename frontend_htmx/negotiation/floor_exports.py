"""What a seller alone knows of his offers, as files: lowest prices, what waits below them, automatic answers."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.pricing.reading import written
from backend.catalog.queries import all_slices
from backend.catalog.transfer.exporting import Column
from backend.negotiation.automatic.queries import RunRow, answer_rules, answer_runs
from backend.negotiation.floors.queries import FloorRow, HeldLine, HeldView, floors_of, held_page
from backend.negotiation.models import AnswerRule
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest
from frontend_htmx.negotiation.automatic import require_rules
from frontend_htmx.negotiation.floors import require_floors

FLOOR_COLUMNS: tuple[Column[FloorRow], ...] = (
    Column(_("SKU"), lambda row: row.code),
    Column(_("Product"), lambda row: row.name),
    Column(_("Category"), lambda row: row.category),
    Column(_("Lowest price"), lambda row: Decimal(written(row.min_price)) if row.min_price else None),
    Column(_("Currency"), lambda row: row.min_price.currency if row.min_price else ""),
    Column(_("Lowest margin"), lambda row: row.min_margin),
)


@dataclass(frozen=True, slots=True)
class Held:
    """One line of an offer that waits, or waited."""

    offer: HeldView
    line: HeldLine


HELD_COLUMNS: tuple[Column[Held], ...] = (
    Column(_("About"), lambda row: row.offer.title),
    Column(_("Buyer"), lambda row: row.offer.buyer),
    Column(_("Person"), lambda row: row.offer.author),
    Column(_("Status"), lambda row: str(row.offer.state.label)),
    Column(_("SKU"), lambda row: row.line.code),
    Column(_("Product"), lambda row: row.line.name),
    Column(_("Quantity"), lambda row: row.line.quantity),
    Column(_("Each"), lambda row: Decimal(written(row.line.unit_price))),
    Column(_("Cheapest"), lambda row: Decimal(written(row.line.cheapest)) if row.line.cheapest else None),
    Column(_("Your least"), lambda row: Decimal(written(row.line.least)) if row.line.least else None),
    Column(_("Freight"), lambda row: row.offer.freight.amount),
    Column(_("Total before tax"), lambda row: row.offer.total.amount),
    Column(_("Currency"), lambda row: row.offer.net.currency),
    Column(_("Valid until (UTC)"), lambda row: row.offer.valid_until),
    Column(_("Asked (UTC)"), lambda row: row.offer.asked_at),
    Column(_("Decided by"), lambda row: row.offer.decided_by),
    Column(_("Decided (UTC)"), lambda row: row.offer.decided_at),
    Column(_("Reason"), lambda row: row.offer.word),
)
RULE_COLUMNS: tuple[Column[AnswerRule], ...] = (
    Column(_("Rule"), lambda row: row.name),
    Column(_("SKU"), lambda row: row.sku.code if row.sku else ""),
    Column(_("Category"), lambda row: row.category.name if row.category else ""),
    Column(_("Quantity from"), lambda row: row.min_quantity),
    Column(_("Quantity up to"), lambda row: row.max_quantity),
    Column(_("Percent off"), lambda row: row.percent_off),
    Column(_("Today"), lambda row: row.today),  # type: ignore[attr-defined]  # counted by its query
    Column(_("A day"), lambda row: row.per_day),
    Column(_("In whose name"), lambda row: str(row.set_up_by or "")),
    Column(_("Rests"), lambda row: not row.is_on),
)
RUN_COLUMNS: tuple[Column[RunRow], ...] = (
    Column(_("About"), lambda row: row.title),
    Column(_("Buyer"), lambda row: row.buyer),
    Column(_("What came of it"), lambda row: str(row.outcome.label)),
    Column(_("Reason"), lambda row: row.why),
    Column(_("Rule"), lambda row: row.rule),
    Column(_("When (UTC)"), lambda row: row.ran_at),
)


@require_safe
def export_floors(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The least that the company takes; a row without SKU and category is of all that it sells."""
    require_floors(request)
    pk = request.company.pk
    return export(request, form, "lowest-prices", FLOOR_COLUMNS, all_slices(lambda rows: floors_of(pk, rows), pk))


@require_safe
def export_held(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The offers that wait for an approval, then those that were decided: a row for each line."""
    require_floors(request)
    pk, none = request.company.pk, slice(0)
    waiting = all_slices(lambda rows: held_page(pk, waiting=rows, decided=none).waiting, pk)
    decided = all_slices(lambda rows: held_page(pk, waiting=none, decided=rows).decided, pk)
    lines = (Held(offer, line) for offer in chain(waiting, decided) for line in offer.lines)
    return export(request, form, "to-approve", HELD_COLUMNS, lines)


@require_safe
def export_rules(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """What is answered by itself; a rule without SKU and category is of all that the company sells."""
    require_rules(request)
    return export(request, form, "automatic-answers", RULE_COLUMNS, answer_rules(request.company.pk))


@require_safe
def export_runs(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """What came of enquiries that a rule looked at, the newest first."""
    require_rules(request)
    pk = request.company.pk
    return export(request, form, "answered", RUN_COLUMNS, all_slices(lambda rows: answer_runs(pk, rows), pk))
