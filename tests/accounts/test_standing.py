"""Where a person stands: what every page asks first, in one statement."""

from pytest_django import DjangoAssertNumQueries

from backend.accounts.access import raise_epoch
from backend.accounts.actions import remove_member
from backend.accounts.models import Membership, User
from backend.accounts.roles import Role
from backend.accounts.standing import person_with_standing, standing_of
from tests.cast import Cast, actor_of, employ


def test_all_of_it_costs_one_query(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    employ(cast.wes, cast.cornershop, Role.BUYER)
    with django_assert_num_queries(1):
        standing = standing_of(cast.wes.pk)
        actors = [membership.as_actor() for membership in standing.memberships]
    assert [company.name for company in standing.companies] == ["Cornershop", "Northfield"]
    assert actors == [actor_of(cast.wes, cast.cornershop), actor_of(cast.wes, cast.northfield)]
    assert standing.at("eastwick") is None


def test_it_names_the_numbers_of_all_that_one_acts_by(cast: Cast) -> None:
    membership = Membership.objects.of_person(cast.wes.pk).get()
    scopes = (f"person:{cast.wes.pk}", f"membership:{membership.pk}", "public")
    assert standing_of(cast.wes.pk).numbers == dict.fromkeys(scopes, 0)
    raised = {scope: raise_epoch(scope) for scope in scopes}
    assert standing_of(cast.wes.pk).numbers == raised


def test_who_was_taken_out_or_may_not_log_in_stands_nowhere(cast: Cast) -> None:
    remove_member(Membership.objects.of_person(cast.wes.pk).get(), actor=actor_of(cast.nora))
    cast.sally.is_active = False
    cast.sally.save()
    assert not standing_of(cast.wes.pk).memberships
    assert not standing_of(cast.sally.pk).memberships


def test_nobody_costs_nothing(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert not standing_of(None).memberships


def test_a_person_is_read_together_with_where_they_stand(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        person = person_with_standing(cast.wes.pk)
    assert person == cast.wes
    assert person.standing == standing_of(cast.wes.pk)
    newcomer = User.objects.create_user("newcomer@example.com")
    found = person_with_standing(newcomer.pk)
    assert found == newcomer
    assert found.standing is not None
    assert not found.standing.memberships


def test_who_may_not_log_in_is_nobody(cast: Cast) -> None:
    cast.wes.is_active = False
    cast.wes.save()
    assert person_with_standing(cast.wes.pk) is None
    assert person_with_standing(0) is None
