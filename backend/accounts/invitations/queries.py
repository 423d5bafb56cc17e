"""Invitations as the company sees them, and as whoever opens a letter's link does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from backend.accounts.models import Invitation
from backend.core.row_security import across_companies, acting_for

_IS_EXPIRED = ExpressionWrapper(Q(expires_at__lte=Now()), BooleanField())

BY_LINK = "whose invitation a letter's link opens is what is asked"


@dataclass(frozen=True, slots=True)
class InvitationView:
    """One that is open, or has expired and can be sent again. It says nothing of whoever the address belongs to."""

    invitation_id: int
    email: str
    role_label: str
    invited_by: str
    expires_at: datetime
    is_expired: bool


@dataclass(frozen=True, slots=True)
class OwnInvitationView:
    """A place in a company that waits for the person who looks."""

    company: str
    slug: str
    role_label: str
    invited_by: str
    token: str


def invitations(company_id: int) -> Sequence[InvitationView]:
    """Those that wait, the newest first. One query."""
    rows = Invitation.objects.of_company(company_id).open().with_company()
    with acting_for(company_id):
        return [_view(row) for row in rows.annotate(is_expired=_IS_EXPIRED).order_by("-pk")]


@across_companies(why="whatever company has invited this person")
def invitations_of(user_id: int) -> Sequence[OwnInvitationView]:
    """Those that went to an address which this person has confirmed, and can be accepted. One query."""
    return [_own(row) for row in Invitation.objects.to_person(user_id).live().with_company().order_by("pk")]


@across_companies(why=BY_LINK)
def invitation_by_link(token: str) -> Invitation | None:
    """What a letter's link opens; None if it opens nothing any more. One query."""
    return Invitation.objects.by_link(token).live().with_company().first()


@across_companies(why=BY_LINK)
def accepted_by_link(token: str, user_id: int | None) -> str:
    """Where the link leads somebody who has accepted it before: their company's slug; else nothing. One query."""
    found = Invitation.objects.by_link(token).filter(accepted_by_id=user_id or 0, company__memberships__user=user_id)
    return str(found.values_list("company__slug", flat=True).first() or "")


@across_companies(why="whatever company has invited this person")
def is_to(user_id: int, invitation: Invitation) -> bool:
    """Whether it went to an address that this person has confirmed. One query."""
    return Invitation.objects.to_person(user_id).filter(pk=invitation.pk).exists()


def _view(row: Any) -> InvitationView:
    return InvitationView(
        invitation_id=row.pk,
        email=row.email,
        role_label=row.role_label,
        invited_by=str(row.invited_by or ""),
        expires_at=row.expires_at,
        is_expired=row.is_expired,
    )


def _own(row: Invitation) -> OwnInvitationView:
    return OwnInvitationView(row.company.name, row.company.slug, row.role_label, str(row.invited_by or ""), row.token)
