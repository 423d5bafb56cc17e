"""On which days a standing order is due."""

from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.orders.standing.schedule import MOST, Schedule
from backend.orders.standing.states import Every

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
SCHEDULES = st.builds(
    lambda first, every, n: Schedule(first, every, min(n, MOST[every])),
    DAYS,
    st.sampled_from(Every),
    st.integers(1, 60),
)


def days(first: str, every: Every, n: int, many: int) -> list[str]:
    return [f"{day}" for day in islice(Schedule(date.fromisoformat(first), every, n).days(), many)]


@pytest.mark.parametrize(
    ("every", "n", "found"),
    [
        (Every.DAYS, 10, ["2028-01-31", "2028-02-10", "2028-02-20"]),
        (Every.WEEKS, 2, ["2028-01-31", "2028-02-14", "2028-02-28"]),
        (Every.MONTHS, 1, ["2028-01-31", "2028-02-29", "2028-03-31"]),
        (Every.MONTHS, 12, ["2028-01-31", "2029-01-31", "2030-01-31"]),
    ],
)
def test_days_follow_each_other_as_the_trade_counts(every: Every, n: int, found: list[str]) -> None:
    assert days("2028-01-31", every, n, 3) == found


@given(SCHEDULES, DAYS)
def test_the_next_day_is_the_first_that_is_later(schedule: Schedule, day: date) -> None:
    found = schedule.next_after(day)
    assert found > day
    assert found in schedule.days() if found <= schedule.first else True
    walked = next(due for due in schedule.days() if due > day)
    assert found == walked


@given(SCHEDULES, st.integers(0, 400))
def test_of_days_that_went_by_none_is_forgotten_and_none_counted_twice(schedule: Schedule, later: int) -> None:
    today = schedule.first + timedelta(days=later)
    due = schedule.due_until(schedule.first, today)
    assert due == [day for day in islice(schedule.days(), later + 1) if day <= today]
