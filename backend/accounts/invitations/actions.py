"""Inviting people into a company by e-mail. All are safe to send twice: what already holds changes nothing.

Nothing here tells whether an address has an account: inviting one that has and one that has not goes the same way. Who
sends the letters is ../reactions.py.
"""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts import giving, policies, steps
from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.giving import Given
from backend.accounts.invitations.queries import BY_LINK
from backend.accounts.models import Company, Invitation, Membership, User
from backend.accounts.states import INVITATION, InvitationStatus
from backend.core.errors import Denied, NotAllowed, Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.core.row_security import across_companies, acting_for, for_actor
from backend.events.kinds import Kind

LIVES = timedelta(days=7)
AGAIN_AFTER = timedelta(minutes=1)
MAX_TIMES_SENT = 10
MAX_OPEN = 100
MAX_A_DAY = 200


@atomic(durable=True)
@for_actor
def invite_person(company: Company, *, email: str, role: str, language: str, actor: Actor) -> Invitation:
    """Invites whoever the address belongs to, for seven days; the open invitation, if there is one to the same role.

    Raises NotAllowed without members.manage, and for a role that may what the actor may not; Refused for a role that
    the company lacks, for somebody who is here already or invited to another role, and past MAX_OPEN or MAX_A_DAY.
    """
    require(policies.can_manage_members(actor, company))
    company = steps.lock_company(company)
    given = giving.role_named(company, role)
    giving.require_may_give(actor, given.permissions)
    email = email.strip().lower()
    _require_absent(company, email)
    found = Invitation.objects.of_company(company.pk).open().filter(email=email).with_company().first()
    if found is not None and Invitation.objects.this(found).live().exists():
        return _same(found, given)
    if found is not None:  # it has expired: its place is free
        INVITATION.move(found, to=InvitationStatus.WITHDRAWN)
    return _invite(company, email, given, language, actor)


@atomic(durable=True)
@for_actor
def send_invitation_again(invitation: Invitation, *, actor: Actor) -> Invitation:
    """Another letter, and seven days more; whoever sends it answers for it from now on.

    Raises as invite_person does, and Refused for one that is not open, was sent a minute ago, or ten times.
    """
    require(policies.can_manage_members(actor, invitation.company))
    company = steps.lock_company(invitation.company)
    found = _locked(invitation)
    giving.require_may_give(actor, found.permissions)
    _require_open(found)
    _require_sendable(found)
    Invitation.objects.this(found).update(
        sent_at=Now(), expires_at=Now() + LIVES, times_sent=F("times_sent") + 1, invited_by_id=actor.user_id
    )
    steps.record_of_company(Kind.ACCOUNTS_INVITATION_SENT_AGAIN, company, actor, invitation=found.pk)
    found.refresh_from_db()
    return found


@atomic(durable=True)
@for_actor
def withdraw_invitation(invitation: Invitation, *, actor: Actor) -> None:
    """Its link opens nothing from now on. Raises NotAllowed without members.manage, Refused if it was accepted."""
    require(policies.can_manage_members(actor, invitation.company))
    company = steps.lock_company(invitation.company)
    found = _locked(invitation)
    if found.status != InvitationStatus.WITHDRAWN:
        INVITATION.move(found, to=InvitationStatus.WITHDRAWN)
        steps.record_of_company(Kind.ACCOUNTS_INVITATION_WITHDRAWN, company, actor, invitation=found.pk)


@atomic(durable=True)
def sign_up_invited(user: User, token: str) -> None:
    """Saves a new person who came by an invitation's link; they are taken in as soon as their address is confirmed.

    Raises Refused where the link opens nothing any more, Conflict if the address was taken meanwhile.
    """
    invitation = _by_link(token)
    steps.save_person(user)
    if user.email == invitation.email:
        with acting_for(invitation.company_id):
            Invitation.objects.this(invitation).update(claimed_by=user)


@atomic(durable=True)
def accept_invitation(token: str, user: User) -> Membership:
    """Takes the person whose confirmed address it went to into the company; accepted before, it changes nothing.

    Raises Refused where the link opens nothing any more, or whoever invited may not any more; NotAllowed for somebody
    whose address it did not go to.
    """
    with across_companies(why=BY_LINK):
        found = Invitation.objects.by_link(token).with_company().first()
    if found is None:
        raise _gone()
    return _accept(found, user)


@atomic(durable=True)
def accept_claimed(user: User) -> None:
    """What somebody signed up for is theirs once their address is confirmed. One that is void by now stays void."""
    with across_companies(why="whatever companies this person has signed up for"):
        found = list(Invitation.objects.claimed_by_person(user.pk).live().with_company().order_by("company_id"))
    for claimed in found:
        try:
            with atomic():
                _accept(claimed, user)
        except Denied:
            continue


def _accept(known: Invitation, user: User) -> Membership:
    _require_address(user, known.email)
    company = steps.lock_company(known.company)
    with acting_for(company.pk):
        invitation = _locked(known)
        if invitation.status == InvitationStatus.ACCEPTED:
            return _joined_before(invitation, user)
        _require_live(invitation)
        _require_may_still_invite(invitation)
        return _take_in(company, invitation, user)


