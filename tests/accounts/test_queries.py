import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.accounts.actions import change_role, system_actor
from backend.accounts.models import Membership, User
from backend.accounts.queries import companies_on_the_floor, members
from backend.accounts.roles import Role
from tests.cast import Cast, actor_of


def test_a_companys_people_cost_one_query(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        found = members(cast.northfield.pk)
    assert [member.name for member in found] == ["Nora", "Max", "Sally", "Wes", "Rita"]


def test_the_companies_that_wait_cost_two(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        floor = companies_on_the_floor()
    assert [waiting.name for waiting in floor.applications] == ["Newcomer"]
    assert floor.approved == 3


def test_a_company_that_waits_stands_there_once_however_many_own_it(cast: Cast) -> None:
    Membership.objects.create(user=cast.bea, company=cast.newcomer, role=Role.OWNER)
    assert len(companies_on_the_floor().applications) == 1


def test_only_the_last_owner_and_the_markets_own_member_are_fixed(cast: Cast) -> None:
    system_actor(cast.northfield)
    assert fixed(cast, cast.nora) == {"Nora", "Market replay"}
    second = cast.max.memberships.select_related("company").get()
    change_role(second, Role.OWNER, actor=actor_of(cast.nora))
    assert fixed(cast, cast.nora) == {"Market replay"}


def test_who_may_more_than_the_onlooker_is_fixed_too(cast: Cast) -> None:
    assert fixed(cast, cast.max) == {"Nora"}
    assert fixed(cast, cast.rita) == {"Nora", "Max", "Sally", "Wes"}


def fixed(cast: Cast, onlooker: User) -> set[str]:
    may = actor_of(onlooker).permissions
    return {member.name for member in members(cast.northfield.pk, may) if member.is_fixed}


@pytest.mark.parametrize(("path", "who", "queries"), [("/c/northfield/members/", "nora", 6)])
def test_a_page_costs_what_it_says_and_who_asks(
    cast: Cast,
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    path: str,
    who: str,
    queries: int,
) -> None:
    """The session, and the person with where they may act; the position, people, invitations and roles. The live region
    hangs on nothing else."""
    client.force_login(getattr(cast, who))
    with django_assert_num_queries(queries):
        assert client.get(path).status_code == 200
