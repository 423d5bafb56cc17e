"""What each role of a company may do, and the company's own roles."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from backend.accounts import policies
from backend.accounts.custom_roles.actions import edit_role, make_role, retire_role
from backend.accounts.custom_roles.queries import RoleView, permissions_to_give, roles
from backend.accounts.models import CustomRole, Membership
from backend.core.errors import Denied
from backend.events import log
from frontend_htmx.accounts.forms import RoleForm
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other, wants_part


@require_http_methods(["GET", "HEAD", "POST"])
def list_roles(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's roles; a POST makes one."""
    if request.method != "POST":
        return _page(request)
    form = RoleForm(permissions_to_give(request.company, request.actor.permissions), request.POST)
    no = attempt(form, lambda **typed: make_role(request.company, **typed, actor=request.actor))
    return _page(request, form=form, denied=no) if no else _changed(request)


@require_POST
def create_edit(request: CompanyRequest, company: str, role_id: int) -> HttpResponse:
    """Another name, or other permissions."""
    role = get_visible(CustomRole.objects.select_related("company"), request.actor, role_id)
    form = RoleForm(permissions_to_give(request.company, request.actor.permissions), request.POST, role_id=role_id)
    no = attempt(form, lambda **typed: edit_role(role, **typed, actor=request.actor))
    return _page(request, edited={role_id: form}, denied=no) if no else _changed(request)


@require_POST
def create_removal(request: CompanyRequest, company: str, role_id: int) -> HttpResponse:
    role = get_visible(CustomRole.objects.select_related("company"), request.actor, role_id)
    try:
        retire_role(role, actor=request.actor)
    except Denied as denied:
        return _page(request, denied=denied, says=denied.message)
    return _changed(request)


def _changed(request: CompanyRequest) -> HttpResponse:
    """The list as it is now, seen as one's own role is now: it may have been one's own that changed."""
    request.actor = get_object_or_404(Membership.objects.this(request.membership).with_role()).as_actor()
    return _page(request) if wants_part(request) else see_other(reverse("roles", args=[request.company.slug]))


def _page(
    request: CompanyRequest,
    *,
    form: RoleForm | None = None,
    edited: dict[int, RoleForm] | None = None,
    denied: Denied | None = None,
    says: str = "",
) -> HttpResponse:
    position = log.last_position()
    company, may = request.company, request.actor.permissions
    choices = permissions_to_give(company, may)
    context = {
        "company": company,
        "roles": [(role, _form_of(role, choices, edited or {})) for role in roles(company, may)],
        "form": form or RoleForm(choices),
        "says": says,
        "can_manage": policies.can_manage_members(request.actor, company),
        "topic": f"members:{company.pk}",
        "topics": [f"members:{company.pk}"],
        "url": reverse("roles", args=[company.slug]),
        "position": position,
        "tab": "members",
    }
    status = denied.status if denied else 200
    return page_or_part(request, "accounts/_roles.html", context, page="accounts/roles.html", status=status)


def _form_of(role: RoleView, choices: Sequence[tuple[str, str]], edited: dict[int, RoleForm]) -> RoleForm | None:
    if role.is_fixed:
        return None
    now = {"name": role.name, "permissions": role.permissions}
    return edited.get(role.role_id) or RoleForm(choices, initial=now, role_id=role.role_id)
