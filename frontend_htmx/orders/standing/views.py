"""Standing orders: what a company has ordered by itself, on which days, and what became of them."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from backend.accounts.actor import Actor
from backend.core.errors import Refused
from backend.events import log
from backend.orders.models import OrderTemplate, StandingOrder
from backend.orders.placing.details import Details
from backend.orders.policies import can_place_orders
from backend.orders.standing import queries
from backend.orders.standing.actions import (
    answer_run,
    change_standing_order,
    end_standing_order,
    mark_seen,
    pause_standing_order,
    resume_standing_order,
    set_up_standing_order,
    skip_next,
)
from backend.orders.standing.policies import can_change_standing
from backend.orders.standing.schedule import Schedule
from backend.orders.standing.states import GOING_ON, Standing
from backend.orders.standing.steps import today
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other, wants_part
from frontend_htmx.orders.buying import require_buyer
from frontend_htmx.orders.destinations import keep_typed, places_of
from frontend_htmx.orders.standing.forms import ChangeForm, StandingForm
from frontend_htmx.orders.views import require_view
from frontend_htmx.paging import number_of


@require_safe
@vary_on_headers("HX-Request")
def list_standing(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's standing orders, and what somebody has to look at. Three queries."""
    require_view(request)
    topic, position = f"standing:{request.company.pk}", log.last_position()
    context = {
        "company": request.company,
        "found": queries.standing_orders(request.actor),
        "news": queries.news(request.actor),
        "can_order": can_place_orders(request.actor),
        "topic": topic,
        "topics": [topic],
        "position": position,
    }
    return page_or_part(request, "orders/standing/_list.html", context, page="orders/standing/list.html")


@require_http_methods(["GET", "HEAD", "POST"])
def new_standing(request: CompanyRequest, company: str) -> HttpResponse:
    """A template is ordered by itself from a day on."""
    require_buyer(request)
    if request.method != "POST":
        asked = number_of(request.GET.get("template", "")) if "template" in request.GET else None
        return _new(request, _form(request, template=asked))
    form = _form(request)
    made: list[StandingOrder] = []

    def set_up(template: OrderTemplate, schedule: Schedule, limit_percent: int, details: Details, key: str) -> None:
        keep_typed(form, request)
        made.append(
            set_up_standing_order(
                request.company, template, schedule, details, limit_percent=limit_percent, key=key, actor=request.actor
            )
        )

    no = attempt(form, set_up)
    if no:
        return _new(request, form, status=no.status)
    where = reverse("standing_order", args=[company, made[0].pk])
    return HttpResponseClientRedirect(where) if wants_part(request) else see_other(where)


@require_safe
@vary_on_headers("HX-Request")
def show_standing(request: CompanyRequest, company: str, standing_id: int) -> HttpResponse:
    """One of them, with what became of its days. Five queries."""
    return _standing(request, find_standing(request, standing_id))


@require_http_methods(["GET", "HEAD", "POST"])
def edit_standing(request: CompanyRequest, company: str, standing_id: int) -> HttpResponse:
    """Its terms, as somebody saw them, become others."""
    standing = find_standing(request, standing_id)
    actor, places = _actor(request), places_of(request)
    if request.method != "POST":
        return _edit(request, standing, ChangeForm(standing=standing, places=places))
    form = ChangeForm(request.POST, standing=standing, places=places)

    def change(**terms: Any) -> None:
        keep_typed(form, request)
        change_standing_order(standing, **terms, actor=actor)

    if no := attempt(form, change):
        return _edit(request, find_standing(request, standing_id), form, status=no.status)
    where = reverse("standing_order", args=[company, standing.pk])
    return HttpResponseClientRedirect(where) if wants_part(request) else see_other(where)


@require_POST
def create_turn(request: CompanyRequest, company: str, standing_id: int, turn: str) -> HttpResponse:
    """It is paused, resumed, ended, or what became of it was seen."""
    return _after(request, find_standing(request, standing_id), TURNS[turn])


@require_POST
def create_skip(request: CompanyRequest, company: str, standing_id: int) -> HttpResponse:
    """It is left out on the day that the form names."""
    standing = find_standing(request, standing_id)
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        raise Refused(_("Say which day is to be left out.")) from None
    return _after(request, standing, lambda standing, *, actor: skip_next(standing, on=on, actor=actor))


@require_POST
def create_answer(request: CompanyRequest, company: str, standing_id: int) -> HttpResponse:
    """It is ordered at what it costs now, or left out this time."""
    standing, accepts = find_standing(request, standing_id), request.POST.get("answer") == "order"
    run = get_object_or_404(standing.runs.select_related("standing"), pk=number_of(request.POST.get("run", "")))
    return _after(request, standing, lambda _standing, *, actor: answer_run(run, accepts=accepts, actor=actor))


Act = Callable[..., object]
TURNS: Mapping[str, Act] = {
    "pause": pause_standing_order,
    "resumption": resume_standing_order,
    "end": end_standing_order,
    "seen": mark_seen,
}


def _after(request: CompanyRequest, standing: StandingOrder, act: Act) -> HttpResponse:
    act(standing, actor=_actor(request))
    if not wants_part(request):
        return see_other(reverse("standing_order", args=[request.company.slug, standing.pk]))
    return _standing(request, find_standing(request, standing.pk))


def _actor(request: CompanyRequest) -> Actor:
    require_buyer(request)
    return request.actor


def _standing(request: CompanyRequest, standing: StandingOrder) -> HttpResponse:
    topic, position = f"standing:{request.company.pk}", log.last_position()
    view = queries.standing_view(standing)
    context = {
        "company": request.company,
        "standing": standing,
        "view": view,
        "is_going_on": standing.state in GOING_ON,
        "is_active": standing.state == Standing.ACTIVE,
        "is_paused": standing.state == Standing.PAUSED,
        "has_news": any(not run.is_seen for run in view.runs),
        "can_change": can_change_standing(request.actor, standing),
        "template": OrderTemplate.objects.visible_to(request.actor).filter(pk=standing.template_id).first(),
        "own_page": reverse("standing_order", args=[request.company.slug, standing.pk]),
        "topic": topic,
        "topics": [topic],
        "position": position,
    }
    return page_or_part(request, "orders/standing/_standing.html", context, page="orders/standing/standing.html")


def _form(request: CompanyRequest, *, template: int | None = None) -> StandingForm:
    data = request.POST if request.method == "POST" else None
    return StandingForm(data, actor=request.actor, today=today(), template=template, places=places_of(request))


def _new(request: CompanyRequest, form: StandingForm, status: int = 200) -> HttpResponse:
    context = {"company": request.company, "form": form}
    page = "orders/standing/new.html"
    return page_or_part(request, "orders/standing/_new.html", context, page=page, status=status)


def _edit(request: CompanyRequest, standing: StandingOrder, form: ChangeForm, status: int = 200) -> HttpResponse:
    context = {"company": request.company, "standing": standing, "form": form, "has_changed": status == 409}
    page = "orders/standing/edit.html"
    return page_or_part(request, "orders/standing/_edit.html", context, page=page, status=status)


def find_standing(request: CompanyRequest, standing_id: int) -> StandingOrder:
    require_view(request)
    found = StandingOrder.objects.select_related("set_up_by", "company", "template")
    return get_visible(found, request.actor, standing_id)
