"""Goods come in: a delivery note of several lines, received whole or not at all."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.core.errors import Denied, NotAllowed, Refused
from backend.inventory.actions import receive_stock
from backend.inventory.lots.queries import keeps_lots
from backend.inventory.models import Warehouse
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.inventory.desk import require_view, warehouses_of
from frontend_htmx.inventory.forms import LineForm, ReceiptForm, ReceivedLineForm, blank_lines, more_lines, typed_lines
from frontend_htmx.inventory.goods import goods_of


@require_safe
def new_receipt(request: CompanyRequest, company: str) -> HttpResponse:
    """An empty delivery note. Two queries."""
    require_receive(request)
    return _show(request, ReceiptForm(warehouses=warehouses_of(request)), blank_lines(kind=_kind(request)))


@require_POST
def create_receipt(request: CompanyRequest, company: str) -> HttpResponse:
    """All lines are added to the warehouse, or none is and each says what is wrong with it."""
    require_receive(request)
    houses, lines = warehouses_of(request), typed_lines(request.POST, kind=_kind(request))
    if "more" in request.POST:
        again = ReceiptForm(warehouses=houses, initial=request.POST.dict())
        return _show(request, again, more_lines(lines))
    head = ReceiptForm(request.POST, warehouses=houses)
    no = _receive(request, head, lines)
    return _show(request, head, lines, no) if no else _received(request, lines)


def require_receive(request: CompanyRequest) -> None:
    """Raises Http404 where the company sells nothing, NotAllowed without inventory.receive."""
    require_view(request)
    if not acts_for(request.actor, request.company.pk, Permission.INVENTORY_RECEIVE):
        raise NotAllowed(_("Your role in this company may not receive goods. An owner can change your role."))


def _kind(request: CompanyRequest) -> type[LineForm]:
    """Who keeps nothing by lots is not asked for any: a scanner's Enter leads from the quantity to the next line."""
    return ReceivedLineForm if keeps_lots(request.company.pk) else LineForm


def _receive(request: CompanyRequest, head: ReceiptForm, lines: Sequence[LineForm]) -> Denied | None:
    goods = goods_of(request, lines)
    if goods is None:
        head.is_valid()
        return Refused(_("Some of this can’t be read: the fields say why."))

    def receive(warehouse: Warehouse, reference: str, key: str) -> None:
        receive_stock(goods, warehouse, reference=reference, key=key, actor=request.actor)

    return attempt(head, receive)


def _received(request: CompanyRequest, lines: Sequence[LineForm]) -> HttpResponse:
    count = sum(line.has_changed() for line in lines)
    messages.success(request, ngettext("%(n)d line received.", "%(n)d lines received.", count) % {"n": count})
    grid = reverse("stock_grid", args=[request.company.slug])
    return HttpResponseClientRedirect(grid) if wants_part(request) else see_other(grid)


def _show(
    request: CompanyRequest, head: ReceiptForm, lines: Sequence[LineForm], no: Denied | None = None
) -> HttpResponse:
    context = {"company": request.company, "head": head, "lines": lines}
    status = no.status if no else 200
    return page_or_part(request, "inventory/_receipt.html", context, page="inventory/receipt.html", status=status)
