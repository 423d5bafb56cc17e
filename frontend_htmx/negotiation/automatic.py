"""What a seller lets the market answer by itself, and what came of it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.core.errors import NotAllowed
from backend.events import log
from backend.negotiation.automatic import queries
from backend.negotiation.automatic.actions import RuleDraft, set_answer_rule, turn_answer_rule
from backend.negotiation.automatic.policies import can_automate
from backend.negotiation.models import AnswerRule
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.negotiation.automatic_forms import AnswerRuleForm


@require_safe
@vary_on_headers("HX-Request")
def show_automatic(request: CompanyRequest, company: str) -> HttpResponse:
    """The rules, and what ran of late. Five queries; live."""
    require_rules(request)
    return _show(request)


@require_POST
def create_answer_rule(request: CompanyRequest, company: str) -> HttpResponse:
    """A rule answers from now on."""
    require_rules(request)
    form = AnswerRuleForm(request.POST)

    def save(draft: RuleDraft) -> None:
        set_answer_rule(request.company, draft, actor=request.actor)

    no = attempt(form, save)
    return _show(request, form, status=no.status) if no else _saved(request, _("Saved."))


@require_POST
def create_answer_turn(request: CompanyRequest, company: str, answer_rule_id: int) -> HttpResponse:
    """A rule rests, or answers again."""
    require_rules(request)
    on = request.POST.get("on") == "1"
    rule = get_object_or_404(AnswerRule.objects.of_company(request.company.pk), pk=answer_rule_id)
    turn_answer_rule(request.company, rule.pk, on=on, actor=request.actor)
    return _saved(request, _("It answers again.") if on else _("It rests."))


def _saved(request: CompanyRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return see_other(reverse("automatic_answers", args=[request.company.slug]))


def _show(request: CompanyRequest, form: AnswerRuleForm | None = None, *, status: int = 200) -> HttpResponse:
    position = log.last_position()
    topic = f"answer_rules:{request.company.pk}"
    context = {
        "company": request.company,
        "rules": queries.answer_rules(request.company.pk),
        "runs": queries.answer_runs(request.company.pk),
        "form": form or AnswerRuleForm(),
        "topic": topic,
        "topics": [topic],
        "position": position,
        "own_page": reverse("automatic_answers", args=[request.company.slug]),
        "part": "automatic",
    }
    part, page = "negotiation/_automatic.html", "negotiation/automatic.html"
    return page_or_part(request, part, context, page=page, status=status)


def require_rules(request: CompanyRequest) -> None:
    if not request.company.sells:
        raise Http404
    if not can_automate(request.actor, request.company):
        raise NotAllowed(
            _("Your role in this company does not decide what is answered by itself. An owner can change it.")
        )
