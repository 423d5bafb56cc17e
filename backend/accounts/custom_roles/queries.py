"""The page of a company's roles."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from backend.accounts.models import Company, CustomRole
from backend.accounts.roles import LABELS, ROLES_OF, Permission, permissions_for, permissions_of_role


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role, and in words what it may do."""

    name: str
    may: Sequence[str]
    role_id: int = 0
    """Of a role of the company's own."""
    permissions: Sequence[str] = ()
    people: int = 0
    is_fixed: bool = True
    """The market's own; or it may what whoever looks may not."""


def roles(company: Company, may: Set[Permission]) -> Sequence[RoleView]:
    """The roles that the company gives, its own ones last, as somebody sees them who may so much. One query."""
    market = [_market_role(company, role, str(role.label)) for role in ROLES_OF[company.kind]]
    rows: Any = CustomRole.objects.of_company(company.pk).annotate(people=Count("memberships")).order_by("name")
    return [*market, *(_own_role(row, row.people, may) for row in rows)]


def permissions_to_give(company: Company, may: Set[Permission]) -> Sequence[tuple[str, str]]:
    """(permission, label) of those that mean something here and that somebody holds who may so much. No query."""
    return [(each.value, str(LABELS[each])) for each in permissions_for(company.kind) if each in may]


def _market_role(company: Company, role: str, label: str) -> RoleView:
    held = permissions_of_role(role, company.kind)
    return RoleView(label, [str(LABELS[each]) for each in permissions_for(company.kind) if each in held])


def _own_role(row: CustomRole, people: int, may: Set[Permission]) -> RoleView:
    return RoleView(
        name=row.name,
        may=[str(LABELS[each]) for each in Permission if each in row.holds],
        role_id=row.pk,
        permissions=[each.value for each in row.holds],
        people=people,
        is_fixed=not row.holds <= may,
    )
