from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from realtime.access import NOBODY, sign_ticket


@require_GET
@never_cache
def ticket(request: HttpRequest) -> JsonResponse:
    """A new ticket for a page whose own is too old, and who the session is now. It opens nothing."""
    actor = getattr(request, "actor", None)
    person = (actor and actor.user_id) or NOBODY
    return JsonResponse({"ticket": sign_ticket(person), "person": person})
