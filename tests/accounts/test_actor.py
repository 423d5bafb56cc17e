"""Who asks, and for which company: decided by the session and the URL, before any view."""

import time

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve, reverse
from pytest_django import DjangoAssertNumQueries

from backend.accounts.actor import ANONYMOUS
from backend.accounts.models import User
from backend.accounts.roles import PERMISSIONS, Role
from backend.core.errors import Busy, Conflict, Denied, NotAllowed, Refused
from backend.core.row_security import forgetting
from frontend_htmx.accounts.forms import InvitationForm
from frontend_htmx.accounts.noting import MARK
from frontend_htmx.http import add_denied
from frontend_htmx.middleware import ActorMiddleware
from tests.cast import Cast, actor_of, employ


def asked(path: str, user: User | AnonymousUser, **headers: str) -> tuple[HttpRequest, HttpResponse | None]:
    """A request as the view gets it, or the answer that came instead."""
    request = RequestFactory().get(path, headers=headers)
    request.user = user
    request.session = SessionStore()
    request.session[MARK] = time.time()
    request.resolver_match = match = resolve(path)
    middleware = ActorMiddleware(lambda _: HttpResponse())
    middleware(request)
    with forgetting():
        return request, middleware.process_view(request, match.func, match.args, match.kwargs)  # type: ignore[arg-type]


def test_a_member_acts_for_the_company_of_the_url(cast: Cast) -> None:
    request, answer = asked("/c/northfield/members/", cast.wes)
    assert answer is None
    assert request.actor == actor_of(cast.wes)  # type: ignore[attr-defined]
    assert request.company == cast.northfield  # type: ignore[attr-defined]
    assert request.actor.permissions == PERMISSIONS[Role.WAREHOUSE]  # type: ignore[attr-defined]


def test_one_person_acts_with_the_role_that_they_have_in_each_company(cast: Cast) -> None:
    employ(cast.bea, cast.northfield, Role.SALES)
    for company, role in ((cast.northfield, Role.SALES), (cast.cornershop, Role.BUYER)):
        request, _ = asked(f"/c/{company.slug}/members/", cast.bea)
        assert request.actor.company_id == company.pk  # type: ignore[attr-defined]
        assert request.actor.permissions == PERMISSIONS[role]  # type: ignore[attr-defined]


@pytest.mark.parametrize("company", ["northfield", "nobodys-company"])
def test_a_company_that_is_not_ones_own_does_not_exist(cast: Cast, company: str) -> None:
    with pytest.raises(Http404):
        asked(f"/c/{company}/members/", cast.otto)


def test_who_may_not_log_in_any_more_acts_for_nobody(cast: Cast) -> None:
    cast.wes.is_active = False
    cast.wes.save()
    with pytest.raises(Http404):
        asked("/c/northfield/members/", cast.wes)


def test_on_a_page_of_no_company_one_acts_as_oneself(cast: Cast) -> None:
    request, answer = asked("/accounts/companies/", cast.bea)
    assert answer is None
    assert request.actor.user_id == cast.bea.pk  # type: ignore[attr-defined]
    assert request.actor.company_id is None  # type: ignore[attr-defined]


def test_the_companies_of_the_switcher_cost_one_query_when_they_are_read(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        request, _ = asked("/accounts/login/", cast.nora)
    with django_assert_num_queries(1):
        assert list(request.companies) == [cast.northfield]  # type: ignore[attr-defined]
        assert request.companies  # type: ignore[attr-defined]


def test_the_anonymous_have_no_company_and_no_permission(cast: Cast) -> None:
    request, answer = asked("/accounts/login/", AnonymousUser())
    assert answer is None
    assert request.actor == ANONYMOUS  # type: ignore[attr-defined]
    assert list(request.companies) == []  # type: ignore[attr-defined]


def test_the_anonymous_log_in_first_and_come_back_to_the_page(cast: Cast, client: Client) -> None:
    response = client.get("/c/northfield/members/?page=2")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/c/northfield/members/%3Fpage%3D2"


def test_a_company_that_exists_looks_to_the_anonymous_like_one_that_does_not(cast: Cast, client: Client) -> None:
    locations = {client.get(f"/c/{slug}/")["Location"].replace(slug, "…") for slug in ("northfield", "unheard-of")}
    assert len(locations) == 1


def test_an_expired_login_sends_the_whole_page_to_the_login_and_back_to_where_it_was(
    cast: Cast, client: Client
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/c/northfield/members/"}
    response = client.post("/c/northfield/members/", {"email": "x@y.example"}, headers=headers)
    assert response.status_code == 200
    assert response["HX-Redirect"] == "/accounts/login/?next=/c/northfield/members/"


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/c/northfield/members/?page=2", "/c/northfield/members/%3Fpage%3D2"),
        ("http://elsewhere.example/c/", "/"),
        ("", "/"),
    ],
)
def test_a_form_sent_without_login_leads_back_to_its_page_and_never_to_another_site(
    cast: Cast, client: Client, referer: str, back: str
) -> None:
    response = client.post("/c/northfield/members/", headers={"Referer": referer})
    assert response["Location"] == f"/accounts/login/?next={back}"


# --- How no is said --------------------------------------------------------------------------------------------------
REASONS = [
    (NotAllowed("Not you."), 403),
    (Conflict("Too late."), 409),
    (Refused("Too many."), 422),
    (Busy("In a moment."), 503),
]


def said(error: Exception, **headers: str) -> HttpResponse | None:
    request = RequestFactory().post("/x/", {"quantity": "12", "password": "hush"}, headers=headers)
    request.user = AnonymousUser()
    middleware = ActorMiddleware(lambda _: HttpResponse())
    middleware(request)
    return middleware.process_exception(request, error)


@pytest.mark.parametrize(("error", "status"), REASONS)
def test_what_a_view_lets_through_becomes_a_fragment_that_leaves_the_form_as_it_is(error: Denied, status: int) -> None:
    response = said(error, **{"HX-Request": "true"})
    assert response is not None
    assert response.status_code == status
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#trouble", "innerHTML")
    assert error.message in response.content.decode()
    assert "<html" not in response.content.decode()


@pytest.mark.parametrize(("error", "status"), REASONS)
def test_without_scripts_it_is_a_page_that_shows_what_was_typed_but_no_secret(
    db: None, error: Denied, status: int
) -> None:
    response = said(error)
    assert response is not None
    assert response.status_code == status
    page = response.content.decode()
    assert error.message in page
    assert "12" in page
    assert "hush" not in page
    assert ("Try again" in page) == (status == 503)


def test_what_is_not_there_is_a_fragment_for_htmx_and_the_sites_page_otherwise() -> None:
    response = said(Http404(), **{"HX-Request": "true"})
    assert response is not None
    assert response.status_code == 404
    assert said(Http404()) is None


def test_a_bug_stays_a_bug() -> None:
    assert said(ZeroDivisionError()) is None


def test_a_rules_no_stands_beside_the_field_that_it_is_about(cast: Cast) -> None:
    form = InvitationForm([("sales", "Sales")], {"email": "x@y.example", "role": "sales"})
    assert form.is_valid()
    add_denied(form, Refused("Nobody has it.", field="email"))
    add_denied(form, Refused("Not today.", field="weather"))
    assert form.errors == {"email": ["Nobody has it."], "__all__": ["Not today."]}
    assert reverse("members", args=["northfield"]) == "/c/northfield/members/"
