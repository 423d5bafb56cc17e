"""People and their companies: where one begins, and which companies may sell."""

from dataclasses import dataclass

from allauth.account.views import SignupView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from backend.accounts import policies
from backend.accounts.actions import approve_company, choose_language, register_company
from backend.accounts.invitations.queries import invitations_of
from backend.accounts.models import Company, CompanyKind
from backend.accounts.naming.queries import names_on_the_floor
from backend.accounts.queries import companies_on_the_floor
from backend.core.errors import Denied, NotAllowed
from frontend_htmx.accounts.forms import CompanyForm, SignUpForm
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
    """After the login: the first screen of the only company, else the choice of several, or of none, or of another."""
    companies = request.companies
    has_choice = len(companies) != 1 or invitations_of(request.user.pk or 0)
    return see_other(reverse("own_companies") if has_choice else first_screen(companies[0]))


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
    context = {"form": form, "invitations": invitations_of(request.user.pk or 0)}
    return render(request, "accounts/own_companies.html", context, status=status)


def first_screen(company: Company) -> str:
    """The screen that people of this company live in."""
    if company.kind == CompanyKind.PLATFORM:
        return reverse("companies", args=[company.slug])
    return (
        reverse("stock_grid", args=[company.slug])
        if company.sells
        else reverse("company_catalogue", args=[company.slug])
    )


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keeps the reader's language on this device and, for a person, for the mails that we write to them."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        choose_language(request.user, chosen)
    return set_language(request)


# --- The operator's companies ----------------------------------------------------------------------------------------
@require_safe
def list_companies(request: CompanyRequest, company: str) -> HttpResponse:
    require_sight_of_companies(request)
    return companies_page(request)


def require_sight_of_companies(request: CompanyRequest) -> None:
    """Raises NotAllowed where the person is no operator."""
    if not policies.can_see_companies(request.actor):
        raise NotAllowed(_("The list of companies is for the market's operators."))


@require_POST
def create_approval(request: CompanyRequest, company: str, company_id: int) -> HttpResponse:
    approve_company(get_visible(Company, request.actor, company_id), actor=request.actor)
    if wants_part(request):
        return companies_page(request)
    return see_other(reverse("companies", args=[request.company.slug]))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason against a name that does not do, kept as it was typed."""

    naming_id: int
    reason: str
    denied: Denied


def companies_page(request: CompanyRequest, refused: Refusal | None = None) -> HttpResponse:
    """Who waits for an approval, which names wait, and what companies were called before. Four queries."""
    context = {
        "company": request.company,
        "floor": companies_on_the_floor(),
        "names": names_on_the_floor(),
        "refused": refused,
        "tab": "companies",
    }
    status = refused.denied.status if refused else 200
    return page_or_part(request, "accounts/_companies.html", context, page="accounts/companies.html", status=status)
