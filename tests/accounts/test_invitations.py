import threading
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.db.models.functions import Now

from backend.accounts.actions import change_role, remove_member
from backend.accounts.actor import Actor
from backend.accounts.custom_roles.actions import make_role
from backend.accounts.invitations.actions import (
    accept_invitation,
    invite_person,
    send_invitation_again,
    withdraw_invitation,
)
from backend.accounts.invitations.queries import invitation_by_link, invitations
from backend.accounts.models import Invitation, Membership, User
from backend.accounts.reactions import REACTIONS
from backend.accounts.roles import Role
from backend.core.errors import NotAllowed, Refused
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of, employ, make_person

EMAIL = "pia@people.example"


@pytest.fixture
def nora(cast: Cast) -> Actor:
    return actor_of(cast.nora)


@pytest.fixture
def pia(cast: Cast) -> User:
    return make_person(EMAIL)


def invite(cast: Cast, role: str = Role.SALES, *, email: str = EMAIL, actor: Actor | None = None) -> Invitation:
    return invite_person(cast.northfield, email=email, role=role, language="ar", actor=actor or actor_of(cast.nora))


def later(invitation: Invitation, by: timedelta) -> None:
    """Moves an invitation into the past."""
    Invitation.objects.filter(pk=invitation.pk).update(
        expires_at=Now() + timedelta(days=7) - by, sent_at=Now() - by, created_at=Now() - by
    )


def test_who_accepts_is_in_with_the_role_that_was_offered(cast: Cast, pia: User) -> None:
    membership = accept_invitation(invite(cast, email=" Pia@People.example ").token, pia)
    assert (membership.user, membership.company, membership.role) == (pia, cast.northfield, Role.SALES)
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        Kind.ACCOUNTS_PERSON_INVITED,
        Kind.ACCOUNTS_INVITATION_ACCEPTED,
        Kind.ACCOUNTS_MEMBER_ADDED,
    ]
    assert Event.objects.get(kind=Kind.ACCOUNTS_MEMBER_ADDED).data == {"membership": membership.pk, "user": pia.pk}


def test_an_event_holds_no_address(cast: Cast) -> None:
    invitation = invite(cast)
    assert Event.objects.get().data == {"invitation": invitation.pk}


def test_accepted_twice_or_several_times_at_once_it_counts_once(transactional_db: None, cast: Cast, pia: User) -> None:
    token = invite(cast).token

    def accept() -> None:
        try:
            accept_invitation(token, pia)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert accept_invitation(token, pia) == Membership.objects.get(user=pia)
    assert Event.objects.filter(kind=Kind.ACCOUNTS_MEMBER_ADDED).count() == 1


def test_a_role_of_the_companys_own_is_offered_too(cast: Cast, pia: User, nora: Actor) -> None:
    role = make_role(cast.northfield, name="Packer", permissions=["inventory.view"], actor=nora)
    assert accept_invitation(invite(cast, role.key).token, pia).custom_role == role


def test_sent_twice_it_is_one_invitation_and_one_letter(cast: Cast) -> None:
    assert invite(cast) == invite(cast)
    assert Event.objects.count() == 1


def test_another_role_for_an_open_invitation_is_refused(cast: Cast) -> None:
    invite(cast)
    with pytest.raises(Refused, match="is invited as Sales already"):
        invite(cast, Role.MANAGER)


def test_who_is_here_already_is_not_invited(cast: Cast) -> None:
    with pytest.raises(Refused, match="Rita is already here as Read-only"):
        invite(cast, email=cast.rita.email)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SYSTEM, Role.CUSTOM, Role.BUYER, "emperor", "custom-1", ""])
def test_a_role_that_a_manufacturer_does_not_give_is_refused(cast: Cast, role: str) -> None:
    with pytest.raises(Refused, match="Owner, Manager, Sales, Warehouse, Finance, Read-only") as refused:
        invite(cast, role)
    assert refused.value.field == "role"


@pytest.mark.parametrize("who", ["max", "sally", "wes", "rita", "otto", "olga"])
def test_only_who_manages_people_invites_sends_again_and_withdraws(cast: Cast, who: str) -> None:
    stranger, invitation = actor_of(getattr(cast, who)), invite(cast)
    with pytest.raises(NotAllowed):
        invite(cast, email="paul@people.example", actor=stranger)
    with pytest.raises(NotAllowed):
        send_invitation_again(invitation, actor=stranger)
    with pytest.raises(NotAllowed):
        withdraw_invitation(invitation, actor=stranger)


def test_nobody_invites_to_more_than_they_may(cast: Cast, nora: Actor) -> None:
    role = make_role(cast.northfield, name="Deputy", permissions=["members.manage"], actor=nora)
    change_role(cast.max.memberships.select_related("company").get(), role.key, actor=nora)
    with pytest.raises(NotAllowed, match="Only somebody who may do these things"):
        invite(cast, Role.READ_ONLY, actor=actor_of(cast.max))


