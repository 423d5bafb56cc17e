"""What waits for an approval: the list of it, one request, and what is done with it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from backend.core.errors import Denied, NotAllowed
from backend.events import log
from backend.orders.models import Requisition
from backend.orders.requisitions import queries
from backend.orders.requisitions.actions import (
    approve_requisition,
    reject_requisition,
    take_up_again,
    withdraw_requisition,
)
from backend.orders.requisitions.policies import can_see_requisitions
from backend.orders.rules.policies import can_rule_buying
from frontend_htmx.fields import new_key
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other, wants_part
from frontend_htmx.orders.buying_forms import DecisionForm, RejectionForm
from frontend_htmx.paging import page_number


@require_safe
@vary_on_headers("HX-Request")
def list_requisitions(request: CompanyRequest, company: str) -> HttpResponse:
    """What waits for this person, for others, and what was decided. Twelve queries at most; live."""
    require_sight(request)
    position = log.last_position()  # before the rows: what is committed after it is told to this page
    context = {
        "company": request.company,
        "found": queries.requisitions_page(request.actor, request.company, number=page_number(request)),
        "list_topic": list_topic(request),
        "topics": [list_topic(request)],
        "position": position,
        "can_rule": can_rule_buying(request.actor, request.company),
    }
    return page_or_part(request, "orders/_requisitions.html", context, page="orders/requisitions.html")


@require_safe
def count_requisitions(request: CompanyRequest, company: str) -> HttpResponse:
    """How many requests wait for this person: a live part of the navigation. Ten queries at most."""
    position = log.last_position()
    context = {
        "count": queries.waiting_for(request.actor),
        "list_topic": list_topic(request),
        "topics": [list_topic(request)] if can_see_requisitions(request.actor) else [],
        "position": position,
        "url": reverse("requisitions_count", args=[company]),
    }
    part = "orders/_requisitions_count.html"
    return page_or_part(request, part, context, page=part)


@require_safe
@vary_on_headers("HX-Request")
def show_requisition(request: CompanyRequest, company: str, requisition_id: int) -> HttpResponse:
    """A request with what somebody needs to decide it. Sixteen queries at most; live."""
    return _show(request, _find(request, requisition_id))


@require_POST
def create_requisition_approval(request: CompanyRequest, company: str, requisition_id: int) -> HttpResponse:
    """Approved; the last approval orders it."""
    found, form = _find(request, requisition_id), DecisionForm(request.POST)

    def approve(step: int) -> None:
        approve_requisition(found, step_id=step, actor=request.actor)

    return _answer(request, found, attempt(form, approve))


@require_POST
def create_requisition_rejection(request: CompanyRequest, company: str, requisition_id: int) -> HttpResponse:
    """Rejected; its buyer reads why."""
    found, form = _find(request, requisition_id), RejectionForm(request.POST)

    def reject(step: int, reason: str) -> None:
        reject_requisition(found, step_id=step, reason=reason, actor=request.actor)

    return _answer(request, found, attempt(form, reject), rejection=form)


@require_POST
def create_requisition_withdrawal(request: CompanyRequest, company: str, requisition_id: int) -> HttpResponse:
    """Its lines stand in the cart again, and so does what was typed beside them; an offer stands in its room, an order
    is as it was."""
    return _to_cart(request, requisition_id, lambda found: withdraw_requisition(found, actor=request.actor))


@require_POST
def create_requisition_return(request: CompanyRequest, company: str, requisition_id: int) -> HttpResponse:
    """What came to nothing stands in the cart once more."""
    key = request.POST.get("key") or new_key()
    return _to_cart(request, requisition_id, lambda found: take_up_again(found, key=key, actor=request.actor))


def _to_cart(request: CompanyRequest, requisition_id: int, act: Callable[[Requisition], object]) -> HttpResponse:
    found = _find(request, requisition_id)
    act(found)
    if found.room_id is not None:
        return _to(request, reverse("room", args=[request.company.slug, found.room_id]))
    if found.order_id is not None:
        return _to(request, reverse("order", args=[request.company.slug, found.order_id]))
    messages.success(request, _("It stands in your cart again."))
    return _to(request, f"{reverse('cart', args=[request.company.slug])}?requisition={found.pk}")


def _to(request: CompanyRequest, where: str) -> HttpResponse:
    return HttpResponseClientRedirect(where) if wants_part(request) else see_other(where)


def _answer(
    request: CompanyRequest, found: Requisition, no: Denied | None, *, rejection: RejectionForm | None = None
) -> HttpResponse:
    if no is None and not wants_part(request):
        return see_other(reverse("requisition", args=[request.company.slug, found.pk]))
    return _show(request, found, no, rejection=rejection if no else None)


def _show(
    request: CompanyRequest, found: Requisition, no: Denied | None = None, *, rejection: RejectionForm | None = None
) -> HttpResponse:
    position = log.last_position()
    own_page = reverse("requisition", args=[request.company.slug, found.pk])
    context = {
        "company": request.company,
        "found": queries.requisition_screen(request.actor, found),
        "rejection": rejection or RejectionForm(),
        "no": no if no and rejection is None else None,
        "topic": f"requisition:{found.pk}",
        "topics": [f"requisition:{found.pk}"],
        "position": position,
        "own_page": own_page,
        "key": new_key(),
    }
    status = no.status if no else 200
    return page_or_part(request, "orders/_requisition.html", context, page="orders/requisition.html", status=status)


def list_topic(request: CompanyRequest) -> str:
    return f"requisitions:{request.company.pk}"


def _find(request: CompanyRequest, requisition_id: int) -> Requisition:
    require_sight(request)
    return get_visible(Requisition.objects.select_related("company"), request.actor, requisition_id)


def require_sight(request: CompanyRequest) -> None:
    """Raises NotAllowed where the person's role has nothing to do with buying."""
    if not can_see_requisitions(request.actor):
        raise NotAllowed(_("Your role in this company neither orders nor approves. An owner can change your role."))
