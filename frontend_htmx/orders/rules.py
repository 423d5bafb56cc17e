"""How a company buys: what needs an approval, how much each may spend, who stands in for whom."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.events import log
from backend.orders.models import ApprovalRule, Deputy
from backend.orders.rules import queries
from backend.orders.rules.actions import (
    RuleDraft,
    add_approval_rule,
    dismiss_deputy,
    name_deputy,
    remove_approval_rule,
    set_spending_limit,
)
from backend.orders.rules.policies import can_name_deputy, can_rule_buying
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.orders.buying_forms import TURN_NAMES, DeputyForm, LimitForm, RuleForm
from frontend_htmx.orders.requisitions import list_topic, require_sight


@require_safe
@vary_on_headers("HX-Request")
def show_rules(request: CompanyRequest, company: str) -> HttpResponse:
    """What is laid down; with forms for whoever may change it. Twelve queries; live."""
    require_sight(request)
    return _show(request)


@require_POST
def create_rule(request: CompanyRequest, company: str) -> HttpResponse:
    """Orders like this need this approval from now on."""
    require_sight(request)

    def add(draft: RuleDraft) -> None:
        add_approval_rule(request.company, draft, actor=request.actor)

    return _do(request, "rule", RuleForm(request.POST, page=queries.rules_page(request.company)), add)


@require_POST
def create_rule_removal(request: CompanyRequest, company: str, rule_id: int) -> HttpResponse:
    """What a rule asked for is asked for no more."""
    require_sight(request)
    rules = ApprovalRule.objects.of_company(request.company.pk).select_related("company")
    remove_approval_rule(get_object_or_404(rules, pk=rule_id), actor=request.actor)
    return _saved(request)


@require_POST
def create_limit(request: CompanyRequest, company: str) -> HttpResponse:
    """How much a person or a role may order without an approval; nothing typed: as much as they like."""
    require_sight(request)

    def set_limit(**given: Any) -> None:
        set_spending_limit(request.company, **given, actor=request.actor)

    return _do(request, "limit", LimitForm(request.POST, page=queries.rules_page(request.company)), set_limit)


@require_POST
def create_deputy(request: CompanyRequest, company: str) -> HttpResponse:
    """Somebody else approves for a while."""
    require_sight(request)

    def name(approver_id: int, deputy_id: int, starts_on: date, ends_on: date) -> None:
        name_deputy(
            request.company,
            approver_id=approver_id,
            deputy_id=deputy_id,
            starts_on=starts_on,
            ends_on=ends_on,
            actor=request.actor,
        )

    page = queries.rules_page(request.company)
    return _do(request, "deputy", DeputyForm(request.POST, approvers=page.approvers, deputies=page.deputies), name)


@require_POST
def create_dismissal(request: CompanyRequest, company: str, deputy_id: int) -> HttpResponse:
    """Nobody stands in any more."""
    require_sight(request)
    deputies = Deputy.objects.of_company(request.company.pk).select_related("company")
    dismiss_deputy(get_object_or_404(deputies, pk=deputy_id), actor=request.actor)
    return _saved(request)


def _do(request: CompanyRequest, name: str, form: Form, act: Callable[..., None]) -> HttpResponse:
    """The page as it is after the change, or with the form as it was refused."""
    no = attempt(form, act)
    return _show(request, {f"{name}_form": form}, status=no.status) if no else _saved(request)


def _saved(request: CompanyRequest) -> HttpResponse:
    messages.success(request, _("Saved."))
    return see_other(reverse("buying_rules", args=[request.company.slug]))


def _show(request: CompanyRequest, refused: dict[str, Form] | None = None, *, status: int = 200) -> HttpResponse:
    position = log.last_position()
    page = queries.rules_page(request.company)
    can_rule = can_rule_buying(request.actor, request.company)
    context = {
        "company": request.company,
        "found": page,
        "deputies": queries.deputies_of(request.company.pk),
        "turns": TURN_NAMES,
        "can_rule": can_rule,
        "me": request.actor.user_id,
        "rule_form": RuleForm(page=page) if can_rule else None,
        "limit_form": LimitForm(page=page) if can_rule else None,
        "deputy_form": _deputy_form(request, page),
        **(refused or {}),
        "list_topic": list_topic(request),
        "topics": [list_topic(request)],
        "position": position,
        "own_page": reverse("buying_rules", args=[request.company.slug]),
    }
    part = "orders/_buying_rules.html"
    return page_or_part(request, part, context, page="orders/buying_rules.html", status=status)


def _deputy_form(request: CompanyRequest, page: queries.RulesPage) -> DeputyForm | None:
    """For whoever may name one: their own, or anybody's."""
    may = [(pk, name) for pk, name in page.approvers if can_name_deputy(request.actor, request.company, pk)]
    return DeputyForm(approvers=may, deputies=page.deputies) if may else None
