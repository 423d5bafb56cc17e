"""Roles and what each may do: the one place that says so. A permission is `<room>.<verb>`."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.functional import Promise
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
    CUSTOM = "custom", _("Role of your own")


class Permission(StrEnum):
    CATALOG_EDIT = "catalog.edit"
    CATALOG_APPROVE = "catalog.approve"
    PRICES_EDIT = "prices.edit"
    INVENTORY_VIEW = "inventory.view"
    INVENTORY_ADJUST = "inventory.adjust"
    INVENTORY_RECEIVE = "inventory.receive"
    INVENTORY_SELL = "inventory.sell"
    INVENTORY_DISCLOSE = "inventory.disclose"
    INVENTORY_PLAN = "inventory.plan"
    ORDERS_VIEW = "orders.view"
    ORDERS_PLACE = "orders.place"
    ORDERS_ANSWER = "orders.answer"
    ORDERS_DISPATCH = "orders.dispatch"
    ORDERS_APPROVE = "orders.approve"
    ORDERS_RULE = "orders.rule"
    CREDIT_GIVE = "credit.give"
    NEGOTIATION_TALK = "negotiation.talk"
    NEGOTIATION_MODERATE = "negotiation.moderate"
    NEGOTIATION_FLOOR = "negotiation.floor"
    ADDRESSES_KEEP = "addresses.keep"
    MEMBERS_MANAGE = "members.manage"
    API_TOKENS_MANAGE = "api_tokens.manage"
    CATALOG_SYNONYMS = "catalog.synonyms"
    CATALOG_CATEGORIES = "catalog.categories"
    COMPANIES_APPROVE = "companies.approve"
    SECOND_STEPS_RESET = "second_steps.reset"
    LIVE_WATCH = "live.watch"
    FLOOR_WATCH = "floor.watch"
    DISPUTES_DECIDE = "disputes.decide"


_P = Permission
_STOCK_KEEPING = frozenset(
    {_P.INVENTORY_VIEW, _P.INVENTORY_ADJUST, _P.INVENTORY_RECEIVE, _P.ORDERS_VIEW, _P.ORDERS_DISPATCH}
)
_MANAGING = _STOCK_KEEPING | {
    _P.CATALOG_EDIT,
    _P.CATALOG_APPROVE,
    _P.PRICES_EDIT,
    _P.INVENTORY_SELL,
    _P.INVENTORY_DISCLOSE,
    _P.INVENTORY_PLAN,
    _P.ORDERS_ANSWER,
    _P.ORDERS_PLACE,
    _P.ORDERS_APPROVE,
    _P.ORDERS_RULE,
    _P.CREDIT_GIVE,
    _P.NEGOTIATION_TALK,
    _P.NEGOTIATION_FLOOR,
    _P.ADDRESSES_KEEP,
    _P.API_TOKENS_MANAGE,
}
_SELLING = frozenset(
    {
        _P.INVENTORY_VIEW,
        _P.INVENTORY_SELL,
        _P.INVENTORY_DISCLOSE,
        _P.INVENTORY_PLAN,
        _P.CATALOG_EDIT,
        _P.PRICES_EDIT,
        _P.ORDERS_VIEW,
        _P.ORDERS_ANSWER,
        _P.NEGOTIATION_TALK,
    }
)

PERMISSIONS: Mapping[str, frozenset[Permission]] = {
    Role.OWNER: _MANAGING | {_P.MEMBERS_MANAGE},
    Role.MANAGER: _MANAGING,
    Role.SALES: _SELLING,
    Role.WAREHOUSE: _STOCK_KEEPING,
    Role.BUYER: frozenset({_P.ORDERS_VIEW, _P.ORDERS_PLACE, _P.NEGOTIATION_TALK, _P.ADDRESSES_KEEP}),
    Role.APPROVER: frozenset({_P.ORDERS_VIEW, _P.ORDERS_APPROVE}),
    Role.FINANCE: frozenset({_P.INVENTORY_VIEW, _P.ORDERS_VIEW, _P.CREDIT_GIVE, _P.ADDRESSES_KEEP}),
    Role.READ_ONLY: frozenset({_P.INVENTORY_VIEW, _P.ORDERS_VIEW}),
    Role.OPERATOR: frozenset(
        {
            _P.CATALOG_SYNONYMS,
            _P.CATALOG_CATEGORIES,
            _P.COMPANIES_APPROVE,
            _P.SECOND_STEPS_RESET,
            _P.LIVE_WATCH,
            _P.FLOOR_WATCH,
            _P.DISPUTES_DECIDE,
            _P.NEGOTIATION_MODERATE,
        }
    ),
    Role.SYSTEM: frozenset(
        {
            _P.INVENTORY_VIEW,
            _P.INVENTORY_SELL,
            _P.INVENTORY_RECEIVE,
            _P.ORDERS_VIEW,
            _P.ORDERS_PLACE,
            _P.ORDERS_ANSWER,
            _P.ORDERS_DISPATCH,
            _P.NEGOTIATION_TALK,
        }
    ),
    Role.CUSTOM: frozenset(),  # what its own row says: custom_roles/models.py
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

LABELS: Mapping[Permission, str | Promise] = {
    _P.CATALOG_EDIT: _("Create and edit products"),
    _P.CATALOG_APPROVE: _("Approve changes to published products"),
    _P.CATALOG_SYNONYMS: _("Say which words mean the same to the search"),
    _P.CATALOG_CATEGORIES: _("Keep the categories and what their products say of themselves"),
    _P.PRICES_EDIT: _("Edit price lists"),
    _P.INVENTORY_VIEW: _("See the stock"),
    _P.INVENTORY_ADJUST: _("Count and correct stock"),
    _P.INVENTORY_RECEIVE: _("Receive goods"),
    _P.INVENTORY_SELL: _("Take sold goods out of the stock"),
    _P.INVENTORY_DISCLOSE: _("Decide how much of the stock buyers see"),
    _P.INVENTORY_PLAN: _("Plan the stock: warehouses, limits and expected deliveries"),
    _P.ORDERS_VIEW: _("See the orders"),
    _P.ORDERS_PLACE: _("Order"),
    _P.ORDERS_ANSWER: _("Accept and decline orders"),
    _P.ORDERS_DISPATCH: _("Pack and send goods"),
    _P.ORDERS_APPROVE: _("Approve what others want to order"),
    _P.ORDERS_RULE: _("Decide what needs an approval, and how much each person may spend"),
    _P.CREDIT_GIVE: _("Give customers credit"),
    _P.NEGOTIATION_TALK: _("Negotiate: ask for offers, make them and write messages"),
    _P.NEGOTIATION_MODERATE: _("Decide on what was reported in negotiations"),
    _P.NEGOTIATION_FLOOR: _("Keep cost prices and the lowest prices, and approve offers below them"),
    _P.ADDRESSES_KEEP: _("Keep the address book: where goods and bills go"),
    _P.MEMBERS_MANAGE: _("Invite people, give roles and let people go"),
    _P.API_TOKENS_MANAGE: _("Make and revoke API tokens"),
    _P.COMPANIES_APPROVE: _("Approve companies"),
    _P.SECOND_STEPS_RESET: _("Take away a second step that somebody has lost"),
    _P.LIVE_WATCH: _("Watch how the live road is doing"),
    _P.FLOOR_WATCH: _("Watch everybody’s orders, and open each of them"),
    _P.DISPUTES_DECIDE: _("Decide disputes about orders"),
}
"""What each permission lets a person do, in words."""

_SELLERS_ALONE = _MANAGING - {
    _P.ADDRESSES_KEEP,
    _P.API_TOKENS_MANAGE,
    _P.NEGOTIATION_TALK,
    _P.ORDERS_VIEW,
    _P.ORDERS_PLACE,
    _P.ORDERS_APPROVE,
    _P.ORDERS_RULE,
}


def permissions_of_role(role: str, kind: str) -> frozenset[Permission]:
    """What a role may do in a company of this kind: the owner may all that any role there may."""
    if role != Role.OWNER:
        return PERMISSIONS[role]
    return PERMISSIONS[role].union(*(PERMISSIONS[each] for each in ROLES_OF[kind]))


def permissions_for(kind: str) -> Sequence[Permission]:
    """Those that mean something in a company of this kind, in a fixed order: who sells nothing keeps no stock."""
    held = permissions_of_role(Role.OWNER, kind)
    sells = Role.SALES in ROLES_OF[kind]
    return [each for each in Permission if each in held and (sells or each not in _SELLERS_ALONE)]
