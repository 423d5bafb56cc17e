from backend.accounts.actions import system_actor
from backend.accounts.models import Membership
from backend.accounts.roles import PERMISSIONS, Role
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast


def test_the_market_acts_for_a_company_as_its_system_member(cast: Cast) -> None:
    actor = system_actor(cast.northfield)
    assert (actor.company_id, actor.permissions) == (cast.northfield.pk, PERMISSIONS[Role.SYSTEM])
    assert str(Membership.objects.get(role=Role.SYSTEM).user) == "Market replay"


def test_asked_for_twice_it_is_made_once(cast: Cast) -> None:
    assert system_actor(cast.northfield) == system_actor(cast.northfield)
    assert [event.kind for event in Event.objects.all()] == [Kind.ACCOUNTS_MEMBER_ADDED]


def test_one_system_person_serves_all_companies(cast: Cast) -> None:
    first, second = system_actor(cast.northfield), system_actor(cast.eastwick)
    assert first.user_id == second.user_id
    assert first.membership_id != second.membership_id


def test_nobody_can_log_in_as_the_market(cast: Cast) -> None:
    system_actor(cast.northfield)
    user = Membership.objects.get(role=Role.SYSTEM).user
    assert not user.is_active
    assert not user.has_usable_password()
    assert not Membership.objects.of_person(user.pk).exists()
