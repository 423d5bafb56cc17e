"""What a seller's people say and offer again and again: where it is kept."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.catalog.offers.queries import seller_terms
from backend.core.errors import NotAllowed
from backend.events import log
from backend.negotiation.models import CannedReply, OfferTemplate
from backend.negotiation.replies import queries
from backend.negotiation.replies.actions import TemplateDraft, drop_reply, drop_template, keep_reply, keep_template
from backend.negotiation.replies.filling import GAPS
from backend.negotiation.replies.policies import can_keep_replies
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.negotiation.reply_forms import ReplyForm, TemplateForm


@require_safe
@vary_on_headers("HX-Request")
def show_replies(request: CompanyRequest, company: str) -> HttpResponse:
    """The replies and the offer templates. Four queries; live."""
    _require(request)
    return _show(request)


@require_POST
def create_reply(request: CompanyRequest, company: str) -> HttpResponse:
    """A message to be sent again."""

    def keep(title: str, text: str) -> None:
        keep_reply(request.company, title, text, actor=request.actor)

    return _keep(request, "reply_form", ReplyForm(request.POST), keep)


@require_POST
def create_offer_template(request: CompanyRequest, company: str) -> HttpResponse:
    """Terms to begin an offer with."""

    def keep(draft: TemplateDraft) -> None:
        keep_template(request.company, draft, actor=request.actor)

    return _keep(
        request, "template_form", TemplateForm(request.POST, currency=seller_terms(request.company).currency), keep
    )


@require_POST
def create_reply_removal(request: CompanyRequest, company: str, reply_id: int) -> HttpResponse:
    """It is not offered any more."""
    _require(request)
    reply = get_object_or_404(CannedReply.objects.of_company(request.company.pk), pk=reply_id)
    drop_reply(request.company, reply.pk, actor=request.actor)
    return _saved(request, _("Removed."))


@require_POST
def create_offer_template_removal(request: CompanyRequest, company: str, offer_template_id: int) -> HttpResponse:
    """No offer begins with it any more."""
    _require(request)
    template = get_object_or_404(OfferTemplate.objects.of_company(request.company.pk), pk=offer_template_id)
    drop_template(request.company, template.pk, actor=request.actor)
    return _saved(request, _("Removed."))


def _keep(request: CompanyRequest, name: str, form: Form, keep: Callable[..., None]) -> HttpResponse:
    _require(request)
    no = attempt(form, keep)
    return _show(request, {name: form}, status=no.status) if no else _saved(request, _("Saved."))


def _saved(request: CompanyRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return see_other(reverse("replies", args=[request.company.slug]))


def _show(request: CompanyRequest, refused: dict[str, Form] | None = None, *, status: int = 200) -> HttpResponse:
    position = log.last_position()
    topic = f"replies:{request.company.pk}"
    context = {
        "company": request.company,
        "replies": queries.replies_of(request.company.pk),
        "templates": queries.templates_of(request.company.pk),
        "gaps": [f"{{{name}}}" for name in GAPS],
        "reply_form": ReplyForm(),
        "template_form": TemplateForm(currency=seller_terms(request.company).currency),
        **(refused or {}),
        "topic": topic,
        "topics": [topic],
        "position": position,
        "own_page": reverse("replies", args=[request.company.slug]),
        "part": "replies",
    }
    return page_or_part(request, "negotiation/_replies.html", context, page="negotiation/replies.html", status=status)


def _require(request: CompanyRequest) -> None:
    if not request.company.sells:
        raise Http404
    if not can_keep_replies(request.actor, request.company):
        raise NotAllowed(_("Your role in this company does not negotiate. An owner can change your role."))
