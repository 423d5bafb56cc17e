"""What customers owe a seller and what they may, and the orders whose money has come."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.accounts.models import Company
from backend.core.errors import NotAllowed
from backend.events import log
from backend.orders.credit import queries
from backend.orders.credit.actions import CreditDraft, agree_credit, mark_paid, set_credit_policy, stop_credit
from backend.orders.credit.policies import can_give_credit
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.orders.answering import answered
from frontend_htmx.orders.credit_forms import AgreementForm, PolicyForm
from frontend_htmx.orders.views import order_on
from frontend_htmx.paging import page_number, search_text


@require_safe
@vary_on_headers("HX-Request")
def show_credit(request: CompanyRequest, company: str) -> HttpResponse:
    """Each customer's limit, what of it is used, what is left. Eight queries; live."""
    require_credit(request)
    return _show(request)


@require_POST
def create_policy(request: CompanyRequest, company: str) -> HttpResponse:
    """The terms of customers with whom nothing is agreed."""
    require_credit(request)

    def save(draft: CreditDraft, on_account: bool) -> None:
        set_credit_policy(request.company, draft, on_account=on_account, actor=request.actor)

    return _do(request, "policy", PolicyForm(request.POST), save)


@require_POST
def create_agreement(request: CompanyRequest, company: str) -> HttpResponse:
    """What one customer may owe from now on."""
    require_credit(request)

    def agree(customer: str, draft: CreditDraft) -> None:
        agree_credit(request.company, customer, draft, actor=request.actor)

    return _do(request, "agreement", AgreementForm(request.POST), agree)


@require_POST
def create_stop(request: CompanyRequest, company: str) -> HttpResponse:
    """A customer's credit is stopped, or goes on."""
    require_credit(request)
    slug, stopped = request.POST.get("customer", ""), "resume" not in request.POST
    customers = Company.objects.filter(pk__in=[row.buyer.pk for row in queries.customers(request.company)])
    buyer = get_object_or_404(customers, slug=slug)
    stop_credit(request.company, buyer, request.POST.get("currency", ""), stopped=stopped, actor=request.actor)
    return _saved(request)


@require_POST
def create_payment(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """The money has come."""
    order = order_on(request, order_id)
    mark_paid(order, actor=request.actor)
    return answered(request, order)


def _do(request: CompanyRequest, name: str, form: Form, act: Callable[..., None]) -> HttpResponse:
    no = attempt(form, act)
    return _show(request, {f"{name}_form": form}, status=no.status) if no else _saved(request)


def _saved(request: CompanyRequest) -> HttpResponse:
    messages.success(request, _("Saved."))
    where = reverse("credit", args=[request.company.slug])
    return see_other(f"{where}?{request.GET.urlencode()}" if request.GET else where)


def _show(request: CompanyRequest, refused: dict[str, Form] | None = None, *, status: int = 200) -> HttpResponse:
    position, text = log.last_position(), search_text(request)
    topic, where = f"credit:{request.company.pk}", reverse("credit", args=[request.company.slug])
    context = {
        "company": request.company,
        "found": queries.customers_page(request.company, text=text, number=page_number(request)),
        "text": text,
        "where": where,
        "policy_form": PolicyForm(of=queries.policy_of(request.company.pk)),
        "agreement_form": AgreementForm(),
        **(refused or {}),
        "topic": topic,
        "topics": [topic],
        "position": position,
        "own_page": request.get_full_path() if request.method == "GET" else where,
    }
    return page_or_part(request, "orders/_credit.html", context, page="orders/credit.html", status=status)


def require_credit(request: CompanyRequest) -> None:
    """Raises Http404 where the company sells nothing, NotAllowed where the person's role gives no credit."""
    if not request.company.sells:
        raise Http404
    if not can_give_credit(request.actor, request.company):
        raise NotAllowed(_("Your role in this company does not give credit. An owner can change your role."))
