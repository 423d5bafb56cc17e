"""Screenfuls of companies and their people."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, DurationField, ExpressionWrapper, F, Q, TextChoices
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.accounts.api_secrets import MARK, MAX_LENGTH, hash_of
from backend.accounts.countries import country_name
from backend.accounts.models import ApiToken, Company, CompanyKind, CustomRole, Membership
from backend.accounts.roles import ROLES_OF, Permission, Role, permissions_of_role
from backend.accounts.scopes import ApiScope
from backend.accounts.states import CompanyStatus
from backend.core.row_security import across_companies, acting_for


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
    """Nobody may change it, or not whoever looks: they can't take what they could not give."""


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


class TokenState(TextChoices):
    LIVE = "live", _("In use")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


@dataclass(frozen=True, slots=True)
class ApiTokenView:
    """A token as its company sees it, without its secret."""

    token_id: int
    name: str
    prefix: str
    scopes: Sequence[tuple[str, str]]
    state: TokenState
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_on: date | None


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """The token that a secret belongs to, what it is worth now, and how long it will be."""

    token: ApiToken
    state: TokenState
    left_s: float


def members(company_id: int, may: Set[Permission] = frozenset()) -> Sequence[MemberView]:
    """A company's people, the widest role first, as somebody sees them who may so much. One query.

    The last owner and the market's own member are fixed, and so is whoever may what the onlooker may not.
    """
    rows = list(Membership.objects.of_company(company_id).select_related("user").with_role())
    owners = sum(row.role == Role.OWNER and row.user.is_active for row in rows)
    return sorted((_member(row, owners, may) for row in rows), key=_rank)


def api_tokens(company_id: int) -> Sequence[ApiTokenView]:
    """A company's tokens, those that still open something first, then the newest. One query."""
    rows = ApiToken.objects.of_company(company_id).select_related("created_by")
    with acting_for(company_id):
        views = [_api_token(row) for row in rows.annotate(is_expired=_IS_EXPIRED).order_by("-pk")]
    return sorted(views, key=lambda view: view.state != TokenState.LIVE)


def presented_token(secret: str) -> PresentedToken | None:
    """Whose secret this is, whether or not it still opens anything; None if nobody's. One query."""
    if not secret.startswith(MARK) or len(secret) > MAX_LENGTH:
        return None
    token = ApiToken.objects.of_secret(hash_of(secret))
    with across_companies(why="whose the secret is, is what is asked"):
        row: Any = token.annotate(is_expired=_IS_EXPIRED, left=_LEFT).first()
    return PresentedToken(row, _state(row), row.left.total_seconds()) if row else None


def companies_on_the_floor() -> Floor:
    """Two queries: those that wait with their owners, and the count of the others."""
    people = Membership.objects.across_companies(why="an operator sees who has applied, and who asks for it")
    owners = people.filter(role=Role.OWNER, company__in=Company.objects.waiting_for_approval())
    waiting = owners.select_related("company", "user").order_by("company_id", "pk").distinct("company_id")
    approved = Company.objects.filter(status=CompanyStatus.APPROVED).exclude(kind=CompanyKind.PLATFORM).count()
    return Floor([_application(row) for row in waiting], approved)


def _member(row: Membership, owners: int, may: Set[Permission]) -> MemberView:
    is_last_owner = row.role == Role.OWNER and owners <= 1
    return MemberView(
        membership_id=row.pk,
        user_id=row.user_id,
        name=str(row.user),
        email="" if row.role == Role.SYSTEM else row.user.email,
        role=row.role_key,
        role_label=row.role_label,
        is_fixed=row.role == Role.SYSTEM or is_last_owner or not row.permissions <= may,
    )


_IS_EXPIRED = ExpressionWrapper(Q(expires_at__lte=Now()), BooleanField())
_LEFT = ExpressionWrapper(F("expires_at") - Now(), DurationField())


def _state(row: Any) -> TokenState:
    if row.revoked_at is not None:
        return TokenState.REVOKED
    return TokenState.EXPIRED if row.is_expired else TokenState.LIVE


def _api_token(row: ApiToken) -> ApiTokenView:
    return ApiTokenView(
        token_id=row.pk,
        name=row.name,
        prefix=row.prefix,
        scopes=[(scope, str(ApiScope(scope).label)) for scope in row.scopes if scope in ApiScope.values],
        state=_state(row),
        created_by=str(row.created_by or ""),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_on=row.last_used_on,
    )


def _rank(member: MemberView) -> tuple[int, str]:
    """The market's roles in their order, then the company's own."""
    order = list(Role)
    return (order.index(Role(member.role)) if member.role in order else len(order), member.name.casefold())


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


def roles_of(company: Company, may: Set[Permission]) -> Sequence[tuple[str, str]]:
    """(role, label) of each role that somebody who may so much gives in this company, its own ones last. One query."""
    market = [(role.value, str(role.label), permissions_of_role(role, company.kind)) for role in ROLES_OF[company.kind]]
    own = [(role.key, role.name, role.holds) for role in CustomRole.objects.of_company(company.pk).order_by("name")]
    return [(key, label) for key, label, permissions in [*market, *own] if permissions <= may]
