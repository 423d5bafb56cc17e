from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from realtime.access import NOBODY, sign_ticket


@require_GET
@never_cache
def ticket(request: HttpRequest) -> JsonResponse:
    """A new ticket for a page whose own is too old: says who the session is, and opens nothing."""
    actor = getattr(request, "actor", None)
    return JsonResponse({"ticket": sign_ticket((actor and actor.user_id) or NOBODY)})
