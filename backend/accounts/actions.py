"""Every change of companies and their people. All are safe to send twice: what already holds changes nothing.

Whoever changes a company's people holds the lock of the company's row, so its last owner can't be two people's to lose.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Q
from django.db.models.functions import Now, TruncDate
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts import giving, policies, steps
from backend.accounts.access import raise_epoch
from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.api_secrets import new_secret
from backend.accounts.models import ApiToken, Company, Membership, User
from backend.accounts.roles import Role
from backend.accounts.states import COMPANY, CompanyStatus
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.core.row_security import acting_for, for_actor
from backend.events import once
from backend.events.kinds import Kind
from backend.events.log import record

SYSTEM_EMAIL = "market-replay@system.invalid"  # RFC 2606: no mail ever reaches it


@dataclass(frozen=True, slots=True)
class MadeToken:
    """An API token, and its secret where it was made just now."""

    token: ApiToken
    secret: str = field(default="", repr=False)


@atomic(durable=True)
def sign_up(user: User, *, name: str, kind: str, country: str) -> Company:
    """Saves a new person, with an e-mail address that is not confirmed yet, and opens their company.

    Raises Refused as register_company does, and Conflict if the address was taken meanwhile; then nobody is saved.
    """
    steps.save_person(user)
    return steps.open_company(user, name, kind, country)


@atomic(durable=True)
def register_company(user: User, *, name: str, kind: str, country: str) -> Company:
    """Opens a company whose owner the person becomes; the one they already own under that name and kind, if any.

    A retailer may buy at once; who sells waits for an operator's approval. Raises Refused for a name that is not
    2 to 120 characters long, a kind that nobody signs up for, and a country that is not in ISO 3166-1.
    """
    lock(User.objects.filter(pk=user.pk), what=_("your companies"))
    return steps.open_company(user, name, kind, country)


@atomic(durable=True)
def approve_company(company: Company, *, actor: Actor) -> Company:
    """An operator lets a company that has applied sell. Raises NotAllowed without companies.approve."""
    require(policies.can_approve_company(actor, company))
    company = steps.lock_company(company)
    if company.status != CompanyStatus.APPROVED:
        COMPANY.move(company, to=CompanyStatus.APPROVED)
        _record(Kind.ACCOUNTS_COMPANY_APPROVED, company, actor)
    return company


@atomic(durable=True)
def change_role(membership: Membership, role: str, *, actor: Actor) -> Membership:
    """Gives a member another role, the market's or one of the company's own (`custom-<pk>`); what they watched under
    the old one they subscribe to anew.

    Raises NotAllowed without members.manage, and where the actor does not hold all that the old or the new role may;
    Refused for a role that the company lacks, for the last owner and for a system member; Conflict if they have left
    meanwhile.
    """
    require(policies.can_manage_members(actor, membership.company))
    company = steps.lock_company(membership.company)
    given = giving.role_named(company, role)
    found = Membership.objects.this(membership).select_related("user").with_role().first()
    if found is None:
        raise Conflict(_("This person has left the company meanwhile."))
    if found.role_key != given.key:
        _require_replaceable(found)
        giving.require_may_give(actor, found.permissions | given.permissions)
        found.role, found.custom_role = given.role, given.custom_role
        found.save(update_fields=["role", "custom_role"])
        raise_epoch(f"membership:{found.pk}")
        _record(Kind.ACCOUNTS_ROLE_CHANGED, company, actor, found)
    return found


@atomic(durable=True)
def remove_member(membership: Membership, *, actor: Actor) -> None:
    """Ends a membership and, in the same transaction, voids every grant that rested on it.

    Raises NotAllowed without members.manage, and where the member may what the actor may not; Refused for the last
    owner and for a system member.
    """
    require(policies.can_manage_members(actor, membership.company))
    company = steps.lock_company(membership.company)
    found = Membership.objects.this(membership).select_related("user").with_role().first()
    if found is not None:
        _require_replaceable(found)
        giving.require_may_give(actor, found.permissions)
        Membership.objects.this(found).delete()
        raise_epoch(f"membership:{found.pk}")
        _record(Kind.ACCOUNTS_MEMBER_REMOVED, company, actor, found)


@atomic(durable=True)
@for_actor
def create_api_token(
    company: Company, *, name: str, scopes: Collection[str], lives_days: int, key: str, actor: Actor
) -> MadeToken:
    """A key with which another system reads for the company. Its secret is in what this returns, and nowhere else:
    sent again under the same idempotency key, it makes nothing and knows no secret.

    Raises NotAllowed without api_tokens.manage; Refused for a name that is not 1 to 80 characters long, no scope or an
    unknown one, a life that is not in LIVES_DAYS, and for more than MAX_API_TOKENS live ones.
    """
    require(policies.can_manage_api_tokens(actor, company))
    name, wanted = " ".join(name.split()), sorted(set(scopes))
    steps.require_token(name, wanted, lives_days)
    request = {"name": name, "scopes": wanted, "lives_days": lives_days}
    claim = once.claim(company.pk, key, action="create_api_token", request=request)
    if claim.is_repeat:
        return MadeToken(ApiToken.objects.of_company(company.pk).get(pk=claim.result_pk))
    company = steps.lock_company(company)
    steps.require_room_for_token(company)
    secret = new_secret()
    token = steps.make_token(company, name, wanted, lives_days, secret, actor)
    claim.resulted_in(token.pk)
    _record_token(Kind.ACCOUNTS_API_TOKEN_CREATED, company, actor, token)
    return MadeToken(token, secret)


@atomic(durable=True)
@for_actor
def revoke_api_token(token: ApiToken, *, actor: Actor) -> None:
    """Ends a token for good: the systems that are connected with it are cut off, and no other gets in.

    Raises NotAllowed without api_tokens.manage. One that was revoked before stays as it is.
    """
    require(policies.can_manage_api_tokens(actor, token.company))
    company = steps.lock_company(token.company)
    if ApiToken.objects.this(token).unrevoked().update(revoked_at=Now()):
        raise_epoch(token.access_scope)
        _record_token(Kind.ACCOUNTS_API_TOKEN_REVOKED, company, actor, token)


@atomic(durable=True)
def note_use_of_token(token: ApiToken) -> None:
    """Remembers the day on which a system last came in with this token; one write a day, and no event."""
    today = TruncDate(Now())
    unseen = Q(last_used_on=None) | Q(last_used_on__lt=today)
    with acting_for(token.company_id):
        ApiToken.objects.this(token).filter(unseen).update(last_used_on=today)


@atomic
def system_actor(company: Company) -> Actor:
    """The company's system member, in whose name the market replays its trade; made when first asked for.

    It can't log in: it has no password, and its account is not active.
    """
    user, _made = User.objects.get_or_create(
        email=SYSTEM_EMAIL, defaults={"name": "Market replay", "is_active": False, "password": "!"}
    )
    system = Membership.objects.of_company(company.pk)
    found = system.filter(user=user, role=Role.SYSTEM).first()
    if found is not None:
        return found.as_actor()
    company = steps.lock_company(company)
    membership, is_new = system.get_or_create(user=user, company=company, defaults={"role": Role.SYSTEM})
    if is_new:
        _record(Kind.ACCOUNTS_MEMBER_ADDED, company, membership.as_actor(), membership)
    return membership.as_actor()


@atomic(durable=True)
def void_grants(user: User) -> None:
    """Ends what the person's open pages may hear, after a logout or a new password. Pages that are still logged in
    ask anew. The event lets the relay tell it again, should this process die before it has."""
    n = raise_epoch(f"person:{user.pk}")
    record(Kind.ACCOUNTS_GRANTS_VOIDED, f"person:{user.pk}", version=n, actor=ANONYMOUS)


@atomic(durable=True)
def choose_language(user: User, language: str) -> None:
    """Remembers in which language the market writes to this person."""
    User.objects.filter(pk=user.pk).exclude(language=language).update(language=language)


def _require_replaceable(membership: Membership) -> None:
    """Somebody has to be left who can let others in; the market's own member stays what it is."""
    if membership.role == Role.SYSTEM:
        raise Refused(_("%(person)s belongs to the market itself and stays as it is.") % {"person": membership.user})
    if membership.role == Role.OWNER and not steps.has_other_owner(membership):
        raise Refused(
            _("%(person)s is the last owner of %(company)s. Make somebody else an owner first.")
            % {"person": membership.user, "company": membership.company},
            field="role",
        )


def _record(kind: Kind, company: Company, actor: Actor, membership: Membership | None = None) -> None:
    about = {"membership": membership.pk, "user": membership.user_id} if membership else {}
    steps.record_of_company(kind, company, actor, **about)


def _record_token(kind: Kind, company: Company, actor: Actor, token: ApiToken) -> None:
    steps.record_of_company(kind, company, actor, api_token=token.pk)