def test_it_is_accepted_by_nobody_but_whose_confirmed_address_it_is(cast: Cast, pia: User) -> None:
    token = invite(cast).token
    with pytest.raises(NotAllowed, match="another address"):
        accept_invitation(token, cast.bea)
    EmailAddress.objects.filter(user=pia).update(verified=False)
    with pytest.raises(NotAllowed, match="another address"):
        accept_invitation(token, pia)
    assert not cast.bea.memberships.filter(company=cast.northfield).exists()


@pytest.mark.parametrize("token", ["", "1", "x.y", "1.AAAA", "no-such-token"])
def test_a_link_that_we_did_not_write_opens_nothing(cast: Cast, pia: User, token: str) -> None:
    invite(cast)
    assert invitation_by_link(token) is None
    with pytest.raises(Refused, match="used up, withdrawn or older"):
        accept_invitation(token, pia)


def test_it_ends_after_seven_days(cast: Cast, pia: User) -> None:
    invitation = invite(cast)
    later(invitation, timedelta(days=7))
    assert invitation_by_link(invitation.token) is None
    with pytest.raises(Refused, match="older than seven days"):
        accept_invitation(invitation.token, pia)
    assert [view.is_expired for view in invitations(cast.northfield.pk)] == [True]


def test_sent_again_it_lives_seven_days_more(cast: Cast, pia: User, nora: Actor) -> None:
    invitation = invite(cast)
    with pytest.raises(Refused, match="a moment ago"):
        send_invitation_again(invitation, actor=nora)
    later(invitation, timedelta(days=8))
    assert send_invitation_again(invitation, actor=nora).times_sent == 2
    assert accept_invitation(invitation.token, pia).role == Role.SALES


def test_an_expired_one_makes_room_for_another(cast: Cast) -> None:
    first = invite(cast)
    later(first, timedelta(days=8))
    second = invite(cast, Role.MANAGER)
    assert second != first
    assert [view.invitation_id for view in invitations(cast.northfield.pk)] == [second.pk]


def test_a_withdrawn_one_opens_nothing(cast: Cast, pia: User, nora: Actor) -> None:
    invitation = invite(cast)
    withdraw_invitation(invitation, actor=nora)
    withdraw_invitation(invitation, actor=nora)
    assert Event.objects.filter(kind=Kind.ACCOUNTS_INVITATION_WITHDRAWN).count() == 1
    with pytest.raises(Refused):
        accept_invitation(invitation.token, pia)
    with pytest.raises(Refused):
        send_invitation_again(invitation, actor=nora)


def test_an_accepted_one_is_not_withdrawn_and_lets_nobody_back_in(cast: Cast, pia: User, nora: Actor) -> None:
    invitation = invite(cast)
    membership = accept_invitation(invitation.token, pia)
    with pytest.raises(Refused):
        withdraw_invitation(invitation, actor=nora)
    remove_member(membership, actor=nora)
    with pytest.raises(Refused, match="used up"):
        accept_invitation(invitation.token, pia)


def test_it_is_worth_no_more_than_who_sent_it(cast: Cast, pia: User, nora: Actor) -> None:
    employ(cast.bea, cast.northfield, Role.OWNER)
    invitation = invite(cast, actor=actor_of(cast.bea, cast.northfield))
    bea = Membership.objects.select_related("company").get(user=cast.bea, company=cast.northfield)
    change_role(bea, Role.MANAGER, actor=nora)
    with pytest.raises(Refused, match="Whoever invited you may not any more"):
        accept_invitation(invitation.token, pia)
    later(invitation, timedelta(hours=1))
    send_invitation_again(invitation, actor=nora)
    assert accept_invitation(invitation.token, pia).role == Role.SALES


def test_the_letter_speaks_both_languages_and_carries_the_link(cast: Cast) -> None:
    invitation = invite(cast)
    REACTIONS[Kind.ACCOUNTS_PERSON_INVITED](Event.objects.get())
    letter = mail.outbox[0]
    assert letter.to == [EMAIL]
    assert letter.subject != "Northfield invites you to Entrepot", "whoever invited writes Arabic"
    assert "You are invited to work for Northfield on Entrepot, as: Sales." in str(letter.body)
    assert "دُعيت" in str(letter.body)
    assert str(letter.body).count(f"/accounts/invitations/{invitation.token}/") == 2


def test_the_letter_is_the_same_whether_or_not_there_is_an_account(cast: Cast, pia: User) -> None:
    for email in (EMAIL, "paul@people.example"):
        invitation = invite(cast, email=email)
        REACTIONS[Kind.ACCOUNTS_PERSON_INVITED](Event.objects.latest("pk"))
        mail.outbox[-1].body = str(mail.outbox[-1].body).replace(invitation.token, "…")
    assert mail.outbox[0].body == mail.outbox[1].body


def test_no_letter_goes_out_for_one_that_was_withdrawn_before(cast: Cast, nora: Actor) -> None:
    withdraw_invitation(invite(cast), actor=nora)
    REACTIONS[Kind.ACCOUNTS_PERSON_INVITED](Event.objects.get(kind=Kind.ACCOUNTS_PERSON_INVITED))
    assert mail.outbox == []
