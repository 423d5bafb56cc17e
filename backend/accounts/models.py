from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.addresses.models import Address
from backend.accounts.custom_roles.models import CustomRole
from backend.accounts.invitations.models import Invitation
from backend.accounts.naming.models import Naming
from backend.accounts.roles import PERMISSIONS, Permission, Role, permissions_of_role
from backend.accounts.scopes import permissions_of
from backend.accounts.states import CompanyStatus
from backend.core.fences import FencedQuerySet
from backend.core.row_security import RowSecurity

if TYPE_CHECKING:
    from backend.accounts.standing import Standing

__all__ = [
    "AccessEpoch",
    "Address",
    "ApiToken",
    "Company",
    "CompanyKind",
    "CustomRole",
    "Invitation",
    "Membership",
    "Naming",
    "User",
]
SECOND_STEPS = ("totp", "webauthn")
"""What counts as a second step, by allauth's names; recovery codes only stand in for a lost one."""


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person who logs in with their e-mail address; without a password they can't log in."""
        if not email:
            raise ValueError("A person needs an e-mail address")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def confirmed(self, email: str) -> User | None:
        """Who has proven that this address is theirs, and may still log in; an unproven claim is nobody's."""
        return self.filter(
            is_active=True, emailaddress__email__iexact=email.strip(), emailaddress__verified=True
        ).first()

    def with_second_step(self) -> models.QuerySet[User]:
        """Whose login takes more than a password."""
        return self.filter(authenticator__type__in=SECOND_STEPS)

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do hangs on their memberships, never on the person."""

    owns_rows = True

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()
    standing: Standing | None = None
    """Where they may act, if that was read with them (standing.py)."""

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


class CompanyKind(models.TextChoices):
    MANUFACTURER = "manufacturer", _("Manufacturer")
    DISTRIBUTOR = "distributor", _("Distributor")
    RETAILER = "retailer", _("Retailer")
    PLATFORM = "platform", _("Platform")


SELLING_KINDS = (CompanyKind.MANUFACTURER, CompanyKind.DISTRIBUTOR)


class CompanyQuerySet(models.QuerySet["Company"]):
    def of_member(self, user_id: int | None) -> CompanyQuerySet:
        """The companies this person may act for."""
        return self.filter(memberships__user_id=user_id, memberships__user__is_active=True) if user_id else self.none()

    def visible_to(self, actor: Actor) -> CompanyQuerySet:
        """A company is its own people's; whoever approves companies sees them all."""
        if actor.may(Permission.COMPANIES_APPROVE):
            return self.all()
        return self.filter(pk=actor.company_id) if actor.company_id else self.none()

    def waiting_for_approval(self) -> CompanyQuerySet:
        return self.filter(status=CompanyStatus.APPLIED)

    def verified_sellers(self) -> CompanyQuerySet:
        """Sellers whom the market's operators have approved."""
        return self.filter(status=CompanyStatus.APPROVED, kind__in=SELLING_KINDS)


