"""Negotiations: the inbox, and one room with its stream and what this side may do."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from backend.core.errors import NotAllowed
from backend.events import log
from backend.negotiation import queries
from backend.negotiation.automatic.queries import answered_by
from backend.negotiation.bids.queries import standings
from backend.negotiation.floors.policies import can_keep_floors
from backend.negotiation.floors.queries import held_note, waiting_count
from backend.negotiation.inbox.queries import MOST_TEXT, Turn, Wanted, inbox
from backend.negotiation.models import OfferTemplate, Room
from backend.negotiation.notices.policies import can_look_through_notices
from backend.negotiation.policies import can_see_negotiations, can_talk
from backend.negotiation.replies.queries import replies_in, templates_of
from backend.negotiation.states import QuoteStatus, Side
from backend.orders.agreements.policies import can_bind
from backend.orders.agreements.queries import asked_in, order_of
from backend.orders.requisitions.policies import can_see_requisitions
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part
from frontend_htmx.negotiation.forms import AcceptForm, DeclineForm, MessageForm, OfferForm
from frontend_htmx.negotiation.offering import by_template, offer_form
from frontend_htmx.paging import search_text


@require_safe
@vary_on_headers("HX-Request")
def list_rooms(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's negotiations, what waits for its answer first. Three queries."""
    require_view(request)
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    wanted = wanted_in(request)
    rows = inbox(request.company.pk, request.actor.user_id, wanted)
    list_topic = f"rooms:{request.company.pk}"
    context = {
        "company": request.company,
        "rows": rows,
        "wanted": wanted,
        "turns": Turn.choices,
        "finds_enquiries": can_look_through_notices(request.actor),
        "list_topic": list_topic,
        "position": position,
        "topics": [list_topic, *(f"room:{row.pk}" for row in rows)],
        "to_approve": waiting_count(request.company.pk) if can_keep_floors(request.actor, request.company) else 0,
        "part": "rooms",
    }
    return page_or_part(request, "negotiation/_rooms.html", context, page="negotiation/rooms.html")


