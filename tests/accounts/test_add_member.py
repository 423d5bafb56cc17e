import pytest
from allauth.account.models import EmailAddress

from backend.accounts.actions import add_member
from backend.accounts.models import Membership, User
from backend.accounts.roles import Role
from backend.core.errors import NotAllowed, Refused
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of, make_person


def test_an_owner_takes_in_a_person_by_their_address(cast: Cast) -> None:
    pia = make_person("pia@people.example")
    added = add_member(cast.northfield, email=" Pia@People.example ", role=Role.SALES, actor=actor_of(cast.nora))
    assert (added.user, added.company, added.role) == (pia, cast.northfield, Role.SALES)
    event = Event.objects.get()
    assert (event.kind, event.subject) == (Kind.ACCOUNTS_MEMBER_ADDED, f"company:{cast.northfield.pk}")
    assert (event.version, event.data) == (2, {"membership": added.pk, "user": pia.pk})


def test_a_person_may_belong_to_several_companies(cast: Cast) -> None:
    add_member(cast.northfield, email=cast.bea.email, role=Role.READ_ONLY, actor=actor_of(cast.nora))
    assert set(Membership.objects.of_person(cast.bea.pk).values_list("company__slug", flat=True)) == {
        "northfield",
        "cornershop",
    }


def test_added_twice_they_are_added_once(cast: Cast) -> None:
    first = add_member(cast.northfield, email=cast.bea.email, role=Role.SALES, actor=actor_of(cast.nora))
    assert add_member(cast.northfield, email=cast.bea.email, role=Role.SALES, actor=actor_of(cast.nora)) == first
    assert Event.objects.count() == 1


def test_an_address_that_nobody_has_is_refused_and_says_so(cast: Cast) -> None:
    refused_with(cast, "nobody@people.example", Role.SALES, says="Nobody on the market has confirmed nobody@")


def test_an_address_that_was_claimed_but_never_confirmed_is_nobodys(cast: Cast) -> None:
    claimed = make_person("claimed@people.example")
    EmailAddress.objects.filter(user=claimed).update(verified=False)
    refused_with(cast, claimed.email, Role.SALES, says="They sign up first")


def test_who_may_not_log_in_can_not_be_added(cast: Cast) -> None:
    User.objects.filter(pk=cast.bea.pk).update(is_active=False)
    refused_with(cast, cast.bea.email, Role.SALES, says="Nobody")


def test_a_second_role_in_one_company_is_refused(cast: Cast) -> None:
    refused_with(cast, cast.rita.email, Role.SALES, says="Rita is already here as Read-only")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SYSTEM, Role.BUYER, "emperor", ""])
def test_a_role_that_a_manufacturer_does_not_give_is_refused(cast: Cast, role: str) -> None:
    refused_with(cast, cast.bea.email, role, says="Owner, Manager, Sales, Warehouse, Finance, Read-only", field="role")


@pytest.mark.parametrize("who", ["max", "sally", "wes", "rita", "otto", "olga"])
def test_only_an_owner_of_this_company_adds_people(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        add_member(cast.northfield, email=cast.bea.email, role=Role.SALES, actor=actor_of(getattr(cast, who)))
    assert not Event.objects.exists()


def refused_with(cast: Cast, email: str, role: str, *, says: str, field: str = "email") -> None:
    members = Membership.objects.count()
    with pytest.raises(Refused, match=says) as refused:
        add_member(cast.northfield, email=email, role=role, actor=actor_of(cast.nora))
    assert refused.value.field == field
    assert Membership.objects.count() == members
    assert not Event.objects.exists()
