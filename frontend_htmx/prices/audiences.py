"""A seller's groups, assortments and territories: who may see or buy what."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backend.catalog.audiences.actions import (
    remove_assortment,
    save_assortment,
    save_group,
    set_price_login,
    set_territory,
)
from backend.catalog.lists import queries
from backend.catalog.lists.models import Assortment, CustomerGroup
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.prices.desk import require_prices
from frontend_htmx.prices.forms import AssortmentForm, GroupForm, TerritoryForm
from frontend_htmx.prices.goods import assortment_page, find_assortment, terms_of

either = require_http_methods(["GET", "HEAD", "POST"])


@require_POST
def create_price_login(request: CompanyRequest, company: str) -> HttpResponse:
    """Whether people who are not logged in read the public prices."""
    require_prices(request)
    set_price_login(request.company, prices_need_login="need_login" in request.POST, actor=request.actor)
    messages.success(request, _("Saved."))
    return see_other(reverse("price_lists", args=[company]))


@either
def show_groups(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's groups, and a form for another one. Two queries."""
    require_prices(request)
    return _group_screen(request, GroupForm(request.POST or None), None)


@either
def show_group(request: CompanyRequest, company: str, group_id: int) -> HttpResponse:
    """A group with its members, to be changed. Three queries."""
    require_prices(request)
    group = get_object_or_404(CustomerGroup.objects.of_company(request.company.pk), pk=group_id)
    row = next(row for row in queries.groups(request.company.pk) if row.pk == group.pk)
    return _group_screen(request, GroupForm(request.POST or None, of=row), group)


@either
def show_assortments(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's assortments, and a form for another one. Three queries."""
    require_prices(request)
    form = AssortmentForm(request.POST or None, groups=queries.groups(request.company.pk))
    made: list[Assortment] = []

    def save(seen: int | None, **_given: object) -> None:
        made.append(save_assortment(request.company, None, form.draft, actor=request.actor))

    no = attempt(form, save) if form.is_bound else None
    if made:
        messages.success(request, _("Saved."))
        return see_other(reverse("assortment", args=[company, made[0].pk]))
    rows = queries.assortments(request.company.pk)
    context = {"company": request.company, "form": form, "part": "assortments", "rows": rows}
    page = "prices/assortments.html"
    return page_or_part(request, page, context, page=page, status=no.status if no else 200)


@either
def show_assortment(request: CompanyRequest, company: str, assortment_id: int) -> HttpResponse:
    """What is in an assortment, what it says of that and to whom; a POST changes what it says. Seven queries."""
    found = find_assortment(request, assortment_id)
    if request.method != "POST":
        return assortment_page(request, found)
    form = terms_of(request, found, request.POST)

    def save(seen: int | None, **_given: object) -> None:
        save_assortment(request.company, found, form.draft, seen=seen or 0, actor=request.actor)

    if no := attempt(form, save):
        return assortment_page(request, found, terms=form, status=no.status)
    messages.success(request, _("Saved."))
    return see_other(reverse("assortments", args=[company]))


@require_POST
def create_removal(request: CompanyRequest, company: str, assortment_id: int) -> HttpResponse:
    """Takes an assortment away."""
    remove_assortment(find_assortment(request, assortment_id), actor=request.actor)
    return see_other(reverse("assortments", args=[company]))


@either
def show_territories(request: CompanyRequest, company: str) -> HttpResponse:
    """Into which countries the company's offers may be sold. One query."""
    require_prices(request)

    def save(code: str, countries: list[str], is_seen_elsewhere: bool) -> None:
        set_territory(request.company, code, countries, is_seen_elsewhere=is_seen_elsewhere, actor=request.actor)

    form = TerritoryForm(request.POST or None)
    context = {"rows": lambda: queries.territories(request.company.pk)}
    return _screen(request, form, save, context, "territories")


def _group_screen(request: CompanyRequest, form: GroupForm, group: CustomerGroup | None) -> HttpResponse:
    def save(name: str, companies: list[str], seen: int | None) -> None:
        save_group(request.company, group, name, companies, seen=seen or 0, actor=request.actor)

    context = {"rows": lambda: queries.groups(request.company.pk), "chosen": group}
    return _screen(request, form, save, context, "customer_groups")


def _screen(
    request: CompanyRequest, form: Form, save: Callable[..., None], context: dict[str, Any], part: str
) -> HttpResponse:
    """The form as it was refused, or the list as it is after the change."""
    no = attempt(form, save) if form.is_bound else None
    if form.is_bound and no is None:
        messages.success(request, _("Saved."))
        return see_other(reverse(part, args=[request.company.slug]))
    everything = {"company": request.company, "form": form, "part": part, **context}
    status = no.status if no else 200
    return page_or_part(request, f"prices/{part}.html", everything, page=f"prices/{part}.html", status=status)