def _take_in(company: Company, invitation: Invitation, user: User) -> Membership:
    membership, is_new = Membership.objects.of_company(company.pk).get_or_create(
        user=user, company=company, defaults={"role": invitation.role, "custom_role": invitation.custom_role}
    )
    INVITATION.move(invitation, to=InvitationStatus.ACCEPTED)
    Invitation.objects.this(invitation).update(accepted_by=user)
    actor = Actor(user.pk, company.pk, membership.pk)
    about = {"membership": membership.pk, "user": user.pk}
    steps.record_of_company(Kind.ACCOUNTS_INVITATION_ACCEPTED, company, actor, invitation=invitation.pk)
    if is_new:
        steps.record_of_company(Kind.ACCOUNTS_MEMBER_ADDED, company, actor, **about)
    return membership


def _invite(company: Company, email: str, given: Given, language: str, actor: Actor) -> Invitation:
    _require_room(company)
    invitation = Invitation.objects.create(
        company=company,
        email=email,
        role=given.role,
        custom_role=given.custom_role,
        language=language[:10],
        invited_by_id=actor.user_id,
        expires_at=Now() + LIVES,
    )
    steps.record_of_company(Kind.ACCOUNTS_PERSON_INVITED, company, actor, invitation=invitation.pk)
    invitation.refresh_from_db()
    return invitation


def _same(found: Invitation, given: Given) -> Invitation:
    if found.role_key != given.key:
        raise Refused(
            _("%(email)s is invited as %(role)s already. Withdraw that first.")
            % {"email": found.email, "role": found.role_label},
            field="email",
        )
    return found


def _locked(invitation: Invitation) -> Invitation:
    return lock(Invitation.objects.this(invitation).with_company(), what=_("this invitation"))[0]


def _by_link(token: str) -> Invitation:
    """The invitation that a link still opens."""
    with across_companies(why=BY_LINK):
        found = Invitation.objects.by_link(token).live().first()
    if found is None:
        raise _gone()
    return found


def _joined_before(invitation: Invitation, user: User) -> Membership:
    """Whoever accepted it and is still here; for all others it was used up."""
    membership = Membership.objects.of_company(invitation.company_id).filter(user=user).first()
    if invitation.accepted_by_id != user.pk or membership is None:
        raise _gone()
    return membership


def _require_absent(company: Company, email: str) -> None:
    """Who works here is known to whoever invites: that tells them nothing new."""
    member = Membership.objects.of_company(company.pk).filter(user__email=email).select_related("user").with_role()
    for found in member:
        raise Refused(
            _("%(person)s is already here as %(role)s. Change the role in the list instead.")
            % {"person": found.user, "role": found.role_label},
            field="email",
        )


def _require_room(company: Company) -> None:
    of_company = Invitation.objects.of_company(company.pk)
    if of_company.live().count() >= MAX_OPEN:
        raise Refused(_("At most %(most)d invitations are open at a time. Withdraw one first.") % {"most": MAX_OPEN})
    if of_company.filter(created_at__gt=Now() - timedelta(days=1)).count() >= MAX_A_DAY:
        raise Refused(_("A company invites at most %(most)d people a day.") % {"most": MAX_A_DAY})


def _require_sendable(invitation: Invitation) -> None:
    if Invitation.objects.this(invitation).filter(sent_at__gt=Now() - AGAIN_AFTER).exists():
        raise Refused(_("The letter was sent a moment ago. It may be sent again after a minute."))
    if invitation.times_sent >= MAX_TIMES_SENT:
        raise Refused(
            _("The letter was sent %(most)d times. Withdraw the invitation and invite anew.") % {"most": MAX_TIMES_SENT}
        )


def _require_open(invitation: Invitation) -> None:
    if invitation.status != InvitationStatus.OPEN:
        raise Refused(_("This invitation is not open any more."))


def _require_live(invitation: Invitation) -> None:
    if not Invitation.objects.this(invitation).live().exists():
        raise _gone()


def _require_address(user: User, email: str) -> None:
    own = EmailAddress.objects.filter(user=user, user__is_active=True, email__iexact=email, verified=True)
    if not own.exists():
        raise NotAllowed(
            _("This invitation went to another address than yours. Log in with that address, or ask for one to yours.")
        )


def _require_may_still_invite(invitation: Invitation) -> None:
    """An invitation is worth what whoever sent it could give today."""
    sender = Membership.objects.of_company(invitation.company_id).filter(user_id=invitation.invited_by_id or 0).acting()
    found = sender.first()
    actor = found.as_actor() if found else ANONYMOUS
    may = policies.can_manage_members(actor, invitation.company) and policies.can_give(actor, invitation.permissions)
    if not may:
        raise Refused(_("Whoever invited you may not any more. Ask the company for a new invitation."))


def _gone() -> Refused:
    return Refused(_("This invitation is used up, withdrawn or older than seven days. Ask for a new one."))
