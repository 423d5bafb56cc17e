"""Reporting a message or a company, blocking one, and what the market's operators decide."""

from collections.abc import Mapping, Sequence

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.accounts.models import Company, CompanyKind
from backend.core.errors import NotAllowed
from backend.core.row_security import across_companies
from backend.events import log
from backend.negotiation.models import Block, Entry, Report, Room
from backend.negotiation.moderation import queries
from backend.negotiation.moderation.actions import (
    block_company,
    decide_report,
    lift_suspension,
    report,
    unblock_company,
)
from backend.negotiation.moderation.models import MAX_WORDS, THE_REPORTS
from backend.negotiation.moderation.policies import can_moderate, can_report
from backend.negotiation.moderation.states import DECISIONS, Reason, ReportStatus
from backend.negotiation.policies import can_ask_for_offers
from frontend_htmx.fields import Typed
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.negotiation.views import composer, find_room, require_view

MOST_NAMED, SHOWN = 30, 80


class ReportForm(forms.Form):
    """A message of the other side, or without one the other company; why, and in one's own words."""

    entry = forms.TypedChoiceField(
        label=gettext_lazy("What do you report?"), coerce=int, required=False, empty_value=None
    )
    reason = forms.ChoiceField(label=gettext_lazy("Why?"), choices=Reason.choices)
    words = forms.CharField(
        label=gettext_lazy("What the operators should know"),
        max_length=MAX_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Typed = None, *, entries: Sequence[Entry], company: str) -> None:
        super().__init__(data, auto_id="report-%s")
        behaviour = _("How %(company)s behaves in this negotiation") % {"company": company}
        said = [(each.pk, f"{each.seq}: {_shortened(each)}") for each in entries]
        self.fields["entry"].choices = [("", behaviour), *said]  # type: ignore[attr-defined]  # a choice field's own


class DecisionForm(forms.Form):
    """What is decided about a report, and why."""

    decision = forms.ChoiceField(choices=[(each.value, each.label) for each in DECISIONS])
    why = forms.CharField(label=gettext_lazy("Why?"), max_length=MAX_WORDS)


@require_http_methods(["GET", "HEAD", "POST"])
def new_report(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """What may be reported in a room, and whether its other company is to be blocked. Five queries."""
    room = find_room(request, room_id)
    if not can_report(request.actor, room):
        raise NotAllowed(_("Your role in this company may not do that. An owner of the company can change your role."))
    entries, other = _said_by_others(room, request.company.pk), _other(room, request.company.pk)
    form = ReportForm(request.POST if request.method == "POST" else None, entries=entries, company=other.name)
    by_pk = {each.pk: each for each in entries}

    def make(entry: int | None, reason: str, words: str) -> None:
        report(room, by_pk.get(entry or 0), reason=reason, words=words, actor=request.actor)

    no = attempt(form, make) if form.is_bound else None
    if form.is_bound and no is None:
        return see_other(reverse("room_reported", args=[company, room.pk]))
    return _shown(request, room, {"form": form}, status=no.status if no else 200)


@require_safe
def show_reported(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """Thanks, and what happens next."""
    return _shown(request, find_room(request, room_id), {"is_reported": True})


@require_POST
def create_block(request: CompanyRequest, company: str, room_id: int) -> HttpResponse:
    """The other company of a room is no longer listened to."""
    block_company(find_room(request, room_id), actor=request.actor)
    return see_other(reverse("blocks", args=[company]))


@require_safe
def list_blocks(request: CompanyRequest, company: str) -> HttpResponse:
    """Whom this company doesn't listen to. One query."""
    require_view(request)
    context = {
        "company": request.company,
        "blocks": queries.blocks_of(request.company.pk),
        "can_unblock": can_ask_for_offers(request.actor),
    }
    return page_or_part(request, "negotiation/blocks.html", context, page="negotiation/blocks.html")


@require_POST
def create_unblocking(request: CompanyRequest, company: str, block_id: int) -> HttpResponse:
    """It is listened to again."""
    found = get_object_or_404(Block.objects.of_company(request.company.pk).select_related("blocked"), pk=block_id)
    unblock_company(found.blocked, actor=request.actor)
    return see_other(reverse("blocks", args=[company]))


# --- The operators' side ---------------------------------------------------------------------------------------------
@require_safe
@vary_on_headers("HX-Request")
def list_reports(request: CompanyRequest, company: str) -> HttpResponse:
    """What waits for a decision, and what was decided. Two queries."""
    require_operator(request)
    return _reports(request)


@require_POST
def create_decision(request: CompanyRequest, company: str, report_id: int) -> HttpResponse:
    """An operator decides; a refusal keeps what was typed."""
    require_operator(request)
    found, form = _find_report(report_id), DecisionForm(request.POST)

    def decide(decision: str, why: str) -> None:
        decide_report(found, ReportStatus(decision), why=why, actor=request.actor)

    no = attempt(form, decide)
    if no is None:
        return see_other(reverse("reports", args=[company]))
    return _reports(request, refused={report_id: form}, status=no.status)


@require_POST
def create_lifting(request: CompanyRequest, company: str, report_id: int) -> HttpResponse:
    """The suspended negotiation of a report goes on."""
    require_operator(request)
    lift_suspension(_find_report(report_id).room, actor=request.actor)
    return see_other(reverse("reports", args=[company]))


def _reports(
    request: CompanyRequest, *, refused: Mapping[int, DecisionForm] | None = None, status: int = 200
) -> HttpResponse:
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    context = {
        "company": request.company,
        "open": [(each, (refused or {}).get(each.pk)) for each in queries.open_reports()],
        "decided": queries.decided_reports(),
        "decisions": DECISIONS,
        "position": position,
        "list_topic": f"reports:{THE_REPORTS}",
        "topics": [f"reports:{THE_REPORTS}"],
        "own_page": reverse("reports", args=[request.company.slug]),
    }
    return page_or_part(request, "negotiation/_reports.html", context, page="negotiation/reports.html", status=status)


def _find_report(report_id: int) -> Report:
    with across_companies(why=queries.OPERATORS):
        rows = Report.objects.across_companies(why=queries.OPERATORS)
        return get_object_or_404(rows.select_related("room__enquiry", "room__buyer", "room__seller"), pk=report_id)


def require_operator(request: CompanyRequest) -> None:
    """Raises Http404 where the company is not the platform, NotAllowed where the person's role is no operator's."""
    if request.company.kind != CompanyKind.PLATFORM:
        raise Http404
    if not can_moderate(request.actor):
        raise NotAllowed(_("What was reported is decided by the market’s operators."))


def _shown(request: CompanyRequest, room: Room, more: Mapping[str, object], status: int = 200) -> HttpResponse:
    other = _other(room, request.company.pk)
    is_blocked = Block.objects.of_company(request.company.pk).filter(blocked=other).exists()
    context = {**composer(request, room), "other": other, "is_blocked": is_blocked, **more}
    return page_or_part(request, "negotiation/report.html", context, page="negotiation/report.html", status=status)


def _said_by_others(room: Room, company_id: int) -> Sequence[Entry]:
    """The newest messages of the other side."""
    own = room.side_of(company_id)
    theirs = Entry.objects.scoped(room=room, word="message", hidden_at=None).exclude(side=own)
    return list(theirs.order_by("-seq")[:MOST_NAMED])


def _other(room: Room, company_id: int) -> Company:
    return room.seller if company_id == room.buyer_id else room.buyer


def _shortened(entry: Entry) -> str:
    text = " ".join(entry.text.split()) or _("a file")
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
