"""May this actor do that to stock? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.catalog.models import Sku


def can_view_stock(actor: Actor, sku: Sku) -> bool:
    return acts_for(actor, sku.company_id, Permission.INVENTORY_VIEW)


def can_adjust_stock(actor: Actor, sku: Sku) -> bool:
    return acts_for(actor, sku.company_id, Permission.INVENTORY_ADJUST)


def can_receive_stock(actor: Actor, sku: Sku) -> bool:
    return acts_for(actor, sku.company_id, Permission.INVENTORY_RECEIVE)


def can_sell_stock(actor: Actor, sku: Sku) -> bool:
    return acts_for(actor, sku.company_id, Permission.INVENTORY_SELL)


def can_change_disclosure(actor: Actor, sku: Sku) -> bool:
    return acts_for(actor, sku.company_id, Permission.INVENTORY_DISCLOSE)


def can_move_stock(actor: Actor, company_id: int) -> bool:
    """Between a company's own warehouses, and by counting what lies in them."""
    return acts_for(actor, company_id, Permission.INVENTORY_ADJUST)


def can_take_in_stock(actor: Actor, company_id: int) -> bool:
    return acts_for(actor, company_id, Permission.INVENTORY_RECEIVE)


def can_plan_stock(actor: Actor, sku: Sku) -> bool:
    """What is kept back, and what may be owed, decides what buyers can order."""
    return acts_for(actor, sku.company_id, Permission.INVENTORY_PLAN)


def can_manage_warehouses(actor: Actor, company: Company) -> bool:
    return acts_for(actor, company.pk, Permission.INVENTORY_PLAN)
