"""Roles and what each may do: the one place that says so. A permission is `<room>.<verb>`."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    SALES = "sales", _("Sales")
    WAREHOUSE = "warehouse", _("Warehouse")
    BUYER = "buyer", _("Buyer")
    APPROVER = "approver", _("Approver")
    FINANCE = "finance", _("Finance")
    READ_ONLY = "read_only", _("Read-only")
    OPERATOR = "operator", _("Operator")
    SYSTEM = "system", _("System")


class Permission(StrEnum):
    CATALOG_EDIT = "catalog.edit"
    CATALOG_APPROVE = "catalog.approve"
    PRICES_EDIT = "prices.edit"
    INVENTORY_VIEW = "inventory.view"
    INVENTORY_ADJUST = "inventory.adjust"
    INVENTORY_RECEIVE = "inventory.receive"
    INVENTORY_SELL = "inventory.sell"
    INVENTORY_DISCLOSE = "inventory.disclose"
    MEMBERS_MANAGE = "members.manage"
    API_TOKENS_MANAGE = "api_tokens.manage"
    CATALOG_SYNONYMS = "catalog.synonyms"
    COMPANIES_APPROVE = "companies.approve"
    LIVE_WATCH = "live.watch"


_P = Permission
_STOCK_KEEPING = frozenset({_P.INVENTORY_VIEW, _P.INVENTORY_ADJUST, _P.INVENTORY_RECEIVE})
_MANAGING = _STOCK_KEEPING | {
    _P.CATALOG_EDIT,
    _P.CATALOG_APPROVE,
    _P.PRICES_EDIT,
    _P.INVENTORY_SELL,
    _P.INVENTORY_DISCLOSE,
    _P.API_TOKENS_MANAGE,
}
_SELLING = frozenset({_P.INVENTORY_VIEW, _P.INVENTORY_SELL, _P.INVENTORY_DISCLOSE, _P.CATALOG_EDIT, _P.PRICES_EDIT})

PERMISSIONS: Mapping[str, frozenset[Permission]] = {
    Role.OWNER: _MANAGING | {_P.MEMBERS_MANAGE},
    Role.MANAGER: _MANAGING,
    Role.SALES: _SELLING,
    Role.WAREHOUSE: _STOCK_KEEPING,
    Role.BUYER: frozenset(),
    Role.APPROVER: frozenset(),
    Role.FINANCE: frozenset({_P.INVENTORY_VIEW}),
    Role.READ_ONLY: frozenset({_P.INVENTORY_VIEW}),
    Role.OPERATOR: frozenset({_P.CATALOG_SYNONYMS, _P.COMPANIES_APPROVE, _P.LIVE_WATCH}),
    Role.SYSTEM: frozenset({_P.INVENTORY_VIEW, _P.INVENTORY_SELL, _P.INVENTORY_RECEIVE}),
}

# Which roles a company of each kind gives to its people, the widest first. Nobody is made System by hand.
ROLES_OF: Mapping[str, Sequence[Role]] = {
    "manufacturer": (Role.OWNER, Role.MANAGER, Role.SALES, Role.WAREHOUSE, Role.FINANCE, Role.READ_ONLY),
    "distributor": (
        Role.OWNER,
        Role.MANAGER,
        Role.SALES,
        Role.WAREHOUSE,
        Role.BUYER,
        Role.APPROVER,
        Role.FINANCE,
        Role.READ_ONLY,
    ),
    "retailer": (Role.OWNER, Role.MANAGER, Role.BUYER, Role.APPROVER, Role.FINANCE, Role.READ_ONLY),
    "platform": (Role.OWNER, Role.OPERATOR, Role.READ_ONLY),
}
