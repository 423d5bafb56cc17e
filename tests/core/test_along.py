"""What nobody waits for goes with the next statement, in its order, and with whose work it was."""

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.accounts.models import ApiToken, Company
from backend.core.along import ask, run, sending_along
from backend.core.row_security import across_companies, acting_for
from backend.core.written import fetch
from tests.cast import Cast
from tests.core.test_row_security import make_tokens

RENAME = "UPDATE accounts_company SET name = %(name)s WHERE id = %(company)s"
NAME = "SELECT name FROM accounts_company WHERE id = %(company)s"
TOUCH = "UPDATE accounts_apitoken SET prefix = prefix || %(mark)s"


def rename(company: Company, name: str) -> None:
    run(RENAME, {"company": company.pk, "name": name})


def name_of(company: Company) -> str:
    ((name,),) = fetch(NAME, {"company": company.pk})
    return str(name)


def test_it_goes_with_the_next_statement_in_one_message(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with atomic(), sending_along(), django_assert_num_queries(1):
        rename(cast.northfield, "100 %")
        rename(cast.northfield, "Northfield; Sons")
        assert name_of(cast.northfield) == "Northfield; Sons"


def test_what_is_left_goes_by_itself(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with atomic(), django_assert_num_queries(1), sending_along():
        rename(cast.northfield, "One")
        rename(cast.eastwick, "Two")
    assert (name_of(cast.northfield), name_of(cast.eastwick)) == ("One", "Two")


def test_a_query_of_djangos_takes_it_along_and_reads_its_own_rows(cast: Cast) -> None:
    with atomic(), sending_along():
        rename(cast.northfield, "Northfield & Sons")
        assert Company.objects.get(pk=cast.northfield.pk).name == "Northfield & Sons"
        rename(cast.northfield, "Northfield")
        assert Company.objects.filter(pk=cast.northfield.pk).update(version=7) == 1
        rename(cast.eastwick, "East")
        Company.objects.bulk_update([cast.northfield], ["country"])
    assert name_of(cast.eastwick) == "East"


def test_what_is_asked_is_answered_by_the_next_statement_s_message(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with atomic(), sending_along(), django_assert_num_queries(1):
        first = ask(NAME, {"company": cast.northfield.pk})
        rename(cast.northfield, "Renamed")
        then = ask(NAME, {"company": cast.northfield.pk})
        assert name_of(cast.eastwick) == "Eastwick"
        assert (first.rows, then.rows) == ([("Northfield",)], [("Renamed",)])


def test_what_is_asked_is_sent_for_where_nothing_comes_after_it(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with atomic(), sending_along(), django_assert_num_queries(2):
        rename(cast.northfield, "Renamed")
        first, then = (ask(NAME, {"company": one.pk}) for one in (cast.northfield, cast.eastwick))
        assert (first.rows, then.rows) == ([("Renamed",)], [("Eastwick",)])
        assert ask(NAME, {"company": cast.eastwick.pk}).rows == [("Eastwick",)]
    assert ask(NAME, {"company": cast.northfield.pk}).rows == [("Renamed",)]


def test_without_it_a_statement_is_sent_at_once(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        rename(cast.northfield, "Now")
        assert name_of(cast.northfield) == "Now"


@atomic
def rename_and_fail(company: Company) -> None:
    rename(company, "Inside")
    raise ZeroDivisionError


@atomic
@sending_along()
def rename_and_break(one: Company, other: Company) -> None:
    rename(one, "Gone")
    run("UPDATE accounts_company SET kind = 'nothing' WHERE id = %(company)s", {"company": other.pk})
    name_of(other)


def test_a_savepoint_is_made_after_it_and_takes_back_only_what_came_later(cast: Cast) -> None:
    with atomic(), sending_along():
        rename(cast.northfield, "Before")
        with pytest.raises(ZeroDivisionError):
            rename_and_fail(cast.northfield)
        rename(cast.eastwick, "After")
    assert (name_of(cast.northfield), name_of(cast.eastwick)) == ("Before", "After")


def test_after_an_error_nothing_of_it_is_left(cast: Cast) -> None:
    with pytest.raises(IntegrityError):
        rename_and_break(cast.eastwick, cast.northfield)
    with pytest.raises(ZeroDivisionError):
        atomic(sending_along()(rename_and_fail))(cast.eastwick)
    assert name_of(cast.eastwick) == "Eastwick"


def test_each_statement_is_the_work_of_whoever_it_was_then(cast: Cast) -> None:
    make_tokens(cast.northfield, cast.eastwick)
    with atomic(), sending_along():
        with acting_for(cast.northfield.pk):
            run(TOUCH, {"mark": "N"})
        with acting_for(cast.eastwick.pk):
            run(TOUCH, {"mark": "E"})
        with across_companies(why="a test looks at all of them"):
            marks = fetch("SELECT name, right(prefix, 1) FROM accounts_apitoken", {})
        with acting_for(cast.northfield.pk):
            run(TOUCH, {"mark": "L"})
    assert dict(marks) == {"northfield": "N", "eastwick": "E"}
    assert ApiToken.objects.get(name="northfield").prefix[-1] == "L"
    assert ApiToken.objects.get(name="eastwick").prefix[-1] == "E"
