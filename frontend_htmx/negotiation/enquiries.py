"""A buyer asks for offers, looks at them side by side, and decides."""

from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.core.errors import Denied, NotAllowed
from backend.events import log
from backend.negotiation.bids.queries import Change, bid_board, changes_since
from backend.negotiation.closing.actions import end_enquiry, prolong_enquiry
from backend.negotiation.enquiries.actions import Request, ask_for_offers, take_enquiry_back
from backend.negotiation.models import Enquiry, Room
from backend.negotiation.policies import can_ask_for_offers, can_keep_enquiry
from backend.negotiation.queries import enquiry_files
from backend.negotiation.states import EnquiryStatus
from backend.orders.awards.actions import Choice, award_enquiry
from backend.orders.awards.policies import can_award
from backend.orders.awards.queries import orders_of_enquiry
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other, wants_part
from frontend_htmx.negotiation.awarding import AwardForm, plain_columns, plain_rows
from frontend_htmx.negotiation.enquiry_forms import Askable, EnquiryForm, ProlongForm
from frontend_htmx.negotiation.forms import end_of
from frontend_htmx.negotiation.sources import wanted_by
from frontend_htmx.negotiation.views import require_view
from frontend_htmx.orders.destinations import keep_typed, places_of


@require_http_methods(["GET", "HEAD", "POST"])
def new_enquiry(request: CompanyRequest, company: str) -> HttpResponse:
    """What is wanted, in which quantities, by when: `?sku=…` names it, `?template=…` or `?from=pad`; without that the
    cart does."""
    if not can_ask_for_offers(request.actor):
        raise NotAllowed(_("Your role in this company may not ask for offers. An owner can change your role."))
    wanted = wanted_by(request)
    goods = wanted.goods
    if not goods and request.method != "GET":
        raise Http404
    typed = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = EnquiryForm(
        *typed,
        goods=goods,
        currency=wanted.currency,
        places=places_of(request),
        title=_title(goods),
    )
    asked: list[Enquiry] = []

    def ask(request: Request, key: str) -> None:
        keep_typed(form, page)
        asked.append(ask_for_offers(request, key=key, actor=page.actor))

    page = request
    no = attempt(form, ask) if form.is_bound else None
    if asked:
        return see_other(_where(request, asked[0]))
    context = {"company": request.company, "form": form, "wanted": wanted}
    template = "negotiation/new_enquiry.html"
    return page_or_part(request, template, context, page=template, status=no.status if no else 200)


@require_safe
@vary_on_headers("HX-Request")
def show_enquiry(request: CompanyRequest, company: str, enquiry_id: int) -> HttpResponse:
    """Whom the buyer has asked, and what each offers. Seven queries."""
    require_view(request)
    position = log.last_position()  # before the offers: what is made after it is told to this page
    enquiry = get_visible(Enquiry, request.actor, enquiry_id)
    return _show(request, enquiry, position)


@require_POST
def create_enquiry_withdrawal(request: CompanyRequest, company: str, enquiry_id: int) -> HttpResponse:
    """The buyer wants no more offers."""
    enquiry = find_enquiry(request, enquiry_id)
    take_enquiry_back(enquiry, actor=request.actor)
    return see_other(_own_page(request, enquiry))


@require_POST
def create_enquiry_end(request: CompanyRequest, company: str, enquiry_id: int) -> HttpResponse:
    """The buyer takes none of the offers."""
    enquiry = find_enquiry(request, enquiry_id)
    end_enquiry(enquiry, actor=request.actor)
    return see_other(_own_page(request, enquiry))


@require_POST
def create_prolongation(request: CompanyRequest, company: str, enquiry_id: int) -> HttpResponse:
    """The buyer takes offers for longer."""
    position, enquiry = log.last_position(), find_enquiry(request, enquiry_id)
    form = ProlongForm(request.POST)
    no = attempt(form, lambda until: prolong_enquiry(enquiry, end_of(until), actor=request.actor))
    if no is None:
        return see_other(_own_page(request, enquiry))
    return _show(request, find_enquiry(request, enquiry.pk), position, prolong=form, status=no.status)


