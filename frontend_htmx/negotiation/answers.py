"""What is said and done in a room: each finds, does and shows. A refusal keeps what was typed."""

from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from backend.core.errors import Conflict, Denied, Refused
from backend.negotiation.actions import decline_offer, make_offer, mark_read, send_message, withdraw_offer
from backend.negotiation.attachments.steps import NewFile
from backend.negotiation.floors.actions import hold_offer
from backend.negotiation.models import Entry, Room
from backend.negotiation.moderation.rules import BETWEEN
from backend.negotiation.states import Side
from backend.negotiation.terms import Terms
from backend.orders.agreements.actions import accept_offer, hold_acceptance, make_counter_offer
from backend.orders.agreements.asking.actions import ask_to_accept, ask_to_offer
from backend.orders.agreements.queries import agreement_of, order_of
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.negotiation.forms import AcceptForm, DeclineForm, MessageForm, OfferForm, retyped
from frontend_htmx.negotiation.offering import looks_for_goods, typed_offer, with_more
from frontend_htmx.negotiation.views import composer, find_room, room_screen
from frontend_htmx.waiting import require_approvable, waiting_key

NOT_TOLD = 204


@require_POST
def create_message(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """Something is said; the answer is an empty field, and the entry comes as everybody gets it: nothing else of the
    room is read for it."""
    room, form = find_room(request, room_id), MessageForm(request.POST, request.FILES)
    said: list[Entry] = []

    def send(text: str, attachments: Sequence[NewFile], told_of: str, key: str) -> None:
        known = told_of.split(BETWEEN)
        said.append(send_message(room, text, files=attachments, told_of=known, key=key, actor=request.actor))

    no = attempt(form, send)
    if no and "told_of" in no.detail:
        form.warn(no.detail)
    if not wants_part(request):
        return _shown_again(request, room, message=form, no=no) if no else _back(request, room)
    context = composer(request, room, form if no else None)
    response = page_or_part(request, "negotiation/_composer.html", context, status=no.status if no else 200)
    if said:
        response["Entry-Seq"] = str(said[0].seq)  # until it has come, the page shows it as under way
    return response


@require_POST
def create_offer(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """An offer in answer to the one that its author saw. Where another was faster the form stays as it was typed and
    answers that one from now on: sending it again is the rebase."""
    room = find_room(request, room_id)
    side = room.side_of(request.company.pk) or Side.BUYER
    if looks_for_goods(request.POST):
        context = room_screen(request, room, offer=with_more(room, side, request.POST))
        return page_or_part(request, "negotiation/_desk.html", context, page="negotiation/room.html")
    form = typed_offer(room, side, request.POST)

    def offer(terms: Terms, answers: int, key: str) -> None:
        _offer_or_wait(request, room, terms, answers, key)

    no = attempt(form, offer)
    if isinstance(no, Conflict):
        form = _rebased(request, room, no)
    return answer(request, room, no, offer=form if no else None)


@require_POST
def create_offer_acceptance(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """Yes to the offer on the table: it is an order from now on."""
    room, form = find_room(request, room_id), AcceptForm(request.POST)

    def accept(number: int, po_number: str, key: str) -> None:
        _accept_or_wait(request, room, number, po_number, key)

    no = attempt(form, accept)
    if isinstance(no, Conflict):
        form.data = retyped(form.data, number=str(no.detail.get("head", 0)))  # what is on the table now
    return answer(request, room, no, accept=form if no else None)


@require_safe
def export_agreement(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """What was agreed, as it was hashed; the digest stands in its header."""
    order = order_of(find_room(request, room_id), request.actor)
    if order is None:
        raise Http404
    agreement = agreement_of(order)
    response = HttpResponse(agreement.text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"agreement-{agreement.order}.json") or ""
    response["Digest-SHA-256"] = agreement.digest
    return response


@require_POST
def create_decline(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """One side ends the negotiation, and says why."""
    room, form = find_room(request, room_id), DeclineForm(request.POST)

    def decline(reason: str, answers: int) -> None:
        decline_offer(room, answers=answers, reason=reason, actor=request.actor)

    no = attempt(form, decline)
    return answer(request, room, no, decline=form if no else None)


@require_POST
def create_offer_withdrawal(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """A side takes its own offer off the table."""
    room = find_room(request, room_id)
    withdraw_offer(room, answers=_number(request, "answers"), actor=request.actor)
    return answer(request, room)


@require_POST
def create_read_mark(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """The person has read up to there."""
    mark_read(find_room(request, room_id), _number(request, "seq"), actor=request.actor)
    return HttpResponse(status=NOT_TOLD)


def _offer_or_wait(request: CompanyRequest, room: Room, terms: Terms, answers: int, key: str) -> None:
    """What somebody else in the own company has to approve first waits for that."""
    is_sellers = room.seller_id == request.company.pk
    make, ask = (make_offer, hold_offer) if is_sellers else (make_counter_offer, ask_to_offer)
    try:
        make(room, terms, answers=answers, key=key, actor=request.actor)
    except Refused as no:
        require_approvable(no)
        ask(room, terms, answers=answers, key=waiting_key(key), actor=request.actor)


def _accept_or_wait(request: CompanyRequest, room: Room, number: int, po_number: str, key: str) -> None:
    """The same of a yes."""
    asked, actor = waiting_key(key), request.actor
    try:
        accept_offer(room, number, po_number=po_number, key=key, actor=actor)
    except Refused as no:
        require_approvable(no)
        if room.seller_id == request.company.pk:
            hold_acceptance(room, number, key=asked, actor=actor)
        else:
            ask_to_accept(room, number, po_number=po_number, key=asked, actor=actor)


def _rebased(request: CompanyRequest, room: Room, no: Conflict) -> OfferForm:
    """The same words, in answer to what is on the table now, under a key of their own."""
    now = find_room(request, room.pk)
    typed = request.POST.copy()
    typed["answers"], typed["key"] = str(now.head), str(OfferForm.base_fields["key"].initial())
    side = now.side_of(request.company.pk) or Side.BUYER
    form = typed_offer(now, side, typed)
    form.is_valid()
    form.add_error(None, no.message)
    return form


def _number(request: CompanyRequest, name: str) -> int:
    """A whole number of the form; 0 for what is none."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _shown_again(request: CompanyRequest, room: Room, *, message: MessageForm, no: Denied) -> HttpResponse:
    """The whole page, with what could not be sent as it was typed."""
    return render(request, "negotiation/room.html", room_screen(request, room, message=message), status=no.status)


def _back(request: CompanyRequest, room: Room) -> HttpResponse:
    return see_other(reverse("room", args=[request.company.slug, room.pk]))


def answer(
    request: CompanyRequest,
    room: Room,
    no: Denied | None = None,
    *,
    offer: OfferForm | None = None,
    accept: AcceptForm | None = None,
    decline: DeclineForm | None = None,
) -> HttpResponse:
    """The desk as it is now; or with the form as it was refused."""
    if no is None and not wants_part(request):
        return _back(request, room)
    context = room_screen(request, find_room(request, room.pk), offer=offer, accept=accept, decline=decline)
    status = no.status if no else 200
    return page_or_part(request, "negotiation/_desk.html", context, page="negotiation/room.html", status=status)
