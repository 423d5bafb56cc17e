"""The keys with which other systems read for a company. A secret is shown once, in the answer that made it."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from backend.accounts import policies
from backend.accounts.actions import MadeToken, create_api_token, revoke_api_token
from backend.accounts.models import ApiToken
from backend.accounts.queries import api_tokens
from backend.core.errors import Denied, NotAllowed
from frontend_htmx.accounts.forms import TokenForm
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other, wants_part


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def list_tokens(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's tokens; a POST makes one, and its answer is the only place where the secret stands."""
    if not policies.can_manage_api_tokens(request.actor, request.company):
        raise NotAllowed(_("API tokens are for the company's owners and managers."))
    if request.method != "POST":
        return _page(request)
    form, made = TokenForm(request.POST), list[MadeToken]()
    no = attempt(form, lambda **wanted: made.append(create_api_token(request.company, **wanted, actor=request.actor)))
    return _page(request, form=form, denied=no) if no else _page(request, made=made[0], status=201)


@require_POST
def create_revocation(request: CompanyRequest, company: str, token_id: int) -> HttpResponse:
    """Ends a token for good."""
    revoke_api_token(get_visible(ApiToken, request.actor, token_id), actor=request.actor)
    return _page(request) if wants_part(request) else see_other(reverse("api_tokens", args=[request.company.slug]))


def _page(
    request: CompanyRequest,
    *,
    form: TokenForm | None = None,
    made: MadeToken | None = None,
    denied: Denied | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "company": request.company,
        "tokens": api_tokens(request.company.pk),
        "form": form or TokenForm(),
        "made": made,
        "tab": "members",
    }
    status = denied.status if denied else status
    return page_or_part(request, "accounts/_tokens.html", context, page="accounts/tokens.html", status=status)
