import pytest

from backend.accounts.actions import change_role, remove_member, system_actor
from backend.accounts.models import AccessEpoch, Membership, User
from backend.accounts.roles import Permission, Role
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of


def membership_of(user: User) -> Membership:
    return user.memberships.select_related("company").get()


def test_a_new_role_brings_its_permissions(cast: Cast) -> None:
    change_role(membership_of(cast.rita), Role.WAREHOUSE, actor=actor_of(cast.nora))
    assert actor_of(cast.rita).may(Permission.INVENTORY_ADJUST)
    assert Event.objects.get().kind == Kind.ACCOUNTS_ROLE_CHANGED


def test_grants_that_rested_on_the_old_role_are_void(cast: Cast) -> None:
    rita = membership_of(cast.rita)
    change_role(rita, Role.WAREHOUSE, actor=actor_of(cast.nora))
    assert AccessEpoch.objects.get(scope=f"membership:{rita.pk}").n == 1


def test_the_same_role_again_changes_nothing(cast: Cast) -> None:
    change_role(membership_of(cast.rita), Role.READ_ONLY, actor=actor_of(cast.nora))
    assert not AccessEpoch.objects.exists()
    assert not Event.objects.exists()


def test_the_last_owner_stays_an_owner(cast: Cast) -> None:
    with pytest.raises(Refused, match="Nora is the last owner of Northfield") as refused:
        change_role(membership_of(cast.nora), Role.MANAGER, actor=actor_of(cast.nora))
    assert refused.value.field == "role"
    assert membership_of(cast.nora).role == Role.OWNER


def test_with_a_second_owner_the_first_may_step_back(cast: Cast) -> None:
    change_role(membership_of(cast.max), Role.OWNER, actor=actor_of(cast.nora))
    assert change_role(membership_of(cast.nora), Role.MANAGER, actor=actor_of(cast.max)).role == Role.MANAGER


def test_an_owner_who_may_not_log_in_does_not_count(cast: Cast) -> None:
    change_role(membership_of(cast.max), Role.OWNER, actor=actor_of(cast.nora))
    User.objects.filter(pk=cast.max.pk).update(is_active=False)
    with pytest.raises(Refused, match="last owner"):
        change_role(membership_of(cast.nora), Role.MANAGER, actor=actor_of(cast.nora))


def test_the_markets_own_member_keeps_its_role(cast: Cast) -> None:
    system_actor(cast.northfield)
    member = Membership.objects.get(role=Role.SYSTEM)
    with pytest.raises(Refused, match="belongs to the market itself"):
        change_role(member, Role.OWNER, actor=actor_of(cast.nora))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SYSTEM, Role.BUYER])
def test_a_role_that_the_company_does_not_give_is_refused(cast: Cast, role: str) -> None:
    with pytest.raises(Refused, match="has no role") as refused:
        change_role(membership_of(cast.rita), role, actor=actor_of(cast.nora))
    assert refused.value.field == "role"


def test_who_has_left_meanwhile_is_a_conflict(cast: Cast) -> None:
    rita = membership_of(cast.rita)
    remove_member(rita, actor=actor_of(cast.nora))
    with pytest.raises(Conflict, match="has left"):
        change_role(rita, Role.SALES, actor=actor_of(cast.nora))


@pytest.mark.parametrize("who", ["max", "rita", "otto", "olga"])
def test_only_an_owner_of_this_company_changes_roles(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        change_role(membership_of(cast.rita), Role.OWNER, actor=actor_of(getattr(cast, who)))
    assert membership_of(cast.rita).role == Role.READ_ONLY
