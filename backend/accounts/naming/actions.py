"""Every change of a company’s name. Its address (the slug) stays, and so do the words that an order has frozen.

Whom an operator has approved is trusted under their name: another one waits until an operator has confirmed it.
"""

from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts import policies, steps
from backend.accounts.actor import Actor
from backend.accounts.models import Company, Naming
from backend.accounts.naming.states import NAMING, NamingStatus
from backend.accounts.states import CompanyStatus
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.row_security import across_companies, for_actor
from backend.events.kinds import Kind

REASON_LENGTH = (3, 200)
OF_OPERATORS = "an operator confirms what companies want to be called"


@atomic(durable=True)
@for_actor
def rename_company(company: Company, name: str, *, actor: Actor) -> Naming | None:
    """The company bears this name from now on; a seller whom an operator has approved, once one confirms it.

    A name that waits already gives way to this one. None where nothing changes. Raises NotAllowed without
    members.manage, and Refused for a name that is not 2 to 120 characters long.
    """
    require(policies.can_rename_company(actor, company))
    company, name = steps.lock_company(company), " ".join(name.split())
    steps.require_name(name)
    waiting = Naming.objects.of_company(company.pk).waiting().first()
    if name == (waiting.name if waiting else company.name):
        return waiting
    if waiting:
        _end(waiting, NamingStatus.WITHDRAWN)
        _record(Kind.ACCOUNTS_NAME_WITHDRAWN, company, actor, waiting)
    if name == company.name:
        return None
    made = Naming.objects.create(company=company, before=company.name, name=name, asked_by_id=actor.user_id)
    if company.sells and company.status == CompanyStatus.APPROVED:
        _record(Kind.ACCOUNTS_NAME_ASKED, company, actor, made)
    else:
        _take(company, made, actor)
    return made


@atomic(durable=True)
@for_actor
def withdraw_name(naming: Naming, *, actor: Actor) -> Naming:
    """The company keeps the name that it has. Raises NotAllowed without members.manage, Conflict if it was decided."""
    require(policies.can_rename_company(actor, naming.company))
    company, naming = _locked(naming)
    if naming.status != NamingStatus.WITHDRAWN:
        _end(naming, NamingStatus.WITHDRAWN)
        _record(Kind.ACCOUNTS_NAME_WITHDRAWN, company, actor, naming)
    return naming


@atomic(durable=True)
@across_companies(why=OF_OPERATORS)
def confirm_name(naming: Naming, *, actor: Actor) -> Naming:
    """The company bears the name from now on. Raises NotAllowed without companies.approve, Conflict if it was decided
    otherwise meanwhile."""
    require(policies.can_approve_company(actor, naming.company))
    company, naming = _locked(naming)
    if naming.status != NamingStatus.TAKEN:
        _take(company, naming, actor)
    return naming


@atomic(durable=True)
@across_companies(why=OF_OPERATORS)
def refuse_name(naming: Naming, reason: str, *, actor: Actor) -> Naming:
    """The company keeps its name and reads why. Raises as confirm_name does, and Refused without a reason."""
    require(policies.can_approve_company(actor, naming.company))
    company, naming = _locked(naming)
    if naming.status != NamingStatus.REFUSED:
        naming.reason = _cleaned(reason)
        Naming.objects.this(naming).update(reason=naming.reason)
        _end(naming, NamingStatus.REFUSED)
        _record(Kind.ACCOUNTS_NAME_REFUSED, company, actor, naming)
    return naming


def _take(company: Company, naming: Naming, actor: Actor) -> None:
    _end(naming, NamingStatus.TAKEN)
    company.name = naming.name
    Company.objects.filter(pk=company.pk).update(name=naming.name)
    _record(Kind.ACCOUNTS_COMPANY_RENAMED, company, actor, naming, moves_rows=company.sells)


def _end(naming: Naming, status: NamingStatus) -> None:
    if naming.status != NamingStatus.WAITING:
        what = {"name": naming, "status": NamingStatus(naming.status).label}
        raise Conflict(_("“%(name)s” was decided meanwhile: %(status)s.") % what)
    NAMING.move(naming, to=status)
    Naming.objects.this(naming).update(decided_at=Now())


def _locked(naming: Naming) -> tuple[Company, Naming]:
    """Both as they are now: a name is asked for and decided under the company's lock."""
    company = steps.lock_company(naming.company)
    return company, Naming.objects.this(naming).get()


def _cleaned(reason: str) -> str:
    reason, (least, most) = " ".join(reason.split()), REASON_LENGTH
    if not least <= len(reason) <= most:
        raise Refused(
            _("Say in %(least)d to %(most)d characters why not: the company reads it.")
            % {"least": least, "most": most},
            field="reason",
        )
    return reason


def _record(kind: Kind, company: Company, actor: Actor, naming: Naming, **about: object) -> None:
    steps.record_of_company(kind, company, actor, naming=naming.pk, **about)
