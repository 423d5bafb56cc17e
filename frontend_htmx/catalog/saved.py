"""What a person looks for again and again: kept under a name, with the number of what is new.

It is the person's own, and is looked for in the catalogue where they stand: everybody's, or what a company sees and
pays.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from backend.catalog.policies import can_see_prices
from backend.catalog.search.actions import forget_search, look_at_search, save_search
from backend.catalog.search.models import SavedSearch
from backend.catalog.search.port import Count
from backend.catalog.search.queries import saved_searches
from backend.core.errors import Denied
from frontend_htmx.catalog.buying import buyer_on, catalogue_address, searched_for, searches_address
from frontend_htmx.catalog.filters import address_of, read_query
from frontend_htmx.catalog.views import SEARCH
from frontend_htmx.http import HtmxRequest, page_or_part, see_other

MAX_QUERY = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A saved search, and how many of its results have come in since it was looked at."""

    saved: SavedSearch
    new: Count


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def list_searches(request: HtmxRequest, company: str = "") -> HttpResponse:
    """One's own saved searches with what is new of each: one query, and up to four for each. A POST saves one."""
    if request.method == "POST":
        return create_search(request)
    kept = [Kept(saved, _new(request, saved)) for saved in saved_searches(request.actor.user_id)]
    return page_or_part(request, "catalog/_saved.html", {"kept": kept}, page="catalog/saved.html")


def create_search(request: HtmxRequest) -> HttpResponse:
    """Saves what the catalogue's page asks for, and leads back to it."""
    query = read_query(
        QueryDict(request.POST.get("query", "")[:MAX_QUERY]), with_prices=True, buyer=searched_for(buyer_on(request))
    )
    address = address_of(query)
    try:
        save_search(address, name=request.POST.get("name", ""), actor=request.actor)
    except Denied as denied:
        messages.error(request, denied.message)
    else:
        messages.success(request, _("Saved. It stands above the catalogue now, and says when something new is found."))
    return see_other(f"{catalogue_address(request)}?{address}")


@require_POST
def create_look(request: HtmxRequest, search_id: int, company: str = "") -> HttpResponse:
    """Opens what it finds; from now on what comes in is new."""
    saved = look_at_search(_own(request, search_id))
    return see_other(f"{catalogue_address(request)}?{saved.query}")


@require_POST
def create_removal(request: HtmxRequest, search_id: int, company: str = "") -> HttpResponse:
    forget_search(_own(request, search_id))
    return see_other(searches_address(request))


def _own(request: HtmxRequest, search_id: int) -> SavedSearch:
    return get_object_or_404(SavedSearch.objects.of_person(request.actor.user_id), pk=search_id)


def _new(request: HtmxRequest, saved: SavedSearch) -> Count:
    asked = QueryDict(saved.query)
    query = read_query(asked, with_prices=can_see_prices(request.actor), buyer=searched_for(buyer_on(request)))
    return SEARCH.new_since(query, saved.seen_at)
