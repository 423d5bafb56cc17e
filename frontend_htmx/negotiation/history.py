"""Looking something up in a room, and taking all of it along."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.transfer.exporting import Column
from backend.negotiation.history import queries
from backend.negotiation.models import Room
from backend.negotiation.queries import EntryView, OfferLine
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest
from frontend_htmx.negotiation.views import composer, find_room
from frontend_htmx.paging import search_text


@require_safe
def search_room(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """The entries in which what is looked for stands, each with the way to its place. Up to seven queries."""
    room, text = find_room(request, room_id), search_text(request)
    hits = queries.found_in(room, text)
    context = {**composer(request, room), "q": text, "hits": hits, "is_all": len(hits) < queries.MOST_HITS}
    return render(request, "negotiation/search.html", context)


@require_safe
def show_moment(request: CompanyRequest, company: str, room_id: int, seq: int) -> HttpResponse:
    """An entry in its place: what was said around it. Up to seven queries."""
    room = find_room(request, room_id)
    entries = queries.around(room, seq)
    if not entries:
        raise Http404
    first, last = entries[0].seq, entries[-1].seq
    context = {
        **composer(request, room),
        "entries": entries,
        "older": first if first > 1 else 0,
        "newer": last + queries.AROUND + 1 if last < room.last_seq else 0,
    }
    return render(request, "negotiation/moment.html", context)


@require_safe
def show_whole(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """All of it on one page, to be printed. Nine queries."""
    room = find_room(request, room_id)
    whole = queries.whole_room(room)
    context = {**composer(request, room), "entries": whole.entries, "offers": whole.offers}
    return render(request, "negotiation/whole.html", context)


@require_safe
def export_json(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """All of it for another program, with each offer's canonical text and its digest."""
    room = find_room(request, room_id)
    text = queries.as_json(room, queries.whole_room(room))
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = (
        content_disposition_header(True, f"{_name(room)}-{timezone.now():%Y-%m-%d}.json") or ""
    )
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def export_csv(request: CompanyRequest, company: str, room_id: int) -> StreamingHttpResponse:
    """All of it as a list: a row for each entry, and below an offer's one for each of its lines."""
    room = find_room(request, room_id)
    whole = queries.whole_room(room)
    return export(request, "csv", _name(room), COLUMNS, list(_rows(whole)))


@dataclass(frozen=True, slots=True)
class Row:
    """An entry, or a line of the offer that it is."""

    entry: EntryView
    line: OfferLine | None
    digest: str


def _rows(whole: queries.WholeRoom) -> Iterator[Row]:
    for entry in whole.entries:
        digest = entry.offer.digest if entry.offer else ""
        yield Row(entry, None, digest)
        yield from (Row(entry, line, digest) for line in (entry.offer.lines if entry.offer else ()))


COLUMNS: Sequence[Column[Row]] = (
    Column(_("No."), lambda row: row.entry.seq),
    Column(_("Time"), lambda row: row.entry.at),
    Column(_("Company"), lambda row: row.entry.company),
    Column(_("Person"), lambda row: row.entry.author),
    Column(_("What"), lambda row: str(row.entry.word.label)),
    Column(_("Message"), lambda row: "" if row.line else row.entry.text),
    Column(_("Files"), lambda row: "" if row.line else "; ".join(file.name for file in row.entry.files)),
    Column(_("Offer"), lambda row: row.entry.offer.number if row.entry.offer else None),
    Column(_("SKU"), lambda row: row.line.code if row.line else ""),
    Column(_("Quantity"), lambda row: row.line.quantity if row.line else None),
    Column(_("Each"), lambda row: row.line.unit_price.amount.normalize() if row.line else None),
    Column(_("Net"), lambda row: row.line.net.amount if row.line else _total(row)),
    Column(_("Currency"), lambda row: row.entry.offer.net.currency if row.entry.offer else ""),
    Column(_("SHA-256 of the offer"), lambda row: row.digest),
)


def _total(row: Row) -> Decimal | None:
    """Of the whole offer, with its freight."""
    return row.entry.offer.total.amount if row.entry.offer else None


def _name(room: Room) -> str:
    return f"negotiation-{room.enquiry.number}"
