"""Order templates, and past orders once more: what was wanted beside what it would be now, and into the cart."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from backend.core.errors import Denied
from backend.events import log
from backend.orders.models import Order, OrderTemplate
from backend.orders.quick.queries import quantities_on_pad
from backend.orders.reordering import queries
from backend.orders.reordering.actions import (
    PutAgain,
    add_to_template,
    edit_template,
    make_template,
    put_again,
    remove_template,
)
from backend.orders.reordering.policies import can_edit_template
from frontend_htmx.catalog.buying import buyer_on, price_topics
from frontend_htmx.fields import new_key
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other, wants_part
from frontend_htmx.orders.buying import require_buyer
from frontend_htmx.orders.reordering.forms import (
    AddLineForm,
    EditTemplateForm,
    TemplateForm,
    read_quantities,
    ticked,
    typed_quantities,
)
from frontend_htmx.orders.views import require_view
from frontend_htmx.paging import page_number


# --- Templates -------------------------------------------------------------------------------------------------------
@require_safe
@vary_on_headers("HX-Request")
def list_templates(request: CompanyRequest, company: str) -> HttpResponse:
    """The person's own templates and the shared ones. One query."""
    require_buyer(request)
    return _templates(request, TemplateForm(), of=request.GET.get("of", ""))


@require_POST
def create_template(request: CompanyRequest, company: str) -> HttpResponse:
    """A template out of the cart, the pad, a past order, or nothing yet: what the field `of` says."""
    require_buyer(request)
    form, quantities = TemplateForm(request.POST), _named_quantities(request)
    made: list[OrderTemplate] = []

    def make(name: str, is_shared: bool, key: str) -> None:  # a form's own field
        kept = make_template(
            request.company, name, is_shared=is_shared, quantities=quantities, key=key, actor=request.actor
        )
        made.append(kept)

    no = attempt(form, make)
    if no:
        return _templates(request, form, of=request.POST.get("of", ""), status=no.status)
    return _go(request, reverse("order_template", args=[company, made[0].pk]))


@require_safe
@vary_on_headers("HX-Request")
def show_template(request: CompanyRequest, company: str, template_id: int) -> HttpResponse:
    """A template beside what its lines are now. Eight queries at most."""
    return _template(request, _find(request, template_id))


@require_POST
def create_template_edit(request: CompanyRequest, company: str, template_id: int) -> HttpResponse:
    """Its name, its lines' quantities, and who sees it are as the form says."""
    template = _find(request, template_id)
    form, typed = EditTemplateForm(request.POST), typed_quantities(request.POST)

    def edit(name: str, is_shared: bool, version: int) -> None:  # a form's own field
        quantities = read_quantities(typed)
        edit_template(template, name, is_shared=is_shared, quantities=quantities, version=version, actor=request.actor)

    no = attempt(form, edit)
    return _after(request, template, no, form=form if no else None)


@require_POST
def create_template_line(request: CompanyRequest, company: str, template_id: int) -> HttpResponse:
    """One more SKU stands in it."""
    template, form = _find(request, template_id), AddLineForm(request.POST)

    def add(code: str, quantity: int) -> None:
        add_to_template(template, code, quantity, company=request.company, actor=request.actor)

    no = attempt(form, add)
    return _after(request, template, no, line=form if no else None)


@require_POST
def create_template_removal(request: CompanyRequest, company: str, template_id: int) -> HttpResponse:
    """It is gone."""
    remove_template(_find(request, template_id), actor=request.actor)
    return _go(request, reverse("order_templates", args=[company]))


@require_POST
def create_template_order(request: CompanyRequest, company: str, template_id: int) -> HttpResponse:
    """What is ticked of it goes into the cart."""
    template = _find(request, template_id)
    no = _put(request, lambda: queries.quantities_of_template(template))
    return no if isinstance(no, HttpResponse) else _template(request, template, no=no)


