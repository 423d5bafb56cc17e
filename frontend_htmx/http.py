"""What every view uses: find what the actor may see, answer with a page or its part, say no in a way that helps."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit

from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from backend.accounts.actor import Actor
from backend.accounts.models import Company, Membership
from backend.accounts.standing import Standing
from backend.core.errors import Denied

M = TypeVar("M", bound=Model)
# What two renderings of the same region differ in: its grant, its place in the event log, a form's tokens and keys.
VARYING = re.compile(
    rb'\bdata-live data-grant="[^"]*"(?: data-url="[^"]*")?(?:\s+data-topic="[^"]*"\s+data-v="\d+")?'
    rb'|<span hidden data-topic="[^"]*" data-v="\d+"></span>'
    rb'|\snonce="[^"]*"'
    rb'|<input type="hidden" name="(?:csrfmiddlewaretoken|key)"[^>]*>'
)
# Fields whose content is never shown again.
SECRET = ("csrfmiddlewaretoken", "password", "code")


class HtmxRequest(HttpRequest):
    """A request as our middlewares leave it: who asks, and where they may act (one query, when it is read)."""

    htmx: HtmxDetails
    actor: Actor
    standing: Standing
    companies: Sequence[Company]


class CompanyRequest(HtmxRequest):
    """A request under /c/<company>/: its actor is a member, and acts for that company."""

    company: Company
    membership: Membership
    numbers: Mapping[str, int]
    """Of the access scopes that the person acts by, of the moment at which it was looked up what they may."""


def get_visible(rows: type[M] | QuerySet[M], actor: Actor, pk: int) -> M:
    """The row, or 404: what the actor may not see does not exist. The rows' QuerySet says `.visible_to(actor)`."""
    found = rows._default_manager.all() if isinstance(rows, type) else rows
    visible: QuerySet[M] = found.visible_to(actor)  # type: ignore[attr-defined]  # each QuerySet's own word
    return get_object_or_404(visible, pk=pk)


def page_or_part(
    request: HtmxRequest,
    part: str,
    context: Mapping[str, object],
    *,
    page: str = "",
    status: int = 200,
) -> HttpResponse:
    """The part for HTMX; for a plain request the whole `page` with the same context, or where there is none (after a
    form that succeeded) back to the page that it stood on."""
    if not wants_part(request) and not page:
        return see_other(came_from(request))
    response = render(request, part if wants_part(request) else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])  # one URL, two bodies: the back button must not show the part
    return tagged(request, response) if request.headers.get("Live-Refresh") else response


def tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A live region that asks for itself: 304 where it shows that already. The scripts keep the tag, no cache may:
    a form out of a cache would be sent with a key that was used before."""
    response["Cache-Control"] = "no-store"
    if request.method not in ("GET", "HEAD") or response.status_code != HTTPStatus.OK:
        return response
    tag = response["ETag"] = region_tag(response.content)
    shown = [each.strip() for each in request.headers.get("If-None-Match", "").split(",")]
    if tag not in shown:
        return response
    unchanged = HttpResponseNotModified()
    for name in ("ETag", "Cache-Control", "Vary"):
        unchanged[name] = response[name]
    return unchanged


def region_tag(body: bytes) -> str:
    """A weak ETag: of two renderings of the same state, each with its own grant, tokens and keys, it is the same."""
    return f'W/"{hashlib.sha256(VARYING.sub(b"", body)).hexdigest()[:32]}"'


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asked, for a part of a page: a boosted link or a way back in history needs all of it."""
    htmx = HtmxDetails(request)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def see_other(url: str) -> HttpResponseRedirect:
    """After a POST: GET that, so that reloading sends nothing twice."""
    return HttpResponseRedirect(url, status=303)


def came_from(request: HttpRequest, otherwise: str = "/") -> str:
    """The page that the person looks at: as htmx names it, or the Referer; never one of another site."""
    url = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}):
        return otherwise
    path = urlsplit(url)
    return path.path + (f"?{path.query}" if path.query else "")


def add_denied(form: BaseForm, denied: Denied) -> None:
    """Puts a rule's no beside the field that it is about: the form keeps what was typed."""
    form.add_error(denied.field if denied.field in form.fields else None, denied.message)


def denied_response(request: HttpRequest, denied: Denied) -> HttpResponse:
    """What a view did not answer itself. As a fragment it lands in the page's corner and leaves the form as it is;
    as a page it shows what was typed."""
    if wants_part(request):
        return in_the_corner(request, denied)
    context = {"denied": denied, "typed": _typed(request), "back": came_from(request)}
    return render(request, "errors/denied.html", context, status=denied.status)


def in_the_corner(request: HttpRequest, denied: Denied) -> HttpResponse:
    """The no as a fragment that leaves everything else on the page as it is."""
    response = render(request, "errors/_denied.html", {"denied": denied}, status=denied.status)
    response["HX-Retarget"] = "#trouble"
    response["HX-Reswap"] = "innerHTML"
    response["HX-Reselect"] = "unset"
    return response


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    fields = ((name, value) for name, values in request.POST.lists() for value in values)
    return [(name, value) for name, value in fields if value and not name.startswith(SECRET)]
