"""Open enquiries as a seller finds them: look through, take part, pass."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.catalog.models import Category
from backend.core.errors import NotAllowed
from backend.events import log
from backend.negotiation.notices.actions import join_enquiry, pass_enquiry
from backend.negotiation.notices.models import Notice
from backend.negotiation.notices.policies import can_look_through_notices, can_take_part
from backend.negotiation.notices.queries import Sought, notice_view, open_notices
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other
from frontend_htmx.paging import search_text

TOPIC = "notices:1"


@require_safe
@vary_on_headers("HX-Request")
def list_notices(request: CompanyRequest, company: str) -> HttpResponse:
    """Enquiries that are open to every verified seller. Six queries."""
    require_seller(request)
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    sought = sought_in(request)
    rooms_topic = f"rooms:{request.company.pk}"
    context = {
        "company": request.company,
        "notices": open_notices(request.actor, sought),
        "categories": Category.objects.all(),
        "sought": sought,
        "position": position,
        "listed": [TOPIC, rooms_topic],
        "topics": [TOPIC, rooms_topic],
    }
    return page_or_part(request, "negotiation/_notices.html", context, page="negotiation/notices.html")


@require_safe
@vary_on_headers("HX-Request")
def show_notice(request: CompanyRequest, company: str, notice_id: int) -> HttpResponse:
    """One of them, with all that is asked for. Seven queries."""
    require_seller(request)
    position = log.last_position()
    notice = get_visible(Notice, request.actor, notice_id)
    rooms_topic = f"rooms:{request.company.pk}"
    context = {
        "company": request.company,
        "notice": notice_view(notice, request.actor),
        "can_take_part": can_take_part(request.actor),
        "position": position,
        "listed": [TOPIC, rooms_topic],
        "topics": [TOPIC, rooms_topic],
    }
    return page_or_part(request, "negotiation/_notice.html", context, page="negotiation/notice.html")


@require_POST
def create_participation(request: CompanyRequest, company: str, notice_id: int) -> HttpResponse:
    """The seller takes part, and is in his room."""
    require_seller(request)
    room = join_enquiry(get_visible(Notice, request.actor, notice_id), actor=request.actor)
    return see_other(reverse("room", args=[company, room.pk]))


@require_POST
def create_pass(request: CompanyRequest, company: str, notice_id: int) -> HttpResponse:
    """The seller takes no part."""
    require_seller(request)
    pass_enquiry(get_visible(Notice, request.actor, notice_id), actor=request.actor)
    return see_other(reverse("notices", args=[company]))


def sought_in(request: CompanyRequest) -> Sought:
    category = request.GET.get("category", "")
    return Sought(
        words=search_text(request, 200),
        category_id=int(category) if category.isascii() and category.isdigit() and len(category) < 19 else None,
        passed=request.GET.get("passed") == "1",
    )


def require_seller(request: CompanyRequest) -> None:
    if not can_look_through_notices(request.actor):
        raise NotAllowed(_("Open enquiries are for verified sellers, and for those of them who see negotiations."))
