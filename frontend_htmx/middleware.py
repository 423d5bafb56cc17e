"""request.actor: who (the session), acting for which company (the URL). What is not declared public needs a login."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.protection.actions import has_second_step
from backend.accounts.standing import Standing, standing_of
from backend.core.errors import Denied, Refused
from backend.core.row_security import begin_acting_for, forgetting
from frontend_htmx.accounts.noting import note_use
from frontend_htmx.errors import not_looked_at
from frontend_htmx.http import CompanyRequest, HtmxRequest, came_from, denied_response, wants_part

# The names of the URLs that anybody may open; all others send the anonymous to the login.
PUBLIC = frozenset(
    {
        "home",
        "catalogue",
        "product",
        "media",
        "set_language",
        "live_ticket",
        "development_mail",
        "account_invitation",
        "account_invited_signup",
        "account_login",
        "account_logout",
        "account_signup",
        "account_inactive",
        "account_email_verification_sent",
        "account_confirm_email",
        "account_confirm_login_code",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "mfa_authenticate",
        "mfa_login_webauthn",
    }
)

UNKEPT = "NUL (0x00)"
"""What PostgreSQL keeps in no text. A form says so itself; what no form has read is refused at the table."""


class NotFound(Denied):
    """What the actor may not see does not exist."""

    status = 404


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """Nothing is read yet: a public page that asks for no actor touches neither session nor people."""
        request.actor = SimpleLazyObject(lambda: person(request))
        request.standing = SimpleLazyObject(lambda: standing_on(request))
        request.companies = SimpleLazyObject(lambda: list(request.standing.companies))
        request.company = request.membership = None
        with forgetting():
            answer = self.get_response(request)
        is_of_a_form = answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        return not_looked_at(answer) if is_of_a_form and is_looked_at(request) else answer

    def process_view(
        self, request: CompanyRequest, view: object, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if is_public(request):
            return None
        if not request.user.is_authenticated:
            return to_login(request)
        note_use(request)
        if "company" in kwargs:
            act_for(request, kwargs["company"])
            return to_second_step(request)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Denied):
            return denied_response(request, error)
        if isinstance(error, DataError) and UNKEPT in str(error):
            return denied_response(
                request, Refused(_("A NUL character can’t be kept. Take it out, and send the rest."))
            )
        if isinstance(error, Http404) and wants_part(request):
            return denied_response(request, NotFound(_("This isn't there, or it isn't yours to see.")))
        return None


def is_public(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.view_name in PUBLIC


def person(request: HttpRequest) -> Actor:
    """The person of the session, acting for no company."""
    return Actor(request.user.pk) if request.user.is_authenticated else ANONYMOUS


def standing_on(request: HtmxRequest) -> Standing:
    """Where the person may act. No query on a page that is only looked at: it was read with the person. What changes
    something looks again, so that it also shows what it has changed."""
    standing: Standing | None = getattr(request.user, "standing", None)
    return standing if standing and is_looked_at(request) else standing_of(request.user.pk)


def is_looked_at(request: HttpRequest) -> bool:
    return request.method in ("GET", "HEAD")


def act_for(request: CompanyRequest, slug: str) -> None:
    """From here on the request is that company's work. Raises Http404 unless the person belongs to it.

    A page that is only looked at needs no second look at who its reader is: whoever takes access away raises a number,
    and those were read in the same moment.
    """
    standing = request.standing = standing_on(request)
    membership = standing.at(slug)
    if membership is None:
        raise Http404(slug)
    request.numbers = standing.numbers if is_looked_at(request) else {}
    request.membership, request.company, request.actor = membership, membership.company, membership.as_actor()
    begin_acting_for(membership.company_id)


def to_second_step(request: CompanyRequest) -> HttpResponse | None:
    """Who has no second step where the company requires one sees nothing of it, and is led to set one up."""
    if not request.company.requires_second_step or has_second_step(request.user.pk):
        return None
    company = request.company.name
    request.company = request.membership = None  # type: ignore[assignment]  # nothing of it stands on what they see
    request.actor = person(request)
    messages.warning(
        request, _("%(company)s asks its people for a second step. Set one up here, then go on.") % {"company": company}
    )
    url = reverse("mfa_index")
    return HttpResponseClientRedirect(url) if wants_part(request) else HttpResponseRedirect(url)


def to_login(request: HttpRequest) -> HttpResponse:
    """After the login the person is where they were: on the page, never at a part of it or at a form's target."""
    is_whole_page = request.method == "GET" and not wants_part(request)
    answer = redirect_to_login(request.get_full_path() if is_whole_page else came_from(request))
    return HttpResponseClientRedirect(answer.url) if wants_part(request) else answer
