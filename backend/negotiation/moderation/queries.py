"""Reports as the market's operators see them, and whom a company has blocked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from backend.core.row_security import across_companies
from backend.negotiation.models import Block, Report
from backend.negotiation.moderation.rules import look_through
from backend.negotiation.moderation.states import Reason, ReportStatus

MOST_OPEN, MOST_DECIDED, MOST_BLOCKS = 100, 50, 200
OPERATORS = "the market's operators see every report"


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report with the one message that it is about; of the rest of the room operators see nothing."""

    pk: int
    room_id: int
    number: str
    company: str
    person: str
    about: str
    reason: Reason
    words: str
    status: ReportStatus
    made_at: datetime
    said: str
    found: Sequence[tuple[str | Promise, str]]
    """What the rules find in it."""
    has_message: bool
    is_suspended: bool
    decided_by: str
    decided_at: datetime | None
    decided_why: str


@across_companies(why=OPERATORS)
def open_reports(rows: slice = slice(MOST_OPEN)) -> Sequence[ReportView]:
    """The oldest first: they have waited longest. One query."""
    found = Report.objects.across_companies(why=OPERATORS).open().with_what_was_said()
    return [_view(each) for each in found.order_by("made_at", "pk")[rows]]


@across_companies(why=OPERATORS)
def decided_reports(rows: slice = slice(MOST_DECIDED)) -> Sequence[ReportView]:
    """What was decided, by whom and why, the newest first. One query."""
    found = Report.objects.across_companies(why=OPERATORS).decided().with_what_was_said()
    return [_view(each) for each in found.order_by("-decided_at", "-pk")[rows]]


def blocks_of(company_id: int, rows: slice = slice(MOST_BLOCKS)) -> Sequence[Block]:
    """Whom a company has blocked, and who of it did. One query."""
    blocks = Block.objects.of_company(company_id).select_related("blocked", "made_by")
    return list(blocks.order_by("blocked__name")[rows])


def _view(row: Report) -> ReportView:
    said = row.entry.text if row.entry else ""
    return ReportView(
        pk=row.pk,
        room_id=row.room_id,
        number=row.room.enquiry.number,
        company=row.company.name,
        person=row.made_by.name,
        about=row.about.name,
        reason=Reason(row.reason),
        words=row.words,
        status=ReportStatus(row.status),
        made_at=row.made_at,
        said=said,
        found=[(each.rule.name, each.text) for each in look_through(said)],
        has_message=row.entry is not None,
        is_suspended=row.room.suspended_at is not None,
        decided_by=row.decided_by.name if row.decided_by else "",
        decided_at=row.decided_at,
        decided_why=row.decided_why,
    )
