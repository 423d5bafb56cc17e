"""What a company is called: its owners say so, and of approved sellers an operator confirms it."""

from functools import partial

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from backend.accounts import policies
from backend.accounts.models import CompanyKind, Naming
from backend.accounts.naming.actions import confirm_name, refuse_name, rename_company, withdraw_name
from backend.accounts.naming.queries import names_of, naming_for_operators
from backend.accounts.naming.states import NamingStatus
from backend.core.errors import Denied
from backend.core.guards import require
from backend.events import log
from frontend_htmx.accounts.views import Refusal, companies_page
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other, wants_part


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Company name"), max_length=120)


@require_http_methods(["GET", "HEAD", "POST"])
def show_name(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's name, what it was called, and what waits; a POST asks for another one. Two queries; live."""
    require(policies.can_rename_company(request.actor, request.company))
    if request.method != "POST":
        return _page(request, NameForm(initial={"name": request.company.name}))
    form = NameForm(request.POST)
    no = attempt(form, partial(rename_company, request.company, actor=request.actor))
    return _page(request, form, no.status) if no else _changed(request)


@require_POST
def create_withdrawal(request: CompanyRequest, company: str, naming_id: int) -> HttpResponse:
    withdraw_name(get_visible(Naming, request.actor, naming_id), actor=request.actor)
    return _changed(request)


def _changed(request: CompanyRequest) -> HttpResponse:
    messages.success(request, _("Saved."))
    return see_other(reverse("company_name", args=[request.company.slug]))


def _page(request: CompanyRequest, form: NameForm, status: int = 200) -> HttpResponse:
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    names = names_of(request.company.pk)
    context = {
        "company": request.company,
        "form": form,
        "waiting": next((each for each in names if each.status == NamingStatus.WAITING), None),
        "names": names,
        "topic": f"members:{request.company.pk}",
        "topics": [f"members:{request.company.pk}"],
        "position": position,
        "own_page": reverse("company_name", args=[request.company.slug]),
    }
    return page_or_part(request, "accounts/_names.html", context, page="accounts/name.html", status=status)


# --- The operators ---------------------------------------------------------------------------------------------------
@require_POST
def create_confirmation(request: CompanyRequest, company: str, naming_id: int) -> HttpResponse:
    confirm_name(_waiting(request, naming_id), actor=request.actor)
    return _decided(request)


@require_POST
def create_refusal(request: CompanyRequest, company: str, naming_id: int) -> HttpResponse:
    """What was typed stands there again, should it not do."""
    naming, reason = _waiting(request, naming_id), request.POST.get("reason", "")
    try:
        refuse_name(naming, reason, actor=request.actor)
    except Denied as denied:
        return companies_page(request, refused=Refusal(naming.pk, reason, denied))
    return _decided(request)


def _waiting(request: CompanyRequest, naming_id: int) -> Naming:
    """Raises Http404 where the company is not the platform, or there is no such name; NotAllowed for no operator."""
    if request.company.kind != CompanyKind.PLATFORM:
        raise Http404
    require(policies.can_see_companies(request.actor))
    naming = naming_for_operators(naming_id)
    if naming is None:
        raise Http404
    return naming


def _decided(request: CompanyRequest) -> HttpResponse:
    if wants_part(request):
        return companies_page(request)
    return see_other(reverse("companies", args=[request.company.slug]))
