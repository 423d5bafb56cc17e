"""How well the logins of a company's people are protected: a second step, where the company requires one."""

from allauth.mfa.models import Authenticator
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts import policies, steps
from backend.accounts.access import raise_epoch, raise_epochs
from backend.accounts.actor import Actor
from backend.accounts.devices.actions import sign_out_everywhere
from backend.accounts.models import Company, Membership, User
from backend.accounts.protection.sealing import opened, sealed, with_secrets
from backend.core.errors import NotAllowed, Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.events.kinds import Kind
from backend.events.log import record

REASON_LENGTH = 300


@atomic(durable=True)
def require_second_step(company: Company, *, actor: Actor) -> Company:
    """From now on nobody acts for the company whose login has no second step: what they watch ends at once.

    Raises NotAllowed without members.manage, Refused for somebody who would lock themselves out by it.
    """
    require(policies.can_require_second_step(actor, company))
    company = steps.lock_company(company)
    if company.requires_second_step:
        return company
    if not has_second_step(actor.user_id):
        raise Refused(_("Set up a second step for your own login first: you could not come in any more."))
    _set(company, to=True)
    unprotected = Membership.objects.of_company(company.pk).exclude(user__in=User.objects.with_second_step())
    ended = list(unprotected.order_by("pk").values_list("pk", flat=True))
    raise_epochs([f"membership:{pk}" for pk in ended])
    steps.record_of_company(Kind.ACCOUNTS_SECOND_STEP_REQUIRED, company, actor, memberships=ended)
    return company


@atomic(durable=True)
def waive_second_step(company: Company, *, actor: Actor) -> Company:
    """A password is enough again. Raises NotAllowed without members.manage."""
    require(policies.can_require_second_step(actor, company))
    company = steps.lock_company(company)
    if company.requires_second_step:
        _set(company, to=False)
        steps.record_of_company(Kind.ACCOUNTS_SECOND_STEP_WAIVED, company, actor)
    return company


@atomic(durable=True)
def reset_second_step(person: User, *, reason: str, actor: Actor) -> None:
    """An operator takes away all second steps of somebody who has lost them: until they set up another, their password
    is enough, except for companies that require more. All their sessions end, and they are told by mail.

    Where there is none, nothing changes. Raises NotAllowed for who is no operator and for one's own, Refused without a
    reason (of REASON_LENGTH characters at most), which stays in the log.
    """
    _require_may_reset(actor, person)
    reason = _reason(reason)
    lock(User.objects.filter(pk=person.pk), what=str(person))
    lost = Authenticator.objects.filter(user=person)
    kinds = sorted(set(lost.values_list("type", flat=True)))
    if not kinds:
        return
    lost.delete()
    sign_out_everywhere(person, by=actor)
    data = {"reason": reason, "second_steps": kinds}
    version = raise_epoch(f"person:{person.pk}")
    record(Kind.ACCOUNTS_SECOND_STEP_RESET, f"person:{person.pk}", version=version, actor=actor, data=data)


@atomic(durable=True)
def reseal_second_steps() -> int:
    """Seals all of them under the first key; how many. No event: nothing changes for anybody."""
    rows = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    for row in (found := lock(rows, what=_("the second steps"))):
        row.data = with_secrets(row.data, lambda text: sealed(opened(text)))
    Authenticator.objects.bulk_update(found, ["data"], batch_size=1000)
    return len(found)


@atomic(durable=True)
def note_second_step_added(user: User) -> None:
    """Writes down that a way to log in was added."""
    _record(Kind.ACCOUNTS_SECOND_STEP_ADDED, user, 0)


@atomic(durable=True)
def note_second_step_removed(user: User) -> None:
    """Writes down that one is gone; what the person's pages hear ends, for a company may require it."""
    _record(Kind.ACCOUNTS_SECOND_STEP_REMOVED, user, raise_epoch(f"person:{user.pk}"))


def has_second_step(user_id: int | None) -> bool:
    """Whether this person's login takes more than a password. One query."""
    return User.objects.with_second_step().filter(pk=user_id or 0).exists()


def _set(company: Company, *, to: bool) -> None:
    Company.objects.filter(pk=company.pk).update(requires_second_step=to)
    company.requires_second_step = to


def _require_may_reset(actor: Actor, person: User) -> None:
    if not policies.can_reset_second_steps(actor):
        raise NotAllowed(_("Lost second steps are taken away by the market’s operators."))
    if not policies.can_reset_second_step_of(actor, person.pk):
        raise NotAllowed(_("Nobody takes away their own second step here. Ask another operator."))


def _reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= REASON_LENGTH or not reason.isprintable():
        raise Refused(
            _("Say why, in 1 to %(most)d characters: it stays in the log.") % {"most": REASON_LENGTH}, field="reason"
        )
    return reason


def _record(kind: Kind, user: User, version: int) -> None:
    record(kind, f"person:{user.pk}", version=version, actor=Actor(user.pk))
