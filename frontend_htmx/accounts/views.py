"""People and their companies: where one begins, who belongs to a company, which companies may sell."""

from allauth.account.views import SignupView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language
from django_htmx.http import HttpResponseClientRedirect

from backend.accounts import policies
from backend.accounts.actions import (
    add_member,
    approve_company,
    change_role,
    choose_language,
    register_company,
    remove_member,
)
from backend.accounts.models import Company, CompanyKind, Membership
from backend.accounts.queries import companies_on_the_floor, members, roles_of
from backend.core.errors import Denied, NotAllowed
from frontend_htmx.accounts.forms import CompanyForm, NewMemberForm, SignUpForm
from frontend_htmx.http import CompanyRequest, HtmxRequest, add_denied, get_visible, page_or_part, see_other, wants_part


class SignUp(SignupView):  # type: ignore[misc]  # allauth is untyped
    """allauth's, with the company's rules beside the fields that they are about."""

    def get_initial(self) -> dict[str, object]:
        """The home page's two ways in say which kind of company it will be."""
        return {**super().get_initial(), "kind": self.request.GET.get("kind", "")}

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        try:
            response: HttpResponse = super().form_valid(form)
        except Denied as denied:
            add_denied(form, denied)
            return self.form_invalid(form)
        return response

    def form_invalid(self, form: SignUpForm) -> HttpResponse:
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=422)
        return response


# --- Where one begins ------------------------------------------------------------------------------------------------
@require_safe
def start(request: HtmxRequest) -> HttpResponse:
    """After the login: the first screen of the only company, else the choice of several, or of none."""
    companies = request.companies
    return see_other(first_screen(companies[0]) if len(companies) == 1 else reverse("own_companies"))


@require_safe
def show_company(request: CompanyRequest, company: str) -> HttpResponse:
    return see_other(first_screen(request.company))


@require_http_methods(["GET", "HEAD", "POST"])
def own_companies(request: HtmxRequest) -> HttpResponse:
    """The companies that one acts for; another one can be opened."""
    form = CompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return see_other(first_screen(register_company(request.user, **form.company)))  # type: ignore[arg-type]
        except Denied as denied:
            add_denied(form, denied)
    status = 422 if form.is_bound else 200
    return render(request, "accounts/own_companies.html", {"form": form}, status=status)


def first_screen(company: Company) -> str:
    """The screen that people of this company live in."""
    if company.kind == CompanyKind.PLATFORM:
        return reverse("companies", args=[company.slug])
    return reverse("stock_grid", args=[company.slug]) if company.sells else reverse("catalogue")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keeps the reader's language on this device and, for a person, for the mails that we write to them."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        choose_language(request.user, chosen)
    return set_language(request)


# --- A company's people ----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def list_members(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's people; a POST takes somebody in."""
    if request.method != "POST":
        return members_page(request)
    form = NewMemberForm(request.company, request.POST)
    if not form.is_valid():
        return members_page(request, form, status=422)
    try:
        add_member(request.company, **form.cleaned_data, actor=request.actor)
    except Denied as denied:
        add_denied(form, denied)
        return members_page(request, form, status=denied.status)
    return members_changed(request)


@require_POST
def create_role(request: CompanyRequest, company: str, membership_id: int) -> HttpResponse:
    membership = get_visible(Membership, request.actor, membership_id)
    try:
        change_role(membership, request.POST.get("role", ""), actor=request.actor)
    except Denied as denied:
        return members_page(request, denied=denied, status=denied.status)
    return members_changed(request)


@require_POST
def create_removal(request: CompanyRequest, company: str, membership_id: int) -> HttpResponse:
    membership = get_visible(Membership, request.actor, membership_id)
    try:
        remove_member(membership, actor=request.actor)
    except Denied as denied:
        return members_page(request, denied=denied, status=denied.status)
    if membership.user_id == request.actor.user_id:
        return away(request, reverse("start"))
    return members_changed(request)


def members_changed(request: CompanyRequest) -> HttpResponse:
    """The list as it is now, seen as one's own role is now."""
    request.actor = get_object_or_404(Membership.objects.this(request.membership)).as_actor()
    return members_page(request) if wants_part(request) else see_other(reverse("members", args=[request.company.slug]))


def members_page(
    request: CompanyRequest, form: NewMemberForm | None = None, *, denied: Denied | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "company": request.company,
        "members": members(request.company.pk),
        "roles": roles_of(request.company),
        "form": form or NewMemberForm(request.company),
        "denied": denied,
        "can_manage": policies.can_manage_members(request.actor, request.company),
        "can_manage_tokens": policies.can_manage_api_tokens(request.actor, request.company),
        "tab": "members",
    }
    return page_or_part(request, "accounts/_members.html", context, page="accounts/members.html", status=status)


def away(request: CompanyRequest, url: str) -> HttpResponse:
    """Leaves this page for another, whoever asked."""
    return HttpResponseClientRedirect(url) if wants_part(request) else see_other(url)


# --- The operator's companies ----------------------------------------------------------------------------------------
@require_safe
def list_companies(request: CompanyRequest, company: str) -> HttpResponse:
    if not policies.can_see_companies(request.actor):
        raise NotAllowed(_("The list of companies is for the market's operators."))
    return companies_page(request)


@require_POST
def create_approval(request: CompanyRequest, company: str, company_id: int) -> HttpResponse:
    approve_company(get_visible(Company, request.actor, company_id), actor=request.actor)
    if wants_part(request):
        return companies_page(request)
    return see_other(reverse("companies", args=[request.company.slug]))


def companies_page(request: CompanyRequest) -> HttpResponse:
    context = {"company": request.company, "floor": companies_on_the_floor(), "tab": "companies"}
    return page_or_part(request, "accounts/_companies.html", context, page="accounts/companies.html")
