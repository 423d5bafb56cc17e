from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.accounts.models import CompanyKind
from backend.accounts.policies import can_watch_road
from backend.core import clock
from backend.core.errors import NotAllowed
from backend.events import dead_letters
from backend.events.models import DeadLetter
from realtime.access import NOBODY, sign_ticket
from realtime.lookout import look_at_road


@require_GET
@never_cache
def ticket(request: HttpRequest) -> JsonResponse:
    """A new ticket for a page whose own is too old, and who the session is now. It opens nothing."""
    actor = getattr(request, "actor", None)
    person = (actor and actor.user_id) or NOBODY
    return JsonResponse({"ticket": sign_ticket(person), "person": person})


@require_safe
@never_cache
@vary_on_headers("HX-Request")
def show_road(request: Any, company: str) -> HttpResponse:
    """The live road as it is now, whole or, where htmx asks, what moves of it."""
    require_operator(request)
    context = {"company": request.company, "road": look_at_road(), "now": clock.now()}
    return render(request, "live/_road.html" if "HX-Request" in request.headers else "live/road.html", context)


@require_POST
def create_seen(request: Any, company: str, letter_id: int) -> HttpResponse:
    """An operator has looked at a dead letter: the same failure again makes a new one."""
    require_operator(request)
    dead_letters.mark_seen([get_object_or_404(DeadLetter, pk=letter_id).pk])
    return redirect("live_road", request.company.slug)


def require_operator(request: Any) -> None:
    """Raises Http404 where the company is not the platform, NotAllowed where the person's role is no operator's."""
    if request.company.kind != CompanyKind.PLATFORM:
        raise Http404
    if not can_watch_road(request.actor):
        raise NotAllowed(_("How the live road is doing is for the market's operators."))
