"""How well the logins of a company's people are protected: a second step, where the company requires one."""

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts import giving, policies, steps
from backend.accounts.access import raise_epoch, raise_epochs
from backend.accounts.actor import Actor
from backend.accounts.models import Company, Membership, User
from backend.core.errors import Refused
from backend.events.kinds import Kind
from backend.events.log import record


@atomic(durable=True)
def require_second_step(company: Company, *, actor: Actor) -> Company:
    """From now on nobody acts for the company whose login has no second step: what they watch ends at once.

    Raises NotAllowed without members.manage, Refused for somebody who would lock themselves out by it.
    """
    giving.require(policies.can_require_second_step(actor, company))
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
    giving.require(policies.can_require_second_step(actor, company))
    company = steps.lock_company(company)
    if company.requires_second_step:
        _set(company, to=False)
        steps.record_of_company(Kind.ACCOUNTS_SECOND_STEP_WAIVED, company, actor)
    return company


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


def _record(kind: Kind, user: User, version: int) -> None:
    record(kind, f"person:{user.pk}", version=version, actor=Actor(user.pk))