@require_POST
def create_award(request: CompanyRequest, company: str, enquiry_id: int) -> HttpResponse:
    """The buyer takes what he has chosen. Where an offer has changed since he saw it he is shown what, and his choice
    stands: sending it again takes the offers as they are now."""
    position, enquiry = log.last_position(), find_enquiry(request, enquiry_id)
    form = AwardForm(request.POST, board=bid_board(enquiry))

    def award(choices: Sequence[Choice], po_number: str, keep_others: bool, key: str) -> None:
        given = {"po_number": po_number, "keep_others": keep_others, "key": key}
        award_enquiry(enquiry, choices, **given, actor=request.actor)  # type: ignore[arg-type]  # the form's own

    no = attempt(form, award)
    if no is None:
        if not wants_part(request):
            return see_other(_own_page(request, enquiry))
        return _show(request, find_enquiry(request, enquiry.pk), position)
    return _refused(request, find_enquiry(request, enquiry.pk), position, form, no)


def _refused(request: CompanyRequest, enquiry: Enquiry, position: int, form: AwardForm, no: Denied) -> HttpResponse:
    """The board as it is now, with what was typed."""
    changed = no.detail.get("rooms", ())
    seen = {pk: number for pk, number in form.seen.items() if pk in changed}  # type: ignore[operator]
    again = form.again(bid_board(enquiry), changed=seen)
    again.add_error(None, no.message)
    changes = changes_since(enquiry, seen) if seen else ()
    return _show(request, enquiry, position, award=again, changes=changes, status=no.status)


def _own_page(request: CompanyRequest, enquiry: Enquiry) -> str:
    return reverse("enquiry", args=[request.company.slug, enquiry.pk])


def find_enquiry(request: CompanyRequest, enquiry_id: int) -> Enquiry:
    require_view(request)
    return get_visible(Enquiry, request.actor, enquiry_id)


def _show(
    request: CompanyRequest,
    enquiry: Enquiry,
    position: int,
    *,
    prolong: ProlongForm | None = None,
    award: AwardForm | None = None,
    changes: Sequence[Change] = (),
    status: int = 200,
) -> HttpResponse:
    board = award.board if award else bid_board(enquiry)
    if award is None and can_award(request.actor, enquiry) and any(bid.counts for bid in board.bids):
        award = AwardForm(board=board)
    may, is_open = can_keep_enquiry(request.actor, enquiry), enquiry.status == EnquiryStatus.OPEN
    is_closed = enquiry.status == EnquiryStatus.CLOSED
    context = {
        "company": request.company,
        "enquiry": enquiry,
        "can_take_back": may and is_open,
        "can_end": may and is_closed,
        "prolong": (prolong or ProlongForm()) if may and (is_open or is_closed) else None,
        "rows": award.rows() if award else plain_rows(board),
        "columns": award.columns() if award else plain_columns(board),
        "award": award,
        "changes": changes,
        "orders": orders_of_enquiry(request.actor, enquiry.pk),
        "files": enquiry_files(enquiry.pk),
        "position": position,
        "enquiry_topic": f"enquiry:{enquiry.pk}",
        "topics": [f"enquiry:{enquiry.pk}", *(f"room:{bid.room_id}" for bid in board.bids)],
        "own_page": _own_page(request, enquiry),
    }
    return page_or_part(request, "negotiation/_enquiry.html", context, page="negotiation/enquiry.html", status=status)


def _title(goods: Sequence[Askable]) -> str:
    if not goods:
        return ""
    more = len(goods) - 1
    return goods[0].name + (ngettext(" and %(n)d more", " and %(n)d more", more) % {"n": more} if more else "")


def _where(request: CompanyRequest, enquiry: Enquiry) -> str:
    """Into the room, where there is only one."""
    rooms = list(Room.objects.visible_to(request.actor).filter(enquiry=enquiry).values_list("pk", flat=True)[:2])
    if len(rooms) == 1:
        return reverse("room", args=[request.company.slug, rooms[0]])
    return reverse("enquiry", args=[request.company.slug, enquiry.pk])
