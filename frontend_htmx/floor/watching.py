"""Whether everything that has to run does, and every counter adds up, for the market's operators."""

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from backend.analytics.watch.queries import watch_page
from backend.core import clock
from backend.events import log
from backend.events.watch.models import THE_ONE
from frontend_htmx.floor.views import require_operator
from frontend_htmx.http import CompanyRequest, page_or_part


@require_safe
@never_cache
@vary_on_headers("HX-Request")
def show_watch(request: CompanyRequest, company: str) -> HttpResponse:
    """Jobs, listeners and relays as they are now; what is told of is live, times are asked for again. Three queries."""
    require_operator(request)
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    context = {
        "company": request.company,
        "position": position,
        "topic": f"watch:{THE_ONE}",
        "topics": [f"watch:{THE_ONE}"],
        "watch": watch_page(),
        "now": clock.now(),
    }
    return page_or_part(request, "watch/_watch.html", context, page="watch/watch.html")
