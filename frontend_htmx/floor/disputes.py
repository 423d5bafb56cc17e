"""Disputes as the market's operators see them, and what they decide."""

from functools import partial
from itertools import chain

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from backend.accounts.models import CompanyKind
from backend.catalog.queries import all_slices
from backend.catalog.transfer.exporting import Column
from backend.core.errors import Denied, NotAllowed
from backend.core.row_security import across_companies
from backend.events import log
from backend.files.keeping import FULL
from backend.orders.disputes.actions import decide_dispute
from backend.orders.disputes.models import THE_DISPUTES
from backend.orders.disputes.policies import can_decide_disputes
from backend.orders.disputes.queries import (
    FOR_OPERATORS,
    DisputeRow,
    decided_disputes,
    evidence_document,
    evidence_for,
    operators_disputes,
)
from backend.orders.models import OrderDispute
from frontend_htmx.exports import export
from frontend_htmx.files import ASKED_EACH_TIME, send_file
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.orders.dispute_forms import DecisionForm

COLUMNS: tuple[Column[DisputeRow], ...] = (
    Column(gettext_lazy("Order"), lambda row: row.number),
    Column(gettext_lazy("Buyer"), lambda row: row.buyer),
    Column(gettext_lazy("Seller"), lambda row: row.seller),
    Column(gettext_lazy("Status"), lambda row: str(row.dispute.status.label)),
    Column(gettext_lazy("Why?"), lambda row: str(row.dispute.reason.label)),
    Column(gettext_lazy("When (UTC)"), lambda row: row.dispute.opened_at),
    Column(gettext_lazy("Decided for"), lambda row: str(row.decided_for.label) if row.decided_for else ""),
)


@require_safe
@vary_on_headers("HX-Request")
def list_disputes(request: CompanyRequest, company: str) -> HttpResponse:
    """What waits for a decision, what the two still talk about, and what was decided. Four queries."""
    _require_operator(request)
    return _shown(request)


@require_safe
def export_disputes(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """What is open, then what was decided."""
    _require_operator(request)
    rows = chain(all_slices(operators_disputes, None), all_slices(decided_disputes, None))
    return export(request, form, "disputes", COLUMNS, rows)


@require_POST
def create_dispute_decision(request: CompanyRequest, company: str, dispute_id: int) -> HttpResponse:
    """An operator decides; a refusal keeps what was typed."""
    _require_operator(request)
    with across_companies(why=FOR_OPERATORS):
        rows = OrderDispute.objects.across_companies(why=FOR_OPERATORS).select_related("order")
        found = get_object_or_404(rows, pk=dispute_id)
    form = DecisionForm(request.POST, dispute_id=found.pk)
    no = attempt(form, partial(decide_dispute, found, actor=request.actor))
    return _shown(request, form, no) if no else see_other(reverse("disputes", args=[company]))


@require_safe
def show_evidence(request: CompanyRequest, company: str, dispute_id: int, document_id: int) -> HttpResponse:
    """A file that one side gave as evidence, for the operators who were asked."""
    _require_operator(request)
    found = evidence_document(dispute_id, document_id)
    if found is None:
        raise Http404(document_id)
    return send_file(request, found, FULL, cache=ASKED_EACH_TIME)


def _shown(request: CompanyRequest, typed: DecisionForm | None = None, no: Denied | None = None) -> HttpResponse:
    """Where somebody was faster the form has gone: what was refused stands by itself then."""
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    open_ones, decided = operators_disputes(), decided_disputes()
    forms = {row.dispute.pk: DecisionForm(dispute_id=row.dispute.pk) for row in open_ones if not row.is_between_them}
    if no and typed and typed.dispute_id not in forms:
        raise no
    status = no.status if no else 200
    context = {
        "company": request.company,
        "open": open_ones,
        "forms": {**forms, typed.dispute_id: typed} if typed else forms,
        "decided": decided,
        "evidence": evidence_for([*open_ones, *decided]),
        "position": position,
        "list_topic": f"disputes:{THE_DISPUTES}",
        "topics": [f"disputes:{THE_DISPUTES}"],
        "own_page": reverse("disputes", args=[request.company.slug]),
    }
    return page_or_part(request, "floor/_disputes.html", context, page="floor/disputes.html", status=status)


def _require_operator(request: CompanyRequest) -> None:
    """Raises Http404 where the company is not the platform, NotAllowed where the person's role is no operator's."""
    if request.company.kind != CompanyKind.PLATFORM:
        raise Http404
    if not can_decide_disputes(request.actor):
        raise NotAllowed(_("Disputes are decided by the market’s operators."))
