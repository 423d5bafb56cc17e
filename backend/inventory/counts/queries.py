"""Count sheets, as their pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q

from backend.accounts.models import User
from backend.catalog.queries import Page, page_of
from backend.inventory.models import CountLine, CountSheet

LIST_SIZE = 50
SHEET_SIZE = 50


@dataclass(frozen=True, slots=True)
class CountLineView:
    """What was counted of a line: fragment inventory/_counted_line.html, topic `count_line:<pk>`."""

    line_id: int
    version: int
    counted: int | None
    expected: int | None
    reason: str
    by: str
    at: datetime | None

    @property
    def difference(self) -> int:
        return self.counted - self.expected if self.counted is not None and self.expected is not None else 0


@dataclass(frozen=True, slots=True)
class SheetRow:
    line: CountLine
    view: CountLineView


@dataclass(frozen=True, slots=True)
class SheetPage:
    page: Page
    rows: Sequence[SheetRow]


@dataclass(frozen=True, slots=True)
class SheetsPage:
    """`rows` know how many lines they have, how many were `counted_lines` and how many of those `differ`."""

    page: Page
    rows: Sequence[CountSheet]


def sheets(company_id: int, *, number: int = 1, size: int = LIST_SIZE) -> SheetsPage:
    """A page of a company's counts, the newest first. Two queries."""
    own = CountSheet.objects.of_company(company_id)
    page = page_of(number, size, own.count())
    rows = own.annotate(**_PROGRESS).select_related("warehouse").order_by("-begun_at", "-pk")
    return SheetsPage(page, list(rows[(page.number - 1) * page.size : page.number * page.size]))


def sheet_progress(sheet: CountSheet) -> CountSheet:
    """The sheet as it stands now, with how far it has come. One query."""
    return CountSheet.objects.this(sheet).annotate(**_PROGRESS).select_related("warehouse", "company").get()


def sheet_lines(sheet: CountSheet, *, text: str = "", number: int = 1, size: int = SHEET_SIZE) -> SheetPage:
    """A page of a sheet by code, or of those whose name or code contain the text. Three queries."""
    lines = sheet.lines.select_related("sku__product", "lot").order_by("sku__code", "lot__number")
    if text:
        lines = lines.filter(Q(sku__code__istartswith=text) | Q(sku__product__name__icontains=text))
    page = page_of(number, size, lines.count())
    found = list(lines[(page.number - 1) * page.size : page.number * page.size])
    people = User.objects.in_bulk({line.actor_id for line in found if line.actor_id})
    return SheetPage(page, [SheetRow(line, _view(line, people.get(line.actor_id or 0))) for line in found])


def count_line(line_id: int) -> CountLineView:
    """What was counted of one line. Two queries."""
    line = CountLine.objects.scoped(pk=line_id).get()  # its topic says who may watch it
    return _view(line, User.objects.filter(pk=line.actor_id or 0).first())


def _view(line: CountLine, person: User | None) -> CountLineView:
    by = str(person) if person else ""
    return CountLineView(line.pk, line.version, line.counted, line.expected, line.reason, by, line.counted_at)


_COUNTED = Q(lines__counted__isnull=False)
_PROGRESS = {
    "all_lines": Count("lines"),
    "counted_lines": Count("lines", filter=_COUNTED),
    "differ": Count("lines", filter=_COUNTED & ~Q(lines__counted=F("lines__expected"))),
}