class Company(models.Model):
    owns_rows = True

    name = models.CharField(_("company name"), max_length=120)
    slug = models.SlugField(unique=True, max_length=60)
    kind = models.CharField(_("kind"), max_length=20, choices=CompanyKind.choices)
    country = models.CharField(_("country"), max_length=2, validators=[RegexValidator(r"\A[A-Z]{2}\Z")])
    status = models.CharField(max_length=20, choices=CompanyStatus.choices, default=CompanyStatus.APPLIED)
    requires_second_step = models.BooleanField(default=False)
    """Its people act for it only while their login has a second step."""
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "companies"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(kind__in=CompanyKind.values), name="company_kind"),
            models.CheckConstraint(condition=models.Q(status__in=CompanyStatus.values), name="company_status"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sells(self) -> bool:
        return self.kind in SELLING_KINDS


class MembershipQuerySet(FencedQuerySet["Membership"]):
    def of_person(self, user_id: int | None) -> MembershipQuerySet:
        """Where this person may act; nowhere, once they may not log in."""
        return self.scoped(user_id=user_id, user__is_active=True) if user_id else self.none()

    def of_actor(self, actor: Actor) -> MembershipQuerySet:
        """The membership that the actor acts by, if it still is one."""
        return self.of_person(actor.user_id).filter(pk=actor.membership_id or 0)

    def protected(self) -> MembershipQuerySet:
        """Without those whose company requires a second step that they have not set up."""
        return self.filter(
            models.Q(company__requires_second_step=False) | models.Q(user__in=User.objects.with_second_step())
        )

    def acting(self) -> MembershipQuerySet:
        """Those who may act for their company at this moment."""
        return self.filter(user__is_active=True).protected().with_role()

    def with_role(self) -> MembershipQuerySet:
        """With what `permissions` reads."""
        return self.select_related("company", "custom_role")

    def visible_to(self, actor: Actor) -> MembershipQuerySet:
        """Who works for a company is known to its own people."""
        return self.of_company(actor.company_id)


class Membership(models.Model):
    """A person's place in a company; one role a company, which may be one of the company's own making."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    custom_role = models.ForeignKey(CustomRole, models.PROTECT, null=True, related_name="memberships")
    created_at = models.DateTimeField(db_default=Now())

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "company"], name="one_membership_per_company"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role"),
            models.CheckConstraint(
                condition=models.Q(role=Role.CUSTOM, custom_role__isnull=False)
                | (~models.Q(role=Role.CUSTOM) & models.Q(custom_role=None)),
                name="membership_custom_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.company} ({self.role})"

    @property
    def permissions(self) -> frozenset[Permission]:
        """Read with `with_role()`, it costs no query."""
        if self.custom_role:
            return self.custom_role.holds
        return permissions_of_role(self.role, self.company.kind) if self.role == Role.OWNER else PERMISSIONS[self.role]

    @property
    def role_key(self) -> str:
        """The role as forms and actions name it."""
        return self.custom_role.key if self.custom_role else self.role

    @property
    def role_label(self) -> str:
        return self.custom_role.name if self.custom_role else str(Role(self.role).label)

    def as_actor(self) -> Actor:
        """This person, acting for this company."""
        return Actor(self.user_id, self.company_id, self.pk, self.permissions)


class ApiTokenQuerySet(FencedQuerySet["ApiToken"]):
    def visible_to(self, actor: Actor) -> ApiTokenQuerySet:
        """A company's tokens are its own people's business."""
        return self.of_company(actor.company_id)

    def of_secret(self, secret_hash: str) -> ApiTokenQuerySet:
        """The one that was given to whoever knows its secret."""
        return self.scoped(secret_hash=secret_hash)

    def unrevoked(self) -> ApiTokenQuerySet:
        return self.filter(revoked_at=None)

    def live(self) -> ApiTokenQuerySet:
        """Those that still open something, by the database's clock."""
        return self.unrevoked().filter(expires_at__gt=Now())


class ApiToken(models.Model):
    """A key with which another system reads for the company. Its secret is not kept."""

    row_security = RowSecurity()

    company = models.ForeignKey(Company, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=20)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    last_used_on = models.DateField(null=True)
    """A day, no moment: who must know whether a token is still needed needs no more, and a socket costs no write."""
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def access_scope(self) -> str:
        """What every grant made for this token hangs on; revoking the token raises it."""
        return f"token:{self.pk}"

    def as_actor(self) -> Actor:
        """The company's system that holds this token: nobody in person."""
        return Actor(company_id=self.company_id, permissions=permissions_of(self.scopes), token_id=self.pk)


class AccessEpoch(models.Model):
    """How often what a scope opens was taken away; a grant that names an older number is void.

    Scopes: `person:<id>`, `membership:<id>`, `token:<id>`, `product:<id>`, `offers:<seller>`, `public`.
    A scope without a row stands at 0.
    """

    scope = models.TextField(primary_key=True)
    n = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.scope} at {self.n}"