@require_safe
@vary_on_headers("HX-Request")
def show_room(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """A room: its stream, and beside it what this side may do. Eleven queries, and four for a rank."""
    room = find_room(request, room_id)
    parts = {f"room-desk-{room.pk}": "negotiation/_desk.html", f"room-rank-{room.pk}": "negotiation/_rank.html"}
    part = parts.get(request.htmx.target or "", "negotiation/_stream.html")
    screen = room_screen(request, room, offer=_by_template(request, room), message=_by_reply(request, room))
    return page_or_part(request, part, screen, page="negotiation/room.html")


@require_safe
def list_older(request: CompanyRequest, company: str, room_id: int, before: int) -> HttpResponse:
    """The entries before a seq: what stands above the oldest that is shown. Four queries."""
    room = find_room(request, room_id)
    context = {**composer(request, room), **_entries(room, before)}
    return page_or_part(request, "negotiation/_older.html", context, page="negotiation/older.html")


def wanted_in(request: CompanyRequest) -> Wanted:
    """What the address asks for; what it says in error is as if it said nothing."""
    turn = request.GET.get("turn", "")
    chosen = Turn(turn) if turn in Turn.values else Turn.OPEN
    return Wanted(chosen, request.GET.get("unread") == "1", search_text(request, MOST_TEXT))


def find_room(request: CompanyRequest, room_id: int) -> Room:
    """A room that this person may see, or 404."""
    require_view(request)
    return get_visible(Room.objects.with_parties(), request.actor, room_id)


def _by_template(request: CompanyRequest, room: Room) -> OfferForm | None:
    """The next offer as `?template=…` has it, for the seller's people."""
    named = request.GET.get("template", "")
    if room.seller_id != request.company.pk or not _is_number(named):
        return None
    template = OfferTemplate.objects.of_company(room.seller_id).filter(pk=int(named)).first()
    return by_template(room, template, getattr(request.user, "name", "")) if template and room.is_open else None


def _by_reply(request: CompanyRequest, room: Room) -> MessageForm | None:
    """The message as `?reply=…` has it, for who has no scripts."""
    named = request.GET.get("reply", "")
    if room.seller_id != request.company.pk or not _is_number(named):
        return None
    texts = {reply.pk: reply.text for reply in replies_in(room, getattr(request.user, "name", ""))}
    return MessageForm(text=texts.get(int(named), ""))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def room_screen(
    request: CompanyRequest,
    room: Room,
    *,
    message: MessageForm | None = None,
    offer: OfferForm | None = None,
    accept: AcceptForm | None = None,
    decline: DeclineForm | None = None,
) -> dict[str, object]:
    """What the page of a room shows: the form that was refused as it was typed, all others fresh."""
    position = log.last_position()
    side = room.side_of(request.company.pk) or Side.BUYER
    on_table = queries.offer_on_table(room, side)
    is_sealed = side == Side.BUYER and room.enquiry.is_under_seal
    is_open = room.is_open and room.suspended_at is None
    may_bind = is_open and not is_sealed and can_bind(request.actor, room)
    may_offer = may_bind if side == Side.BUYER else is_open and can_talk(request.actor, room)
    is_own = on_table is not None and on_table.side == side
    return {
        **composer(request, room, message),
        "head": queries.room_head(room),
        "status": queries.room_status(room.pk),
        "wanted": queries.wanted_lines(room),
        "enquiry_files": queries.enquiry_files(room.enquiry_id),
        "on_table": on_table,
        "is_own_offer": is_own,
        "is_sealed": is_sealed,
        "can_talk": can_talk(request.actor, room),
        "can_answer": room.is_open and can_talk(request.actor, room),
        "accept": (accept or AcceptForm(number=room.head)) if may_bind and on_table and not is_own else None,
        "order": order_of(room, request.actor) if room.status == QuoteStatus.ORDERED else None,
        **_entries(room, None),
        "offer": (offer or offer_form(room, side, on_table)) if may_offer else None,
        "decline": decline or DeclineForm(answers=room.head),
        "own_page": _own_page(request, room),
        "topics": [f"room:{room.pk}", f"room_log:{room.pk}", f"room_hidden:{room.pk}"],
        "ranks": standings(room.enquiry).get(room.pk, ()) if side == Side.SELLER else (),
        "rank_topics": [f"room_rank:{room.pk}", f"room_desk:{room.pk}"],
        "desk_topic": f"room_desk:{room.pk}",
        **_own_desk(request, room, side),
        "position": position,
    }


def composer(request: CompanyRequest, room: Room, message: MessageForm | None = None) -> dict[str, object]:
    """Who is in which room, and where one writes: empty, or as it was refused. No query."""
    side = room.side_of(request.company.pk) or Side.BUYER
    return {"company": request.company, "room": room, "side": side, "message": message or MessageForm()}


def _own_page(request: CompanyRequest, room: Room) -> str:
    """With the template that the offer begins with, as long as it is not made."""
    named = request.GET.get("template", "")
    begun = f"?template={named}" if request.method == "GET" and _is_number(named) else ""
    return reverse("room", args=[request.company.slug, room.pk]) + begun


def _own_desk(request: CompanyRequest, room: Room, side: Side) -> dict[str, object]:
    """What one side's people alone see: what waits for an approval inside their company. One query."""
    topics = [f"room_desk:{room.pk}"]
    if side == Side.BUYER:
        own_topic = f"requisitions:{room.buyer_id}" if can_see_requisitions(request.actor) else topics[0]
        return {"asked": asked_in(room, request.actor), "own_topic": own_topic, "desk_topics": [*topics, own_topic]}
    return {
        "held": held_note(room),
        "canned": replies_in(room, getattr(request.user, "name", "")) if can_talk(request.actor, room) else (),
        "templates": templates_of(room.seller_id) if room.is_open else (),
        "by_itself": answered_by(room) if room.is_open and room.head else None,
        "own_topic": f"room_held:{room.pk}",
        "can_decide": can_keep_floors(request.actor, request.company),
        "desk_topics": [*topics, f"room_held:{room.pk}"],
    }


def _entries(room: Room, before: int | None) -> dict[str, object]:
    entries: Sequence[queries.EntryView] = queries.stream(room.pk, before=before)
    first = entries[0].seq if entries else 1
    return {"entries": entries, "older": first if first > 1 else 0, "last_seq": entries[-1].seq if entries else 0}


def require_view(request: CompanyRequest) -> None:
    """Raises NotAllowed where the person's role may not see negotiations."""
    if not can_see_negotiations(request.actor):
        raise NotAllowed(_("Your role in this company may not see its negotiations. An owner can change your role."))
