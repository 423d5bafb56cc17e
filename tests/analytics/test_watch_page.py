"""The operators' page of what has to run: live, and an alarm on the floor as long as something is wrong."""

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backend.analytics.watch.queries import alarms, watch_page
from backend.events.watch.actions import tell_states
from backend.events.watch.beating import Beat, beat, expect
from backend.events.watch.known import everything
from tests.cast import Cast
from tests.events.test_watch import JOB, pass_time
from tests.live import assert_live

WATCH, FLOOR = "/c/platform/watch/", "/c/platform/floor/"


@pytest.fixture
def olga(cast: Cast, client: Client) -> Client:
    client.force_login(cast.olga)
    expect(everything())
    return client


def fail() -> None:
    beat([Beat(JOB, problem="KeyError in react, reactions.py:3")])


@pytest.mark.parametrize("page", [WATCH, FLOOR])
def test_what_fails_or_is_late_reaches_whoever_looks(olga: Client, page: str) -> None:
    with time_machine.travel("2026-11-30T12:00:00Z", tick=False):  # the page says when it was read
        with assert_live(olga, page):
            fail()
        with assert_live(olga, page):
            beat([Beat(JOB)])
            pass_time(JOB)
            tell_states()
        with assert_live(olga, page):
            beat([Beat(JOB)])


def test_the_page_names_the_error_and_the_floor_the_job(olga: Client) -> None:
    assert JOB not in olga.get(FLOOR).content.decode()
    fail()
    assert "KeyError in react, reactions.py:3" in olga.get(WATCH).content.decode()
    assert JOB in olga.get(FLOOR).content.decode()


def test_both_are_for_operators_alone(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    assert client.get("/c/northfield/watch/").status_code == 404
    assert client.get(WATCH).status_code == 404


def test_they_cost_what_they_say(olga: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        watch_page()
    with django_assert_num_queries(3):
        alarms(1)
