import threading

import pytest
from django.db import connection

from backend.accounts.actions import change_role, remove_member, system_actor
from backend.accounts.models import AccessEpoch, Membership, User
from backend.accounts.roles import Role
from backend.core.errors import NotAllowed, Refused
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of


def membership_of(user: User) -> Membership:
    return user.memberships.select_related("company").get()


def test_who_is_removed_acts_for_the_company_no_more(cast: Cast) -> None:
    rita = membership_of(cast.rita)
    remove_member(rita, actor=actor_of(cast.nora))
    assert not Membership.objects.of_person(cast.rita.pk).exists()
    event = Event.objects.get()
    assert (event.kind, event.subject) == (Kind.ACCOUNTS_MEMBER_REMOVED, f"company:{cast.northfield.pk}")
    assert (event.version, event.data) == (2, {"membership": rita.pk, "user": cast.rita.pk})


def test_grants_that_rested_on_the_membership_are_void(cast: Cast) -> None:
    rita = membership_of(cast.rita)
    remove_member(rita, actor=actor_of(cast.nora))
    assert AccessEpoch.objects.get(scope=f"membership:{rita.pk}").n == 1


def test_removed_twice_they_are_removed_once(cast: Cast) -> None:
    rita = membership_of(cast.rita)
    remove_member(rita, actor=actor_of(cast.nora))
    remove_member(rita, actor=actor_of(cast.nora))
    assert Event.objects.count() == 1
    assert AccessEpoch.objects.get().n == 1


def test_the_last_owner_is_never_removed(cast: Cast) -> None:
    with pytest.raises(Refused, match="Make somebody else an owner first"):
        remove_member(membership_of(cast.nora), actor=actor_of(cast.nora))
    assert membership_of(cast.nora).role == Role.OWNER
    assert not AccessEpoch.objects.exists()
    assert not Event.objects.exists()


def test_the_markets_own_member_is_never_removed(cast: Cast) -> None:
    system_actor(cast.northfield)
    member = Membership.objects.get(role=Role.SYSTEM)
    with pytest.raises(Refused, match="belongs to the market itself"):
        remove_member(member, actor=actor_of(cast.nora))


@pytest.mark.parametrize("who", ["max", "rita", "otto", "olga"])
def test_only_an_owner_of_this_company_removes_people(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        remove_member(membership_of(cast.rita), actor=actor_of(getattr(cast, who)))
    assert membership_of(cast.rita).role == Role.READ_ONLY


def test_two_owners_who_remove_each_other_at_once_leave_one(transactional_db: None, cast: Cast) -> None:
    change_role(membership_of(cast.max), Role.OWNER, actor=actor_of(cast.nora))
    victims = {"nora": membership_of(cast.nora), "max": membership_of(cast.max)}
    actors = {"nora": actor_of(cast.max), "max": actor_of(cast.nora)}
    refusals: list[Refused] = []

    def remove(who: str) -> None:
        try:
            remove_member(victims[who], actor=actors[who])
        except Refused as refused:
            refusals.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=[who]) for who in victims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refusals) == 1
    assert Membership.objects.filter(company=cast.northfield, role=Role.OWNER).count() == 1
