"""Lists around negotiations as files: exactly what they show, all of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.pricing.reading import written
from backend.catalog.queries import all_slices
from backend.catalog.transfer.exporting import Column, Value
from backend.core.money import UnitPrice
from backend.negotiation.bids.queries import Bid, BoardLine, BoardView, Cell, bid_board
from backend.negotiation.inbox.queries import RoomRow, inbox
from backend.negotiation.models import Block
from backend.negotiation.moderation.queries import ReportView, blocks_of, decided_reports, open_reports
from backend.negotiation.notices.queries import NoticeLine, NoticeView, open_notices
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest
from frontend_htmx.negotiation.enquiries import find_enquiry
from frontend_htmx.negotiation.moderation import require_operator
from frontend_htmx.negotiation.notices import require_seller, sought_in
from frontend_htmx.negotiation.views import require_view, wanted_in

ROOM_COLUMNS: tuple[Column[RoomRow], ...] = (
    Column(_("Number"), lambda row: row.number),
    Column(_("About"), lambda row: row.title),
    Column(_("With"), lambda row: row.partner),
    Column(_("Status"), lambda row: str(row.status.status.label)),
    Column(_("Waits for you"), lambda row: row.is_ours),
    Column(_("Answer until (UTC)"), lambda row: row.due_at),
    Column(_("Last moved (UTC)"), lambda row: row.moved_at),
    Column(_("Unread"), lambda row: row.unread),
)
SELLERS_ROOM_COLUMNS: tuple[Column[RoomRow], ...] = (
    *ROOM_COLUMNS,
    Column(_("Waits for approval"), lambda row: row.is_held),
)
"""No buyer learns that sellers approve what they answer."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What one seller offers of one line of an enquiry."""

    line: BoardLine
    bid: Bid
    cell: Cell


BOARD_COLUMNS: tuple[Column[Offered], ...] = (
    Column(_("Wanted"), lambda row: row.line.name),
    Column(_("Quantity"), lambda row: row.line.quantity),
    Column(_("About each"), lambda row: _price(row.line.target)),
    Column(_("Seller"), lambda row: row.bid.seller),
    Column(_("Status"), lambda row: str(row.bid.status.status.label)),
    Column(_("Offered"), lambda row: row.cell.quantity if row.cell.price else None),
    Column(_("Each"), lambda row: _price(row.cell.price)),
    Column(_("Best"), lambda row: row.cell.is_best),
    Column(_("Your counter-offer"), lambda row: row.bid.is_buyers),
    Column(_("Ordered"), lambda row: row.cell.awarded),
    Column(_("Freight"), lambda row: row.bid.freight.amount if row.bid.freight else None),
    Column(_("Total before tax, with freight"), lambda row: row.bid.total.amount if row.bid.total else None),
    Column(_("Currency"), lambda row: row.cell.price.currency if row.cell.price else ""),
    Column(_("Lead time (days)"), lambda row: row.bid.lead_time_days),
    Column(_("Valid until (UTC)"), lambda row: row.bid.valid_until),
)


@dataclass(frozen=True, slots=True)
class Sought:
    """One line of an open enquiry."""

    notice: NoticeView
    line: NoticeLine


NOTICE_COLUMNS: tuple[Column[Sought], ...] = (
    Column(_("About"), lambda row: row.notice.title),
    Column(_("Wanted"), lambda row: row.line.name),
    Column(_("Quantity"), lambda row: row.line.quantity),
    Column(_("Your SKU"), lambda row: row.line.code),
    Column(_("Goes to"), lambda row: row.notice.country),
    Column(_("Offers until (UTC)"), lambda row: row.notice.closes_at),
    Column(_("You take part"), lambda row: row.notice.room_id is not None),
)
BLOCK_COLUMNS: tuple[Column[Block], ...] = (
    Column(_("Company"), lambda row: row.blocked.name),
    Column(_("Blocked by"), lambda row: row.made_by.name),
    Column(_("When (UTC)"), lambda row: row.made_at),
)
REPORT_COLUMNS: tuple[Column[ReportView], ...] = (
    Column(_("Negotiation"), lambda row: row.number),
    Column(_("Reported by"), lambda row: row.company),
    Column(_("Person"), lambda row: row.person),
    Column(_("About"), lambda row: row.about),
    Column(_("Why?"), lambda row: str(row.reason.label)),
    Column(_("What the operators should know"), lambda row: row.words),
    Column(_("Message"), lambda row: row.said),
    Column(_("The rules find:"), lambda row: ", ".join(f"{what} {text}" for what, text in row.found)),
    Column(_("When (UTC)"), lambda row: row.made_at),
    Column(_("Status"), lambda row: str(row.status.label)),
    Column(_("Decided by"), lambda row: row.decided_by),
    Column(_("Decided (UTC)"), lambda row: row.decided_at),
    Column(_("Why it was decided so"), lambda row: row.decided_why),
)


@require_safe
def export_rooms(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The company's negotiations, narrowed and sorted as its inbox is."""
    require_view(request)
    pk, user_id, wanted = request.company.pk, request.actor.user_id, wanted_in(request)
    columns = SELLERS_ROOM_COLUMNS if request.company.sells else ROOM_COLUMNS
    return export(request, form, "negotiations", columns, all_slices(lambda rows: inbox(pk, user_id, wanted, rows), pk))


@require_safe
def export_enquiry(request: CompanyRequest, company: str, enquiry_id: int, form: str) -> StreamingHttpResponse:
    """All offers side by side, a row for each line and seller."""
    enquiry = find_enquiry(request, enquiry_id)
    return export(request, form, f"offers-{enquiry.number}", BOARD_COLUMNS, _offered(bid_board(enquiry)))


@require_safe
def export_notices(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """Open enquiries, narrowed as the list is: a row for each thing that is wanted."""
    require_seller(request)
    actor, sought = request.actor, sought_in(request)
    notices = all_slices(lambda rows: open_notices(actor, sought, rows), request.company.pk)
    rows = (Sought(notice, line) for notice in notices for line in notice.lines)
    return export(request, form, "open-enquiries", NOTICE_COLUMNS, rows)


@require_safe
def export_blocks(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """Whom this company doesn't listen to."""
    require_view(request)
    pk = request.company.pk
    return export(request, form, "blocked", BLOCK_COLUMNS, all_slices(lambda rows: blocks_of(pk, rows), pk))


@require_safe
def export_reports(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """What waits for an operator's decision, then what was decided; of each the one message that it is about."""
    require_operator(request)
    rows = chain(all_slices(open_reports, None), all_slices(decided_reports, None))
    return export(request, form, "reports", REPORT_COLUMNS, rows)


def _offered(board: BoardView) -> Iterator[Offered]:
    for line in board.lines:
        yield from (Offered(line, bid, cell) for bid, cell in zip(board.bids, line.cells, strict=True))


def _price(price: UnitPrice | None) -> Value:
    return Decimal(written(price)) if price else None
