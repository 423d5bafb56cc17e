"""A company's people on one live page: who is here, who is invited, and how well their logins are protected."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from backend.accounts import policies
from backend.accounts.actions import change_role, remove_member
from backend.accounts.invitations.queries import invitations
from backend.accounts.models import Membership
from backend.accounts.queries import members, roles_of
from backend.core.errors import Denied
from backend.events import log
from frontend_htmx.accounts.forms import InvitationForm
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other, wants_part


@require_safe
def list_members(request: CompanyRequest, company: str) -> HttpResponse:
    return members_page(request)


@require_POST
def create_role(request: CompanyRequest, company: str, membership_id: int) -> HttpResponse:
    membership = get_visible(Membership, request.actor, membership_id)
    try:
        change_role(membership, request.POST.get("role", ""), actor=request.actor)
    except Denied as denied:
        return members_page(request, denied=denied)
    return members_changed(request)


@require_POST
def create_removal(request: CompanyRequest, company: str, membership_id: int) -> HttpResponse:
    membership = get_visible(Membership, request.actor, membership_id)
    try:
        remove_member(membership, actor=request.actor)
    except Denied as denied:
        return members_page(request, denied=denied)
    if membership.user_id == request.actor.user_id:
        return away(request, reverse("start"))
    return members_changed(request)


def members_changed(request: CompanyRequest) -> HttpResponse:
    """The list as it is now, seen as one's own role is now."""
    request.actor = get_object_or_404(Membership.objects.this(request.membership).with_role()).as_actor()
    return members_page(request) if wants_part(request) else see_other(reverse("members", args=[request.company.slug]))


def members_page(
    request: CompanyRequest, form: InvitationForm | None = None, *, denied: Denied | None = None
) -> HttpResponse:
    """Six queries for who manages people, four for the others, and what makes it live. A no for a form stands in it."""
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    company, may = request.company, request.actor.permissions
    can_manage = policies.can_manage_members(request.actor, company)
    roles = roles_of(company, may) if can_manage else []
    context = {
        "company": company,
        "members": members(company.pk, may),
        "invitations": invitations(company.pk) if can_manage else [],
        "roles": roles,
        "form": form or InvitationForm(roles),
        "denied": None if form else denied,
        "can_manage": can_manage,
        "can_rename": policies.can_rename_company(request.actor, company),
        "can_manage_tokens": policies.can_manage_api_tokens(request.actor, company),
        "topic": f"members:{company.pk}",
        "topics": [f"members:{company.pk}"],
        "url": reverse("members", args=[company.slug]),
        "position": position,
        "tab": "members",
    }
    status = denied.status if denied else 200
    return page_or_part(request, "accounts/_members.html", context, page="accounts/members.html", status=status)


def away(request: CompanyRequest, url: str) -> HttpResponse:
    """Leaves this page for another, whoever asked."""
    return HttpResponseClientRedirect(url) if wants_part(request) else see_other(url)