# --- Past orders -----------------------------------------------------------------------------------------------------
@require_safe
@vary_on_headers("HX-Request")
def show_reorder(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """A past order beside what it would be now. Eight queries at most."""
    return _reorder(request, _find_order(request, order_id))


@require_POST
def create_reorder(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """What is ticked of it goes into the cart again."""
    order = _find_order(request, order_id)
    no = _put(request, lambda: queries.quantities_of_order(order))
    return no if isinstance(no, HttpResponse) else _reorder(request, order, no=no)


# --- What they share -------------------------------------------------------------------------------------------------
def _put(request: CompanyRequest, all_of_it: Callable[[], Mapping[int, int]]) -> HttpResponse | Denied:
    """Into the cart with what is ticked, or with all that can be ordered, and on to it; or why not."""
    typed, chosen = typed_quantities(request.POST), ticked(request.POST)
    key, is_all = request.POST.get("key", "") or new_key(), "all" in request.POST
    try:
        some = {} if is_all else read_quantities({pk: text for pk, text in typed.items() if pk in chosen})
        quantities = all_of_it() if is_all else {pk: many for pk, many in some.items() if many}
        put = put_again(request.company, quantities, only_ready=is_all, key=key, actor=request.actor)
    except Denied as denied:
        return denied
    return _done(request, put)


def _done(request: CompanyRequest, put: PutAgain) -> HttpResponse:
    text = ngettext("%(n)d line is in your cart now.", "%(n)d lines are in your cart now.", put.lines)
    messages.success(request, text % {"n": put.lines})
    return _go(request, reverse("cart", args=[request.company.slug]))


def _template(
    request: CompanyRequest,
    template: OrderTemplate,
    *,
    form: EditTemplateForm | None = None,
    line: AddLineForm | None = None,
    no: Denied | None = None,
) -> HttpResponse:
    again = queries.template_lines(template, buyer_on(request), page_number(request))
    template.refresh_from_db()
    said = {"name": template.name, "is_shared": template.is_shared, "version": template.version}
    context = {
        "template": template,
        "can_edit": can_edit_template(request.actor, template),
        "is_own": template.made_by_id == request.user.pk,
        "form": form or EditTemplateForm(initial=said),
        "line_form": line or AddLineForm(),
        "put_url": reverse("create_template_order", args=[request.company.slug, template.pk]),
        "own_page": reverse("order_template", args=[request.company.slug, template.pk]),
    }
    return _again(request, again, context, page="orders/reordering/template.html", no=no)


def _reorder(request: CompanyRequest, order: Order, *, no: Denied | None = None) -> HttpResponse:
    again = queries.ordered_again(order, buyer_on(request), page_number(request))
    context = {
        "order": order,
        "put_url": reverse("create_reorder", args=[request.company.slug, order.pk]),
        "own_page": reverse("reorder", args=[request.company.slug, order.pk]),
    }
    return _again(request, again, context, page="orders/reordering/reorder.html", no=no)


def _again(
    request: CompanyRequest, again: queries.Again, more: Mapping[str, object], *, page: str, no: Denied | None
) -> HttpResponse:
    """Lines with what they are now. What a refusal was about stands there as it was typed."""
    position, topics = log.last_position(), price_topics(buyer_on(request))
    stock = [f"stock:{line.wanted.sku_id}" for line in again.lines if line.offer]
    context = {
        "company": request.company,
        "again": again,
        "typed": typed_quantities(request.POST) if no else {},
        "ticked": ticked(request.POST) if no else {line.wanted.sku_id for line in again.lines if not line.trouble},
        "refusal": no.message if no else "",
        "key": new_key(),
        "price_topics": topics,
        "topics": [*topics, *stock],
        "position": position,
        **more,
    }
    status = no.status if no else HTTPStatus.OK
    return page_or_part(request, "orders/reordering/_again.html", context, page=page, status=status)


def _templates(request: CompanyRequest, form: TemplateForm, *, of: str = "", status: int = 200) -> HttpResponse:
    is_known = of in ("cart", "pad") or (of.isascii() and of.isdigit())
    found, source = queries.templates(request.actor), of if is_known else ""
    context = {"company": request.company, "found": found, "form": form, "of": source}
    page = "orders/reordering/templates.html"
    return page_or_part(request, "orders/reordering/_templates.html", context, page=page, status=status)


def _after(
    request: CompanyRequest,
    template: OrderTemplate,
    no: Denied | None,
    *,
    form: EditTemplateForm | None = None,
    line: AddLineForm | None = None,
) -> HttpResponse:
    if no is None and not wants_part(request):
        return see_other(reverse("order_template", args=[request.company.slug, template.pk]))
    return _template(request, template, form=form, line=line, no=no)


def _named_quantities(request: CompanyRequest) -> Mapping[int, int]:
    """What the new template is made of; 404 for an order that this person can't see."""
    of = request.POST.get("of", "")
    if of == "cart":
        return queries.quantities_in_cart(request.actor)
    if of == "pad":
        return quantities_on_pad(request.actor, buyer_on(request))
    if of.isascii() and of.isdigit() and len(of) < 19:
        return queries.quantities_of_order(_find_order(request, int(of)))
    return {}


def _find(request: CompanyRequest, template_id: int) -> OrderTemplate:
    require_buyer(request)
    return get_visible(OrderTemplate, request.actor, template_id)


def _find_order(request: CompanyRequest, order_id: int) -> Order:
    """One that this company bought: 404 for its sales."""
    require_view(request)
    require_buyer(request)
    return get_object_or_404(Order.objects.bought_by(request.company.pk).with_parties(), pk=order_id)


def _go(request: CompanyRequest, where: str) -> HttpResponse:
    return HttpResponseClientRedirect(where) if wants_part(request) else see_other(where)
