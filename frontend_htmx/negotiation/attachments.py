"""Files that go with a message or an enquiry, opened by whoever sees what they came with."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from backend.core.row_security import across_companies
from backend.negotiation.models import Attachment, EnquiryFile, Room
from frontend_htmx.files import ASKED_EACH_TIME, send_file
from frontend_htmx.http import CompanyRequest, HtmxRequest, get_visible
from frontend_htmx.negotiation.views import find_room, require_view

EITHER_SIDE = "which of a person's companies is in the room is all that is looked up"


@require_safe
def find_attachment(request: HtmxRequest, room_id: int, attachment_id: int, size: str) -> HttpResponse:
    """A stream says the same to both sides, so it can't name the reader's company: from here they are sent on to it."""
    mine = {company.pk: company.slug for company in request.companies}
    with across_companies(why=EITHER_SIDE):
        room = Room.objects.across_companies(why=EITHER_SIDE).filter(pk=room_id).first()
    slug = next((mine[pk] for pk in (room.seller_id, room.buyer_id) if pk in mine), None) if room else None
    if slug is None:
        raise Http404
    response = HttpResponse(status=307)
    response["Location"] = reverse("room_file", args=[slug, room_id, attachment_id, size])
    response["Cache-Control"] = ASKED_EACH_TIME
    return response


@require_safe
def show_attachment(request: CompanyRequest, company: str, room_id: int, attachment_id: int, size: str) -> HttpResponse:
    """A file of a message. Three queries."""
    room = find_room(request, room_id)
    found = get_object_or_404(Attachment.objects.visible_to(request.actor), pk=attachment_id, room=room)
    return send_file(request, found, size, cache=ASKED_EACH_TIME)


@require_safe
def show_enquiry_file(request: CompanyRequest, company: str, file_id: int, size: str) -> HttpResponse:
    """A file of an enquiry, for its buyer and whoever was asked. Two queries."""
    require_view(request)
    return send_file(request, get_visible(EnquiryFile, request.actor, file_id), size, cache=ASKED_EACH_TIME)
