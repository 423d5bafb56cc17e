"""Screenfuls of companies and their people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from backend.accounts.countries import country_name
from backend.accounts.models import Company, CompanyKind, Membership
from backend.accounts.roles import ROLES_OF, Role
from backend.accounts.states import CompanyStatus


@dataclass(frozen=True, slots=True)
class MemberView:
    """One of a company's people, and whether anybody may change that."""

    membership_id: int
    user_id: int
    name: str
    email: str
    role: str
    role_label: str
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """A company that waits for its approval, with who asks for it."""

    company_id: int
    name: str
    kind: str
    country: str
    owner: str
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class Floor:
    """The operator's view of the companies: who waits, the longest first, and how many are approved."""

    applications: Sequence[ApplicationView]
    approved: int


def members(company_id: int) -> Sequence[MemberView]:
    """A company's people, the widest role first. One query. The last owner and the market's own member are fixed."""
    rows = list(Membership.objects.of_company(company_id).select_related("user", "company"))
    owners = sum(row.role == Role.OWNER and row.user.is_active for row in rows)
    return sorted((_member(row, owners) for row in rows), key=lambda member: (_rank(member), member.name.casefold()))


def companies_on_the_floor() -> Floor:
    """Two queries: those that wait with their owners, and the count of the others."""
    owners = Membership.objects.filter(role=Role.OWNER, company__in=Company.objects.waiting_for_approval())
    waiting = owners.select_related("company", "user").order_by("company_id", "pk").distinct("company_id")
    approved = Company.objects.filter(status=CompanyStatus.APPROVED).exclude(kind=CompanyKind.PLATFORM).count()
    return Floor([_application(row) for row in waiting], approved)


def _member(row: Membership, owners: int) -> MemberView:
    return MemberView(
        membership_id=row.pk,
        user_id=row.user_id,
        name=str(row.user),
        email="" if row.role == Role.SYSTEM else row.user.email,
        role=row.role,
        role_label=str(Role(row.role).label),
        is_fixed=row.role == Role.SYSTEM or (row.role == Role.OWNER and owners <= 1),
    )


def _rank(member: MemberView) -> int:
    return list(Role).index(Role(member.role))


def _application(row: Membership) -> ApplicationView:
    company = row.company
    return ApplicationView(
        company_id=company.pk,
        name=company.name,
        kind=str(CompanyKind(company.kind).label),
        country=country_name(company.country, get_language() or "en"),
        owner=row.user.email,
        applied_at=company.created_at,
    )


def roles_of(company: Company) -> Sequence[tuple[str, str]]:
    """(role, label) of each role that this company gives. No query."""
    return [(role.value, str(role.label)) for role in ROLES_OF[company.kind]]
