"""Changes to what is published: seen by those who may edit, decided by those who may approve."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.catalog.changes import queries
from backend.catalog.changes.actions import approve_change, reject_change, withdraw_change
from backend.catalog.models import ChangeSet
from backend.catalog.policies import can_approve_changes, can_withdraw_change
from backend.catalog.states import ChangeState
from backend.events import log
from frontend_htmx.catalog.own import require_catalog_editor, require_seller
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.paging import page_number


@require_safe
@vary_on_headers("HX-Request")
def changes(request: CompanyRequest, company: str) -> HttpResponse:
    """What waits for a decision, then what was decided. Two queries; live."""
    require_sight(request)
    context = {
        "position": log.last_position(),  # before the rows: what is committed after it is told to this page
        "company": request.company,
        "found": queries.changes_of(request.company.pk, number=page_number(request)),
        "topics": [topic_of(request)],
    }
    return page_or_part(request, "catalog/_changes.html", context, page="catalog/changes.html")


@require_safe
@vary_on_headers("HX-Request")
def change(request: CompanyRequest, company: str, change_id: int) -> HttpResponse:
    """What it was beside what it would become. Live: whoever decides first, both see it."""
    return _show(request, change_id)


@require_POST
def create_approval(request: CompanyRequest, company: str, change_id: int) -> HttpResponse:
    """The change becomes true; 409 where somebody has overtaken it."""
    return _decide(request, change_id, lambda found: approve_change(found, actor=request.actor))


@require_POST
def create_rejection(request: CompanyRequest, company: str, change_id: int) -> HttpResponse:
    """Everything stays as it is, and the author reads why."""
    note = request.POST.get("note", "")
    return _decide(request, change_id, lambda found: reject_change(found, note=note, actor=request.actor))


@require_POST
def create_withdrawal(request: CompanyRequest, company: str, change_id: int) -> HttpResponse:
    """Its author thinks better of it."""
    return _decide(request, change_id, lambda found: withdraw_change(found, actor=request.actor))


def _decide(request: CompanyRequest, change_id: int, act: Callable[[ChangeSet], ChangeSet]) -> HttpResponse:
    decided = act(_find(request, change_id))
    if decided.state == ChangeState.CONFLICTED:
        return _show(request, change_id, status=409)
    if wants_part(request):
        return _show(request, change_id)
    return see_other(reverse("change", args=[request.company.slug, change_id]))


def _show(request: CompanyRequest, change_id: int, *, status: int = 200) -> HttpResponse:
    position = log.last_position()
    found = _find(request, change_id)
    is_open = found.state == ChangeState.OPEN
    context = {
        "position": position,
        "company": request.company,
        "change": found,
        "lines": queries.compared(found),
        "can_approve": is_open and can_approve_changes(request.actor, request.company),
        "can_withdraw": is_open and can_withdraw_change(request.actor, found),
        "topics": [topic_of(request)],
        "here": reverse("change", args=[request.company.slug, found.pk]),
    }
    return page_or_part(request, "catalog/_change.html", context, page="catalog/change.html", status=status)


def topic_of(request: CompanyRequest) -> str:
    return f"changes:{request.company.pk}"


def _find(request: CompanyRequest, change_id: int) -> ChangeSet:
    require_sight(request)
    own = ChangeSet.objects.of_company(request.company.pk)
    return get_object_or_404(own.select_related("company", "product__category", "author", "decided_by"), pk=change_id)


def require_sight(request: CompanyRequest) -> None:
    require_seller(request)
    require_catalog_editor(request)
