"""Inner steps of what happens to a company: they join the transaction of the action that calls them."""

from collections.abc import Collection
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError
from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.api_secrets import hash_of, prefix_of
from backend.accounts.countries import country_codes
from backend.accounts.models import ApiToken, Company, CompanyKind, Membership, User
from backend.accounts.roles import Role
from backend.accounts.scopes import ApiScope
from backend.accounts.states import CompanyStatus
from backend.core.errors import Conflict, Refused
from backend.core.locking import lock
from backend.events.kinds import Kind
from backend.events.log import record

NAME_LENGTH = (2, 120)
SIGN_UP_KINDS = (CompanyKind.RETAILER, CompanyKind.MANUFACTURER, CompanyKind.DISTRIBUTOR)
MAX_SLUG = 60
TOKEN_NAME_LENGTH = 80
LIVES_DAYS = (30, 90, 365)
MAX_API_TOKENS = 50


def open_company(user: User, name: str, kind: str, country: str) -> Company:
    """A company with the person as its owner; the one they own already under that name and kind, if there is one."""
    name = " ".join(name.split())
    require_name(name)
    _require_kind(kind)
    require_country(country)
    owned = Company.objects.filter(memberships__user=user, memberships__role=Role.OWNER, kind=kind, name__iexact=name)
    return owned.first() or _open(user, name, kind, country)


def _open(user: User, name: str, kind: str, country: str) -> Company:
    status = CompanyStatus.APPROVED if kind == CompanyKind.RETAILER else CompanyStatus.APPLIED
    company = _with_free_slug(Company(name=name, kind=kind, country=country, status=status))
    owner = Membership.objects.create(user=user, company=company, role=Role.OWNER)
    record(Kind.ACCOUNTS_COMPANY_REGISTERED, f"company:{company.pk}", version=company.version, actor=owner.as_actor())
    return company


def _with_free_slug(company: Company) -> Company:
    """Named after the company; a second one of that name gets five letters more, which say nothing of how many."""
    base = slugify(company.name)[: MAX_SLUG - 6].strip("-_") or "company"
    try:
        with atomic():
            company.slug = base
            company.save(force_insert=True)
    except IntegrityError:
        company.slug = f"{base}-{get_random_string(5, 'abcdefghjkmnpqrstuvwxyz23456789')}"
        company.save(force_insert=True)
    return company


def lock_company(company: Company) -> Company:
    """The company as it is now, locked: its status and its people change under this lock only."""
    return lock(Company.objects.filter(pk=company.pk), what=_("the company %(name)s") % {"name": company})[0]


def raise_version(company: Company) -> None:
    """The next version of a locked company."""
    Company.objects.filter(pk=company.pk).update(version=F("version") + 1)
    company.version += 1


def record_of_company(kind: Kind, company: Company, actor: Actor, **about: object) -> None:
    """What has just happened in a locked company, as its next version."""
    raise_version(company)
    record(kind, f"company:{company.pk}", version=company.version, actor=actor, data=about)


def save_person(user: User) -> None:
    """A new person, with an address that is not confirmed yet. Raises Conflict if it was taken meanwhile."""
    try:
        with atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Conflict(_("This e-mail address has just been signed up."), field="email") from None
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)


def has_other_owner(membership: Membership) -> bool:
    """Whether the company (locked) would still have an owner who can log in without this one."""
    owners = Membership.objects.of_company(membership.company_id).filter(role=Role.OWNER, user__is_active=True)
    return owners.exclude(pk=membership.pk).exists()


def make_token(
    company: Company, name: str, scopes: Collection[str], lives_days: int, secret: str, actor: Actor
) -> ApiToken:
    """A token that ends so many days after this transaction began, by the database's clock."""
    token = ApiToken.objects.create(
        company=company,
        name=name,
        prefix=prefix_of(secret),
        secret_hash=hash_of(secret),
        scopes=list(scopes),
        created_by_id=actor.user_id,
        expires_at=Now() + timedelta(days=lives_days),
    )
    token.refresh_from_db()
    return token


def require_token(name: str, scopes: Collection[str], lives_days: int) -> None:
    """Refuses a token that nobody could recognise, that opens nothing, or that never ends."""
    if not 0 < len(name) <= TOKEN_NAME_LENGTH or not name.isprintable():
        raise Refused(
            _("A token's name has 1 to %(most)d characters, all of them visible; this one has %(n)d.")
            % {"most": TOKEN_NAME_LENGTH, "n": len(name)},
            field="name",
        )
    if not scopes or not set(scopes) <= set(ApiScope.values):
        raise Refused(
            _("Choose what the token may read: %(scopes)s.") % {"scopes": ", ".join(ApiScope.values)}, field="scopes"
        )
    if lives_days not in LIVES_DAYS:
        raise Refused(
            _("A token ends after %(days)s days.") % {"days": ", ".join(map(str, LIVES_DAYS))}, field="lives_days"
        )


def require_room_for_token(company: Company) -> None:
    """Refuses one more than MAX_API_TOKENS that are neither revoked nor expired (the company is locked)."""
    if ApiToken.objects.of_company(company.pk).live().count() >= MAX_API_TOKENS:
        raise Refused(
            _("A company has at most %(most)d tokens at a time. Revoke one that is not needed any more.")
            % {"most": MAX_API_TOKENS}
        )


def require_name(name: str) -> None:
    least, most = NAME_LENGTH
    if not least <= len(name) <= most or not name.isprintable():
        raise Refused(
            _("A company's name has %(least)d to %(most)d characters, all of them visible; this one has %(n)d.")
            % {"least": least, "most": most, "n": len(name)},
            field="company_name",
        )


def _require_kind(kind: str) -> None:
    if kind not in SIGN_UP_KINDS:
        raise Refused(
            _("Nobody can sign up as “%(kind)s”. Choose one of: %(kinds)s.")
            % {"kind": kind[:40], "kinds": ", ".join(str(known.label) for known in SIGN_UP_KINDS)},
            field="kind",
        )


def require_country(country: str) -> None:
    """Refuses what is no country, beside the field that named it."""
    if country not in country_codes():
        raise Refused(
            _("“%(country)s” is not a country. Choose one of the list, such as GB or DE.") % {"country": country[:40]},
            field="country",
        )
