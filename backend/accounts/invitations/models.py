"""Invitations into a company: to an address, whoever's it is, and whether or not anybody has signed up with it."""

from __future__ import annotations

from typing import ClassVar

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import models
from django.db.models.functions import Now

from backend.accounts.actor import Actor
from backend.accounts.custom_roles.models import CustomRole
from backend.accounts.roles import Permission, Role, permissions_of_role
from backend.accounts.states import InvitationStatus
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity

_SIGNER = signing.Signer(salt="accounts.invitation", sep=".")


class InvitationQuerySet(FencedQuerySet["Invitation"]):
    def visible_to(self, actor: Actor) -> InvitationQuerySet:
        """Whom a company invites is known to those who may."""
        return self.of_company(actor.company_id) if actor.may(Permission.MEMBERS_MANAGE) else self.none()

    def by_link(self, token: str) -> InvitationQuerySet:
        """The one that a letter's link names: only its reader has it."""
        return self.scoped(pk=pk_of(token))

    def to_person(self, user_id: int) -> InvitationQuerySet:
        """Those that went to an address which this person has confirmed."""
        return self.scoped(email__in=EmailAddress.objects.filter(user_id=user_id, verified=True).values("email"))

    def claimed_by_person(self, user_id: int) -> InvitationQuerySet:
        """Those by whose link this person has signed up."""
        return self.scoped(claimed_by_id=user_id)

    def open(self) -> InvitationQuerySet:
        return self.filter(status=InvitationStatus.OPEN)

    def live(self) -> InvitationQuerySet:
        """Those that can still be accepted, by the database's clock."""
        return self.open().filter(expires_at__gt=Now())

    def with_company(self) -> InvitationQuerySet:
        return self.select_related("company", "custom_role", "invited_by")


class Invitation(models.Model):
    """A place in a company that waits for whoever proves that the address is theirs."""

    company = models.ForeignKey("accounts.Company", models.CASCADE, related_name="invitations")
    email = models.EmailField()
    """In lower case, as people's own."""
    role = models.CharField(max_length=20, choices=Role.choices)
    custom_role = models.ForeignKey(CustomRole, models.PROTECT, null=True, related_name="invitations")
    language = models.CharField(max_length=10, blank=True)
    """Of whoever invites: the letter begins in it."""
    status = models.CharField(max_length=20, choices=InvitationStatus.choices, default=InvitationStatus.OPEN)
    invited_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    claimed_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    """Who signed up by its link: they are taken in as soon as their address is confirmed."""
    accepted_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    times_sent = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()
    row_security = RowSecurity()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["company", "email"], condition=models.Q(status="open"), name="one_open_invitation_per_address"
            ),
            models.CheckConstraint(condition=models.Q(status__in=InvitationStatus.values), name="invitation_status"),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.company} ({self.role})"

    @property
    def token(self) -> str:
        """What the letter's link carries: it says which invitation, and only we can have written it."""
        return _SIGNER.sign(str(self.pk))

    @property
    def permissions(self) -> frozenset[Permission]:
        return self.custom_role.holds if self.custom_role else permissions_of_role(self.role, self.company.kind)

    @property
    def role_key(self) -> str:
        return self.custom_role.key if self.custom_role else self.role

    @property
    def role_label(self) -> str:
        return self.custom_role.name if self.custom_role else str(Role(self.role).label)


def pk_of(token: str) -> int:
    """The invitation that a link names; 0 for one that we did not write."""
    try:
        return int(_SIGNER.unsign(token))
    except (signing.BadSignature, ValueError):
        return 0
