"""What the screens of stock share: whose they are, and what the acting person may do on them."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.catalog.models import Sku
from backend.core.errors import NotAllowed
from backend.events import log
from backend.inventory import queries
from backend.inventory.actions import main_warehouse
from backend.inventory.models import Warehouse
from frontend_htmx.http import CompanyRequest


def require_view(request: CompanyRequest) -> None:
    """Raises Http404 where the company sells nothing, NotAllowed where the person's role may not see its stock."""
    if not request.company.sells:
        raise Http404
    if not acts_for(request.actor, request.company.pk, Permission.INVENTORY_VIEW):
        raise NotAllowed(_("Your role in this company may not see its stock. An owner can change your role."))


def own_sku(request: CompanyRequest, sku_id: int) -> Sku:
    """The acting company's SKU with its product, or 404: another company's does not exist."""
    require_view(request)
    found = queries.own_sku(request.company.pk, sku_id)
    if found is None:
        raise Http404
    return found


def warehouses_of(request: CompanyRequest) -> Sequence[Warehouse]:
    """The acting company's warehouses; a seller who is new gets their first here."""
    return queries.warehouses(request.company.pk) or [main_warehouse(request.company)]


def number_in(asked: str) -> int:
    """A row's key as an address or a form names it; 0, which is nobody's, for what is none."""
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0


def named_warehouse(request: CompanyRequest, asked: str) -> Warehouse:
    """The acting company's warehouse of that key, or 404."""
    return get_object_or_404(request.company.warehouses, pk=number_in(asked))


def chosen_among(request: CompanyRequest, houses: Sequence[Warehouse]) -> Warehouse | None:
    """The one that a list is narrowed to; None, which is all of them, where the address names none."""
    asked = number_in(request.GET.get("warehouse", ""))
    return next((house for house in houses if house.pk == asked), None)


def desk_topic(request: CompanyRequest, thing: str = "warehouses") -> dict[str, Any]:
    """What tells a list of stock-keeping to ask anew. One query; before the rows: what comes after it is told."""
    return {"desk_topic": f"{thing}:{request.company.pk}", "position": log.last_position()}


def rights(request: CompanyRequest) -> dict[str, bool]:
    """What the templates show of forms: the actions ask again."""
    permissions = {
        "can_adjust": Permission.INVENTORY_ADJUST,
        "can_receive": Permission.INVENTORY_RECEIVE,
        "can_disclose": Permission.INVENTORY_DISCLOSE,
        "can_plan": Permission.INVENTORY_PLAN,
    }
    return {name: acts_for(request.actor, request.company.pk, right) for name, right in permissions.items()}
