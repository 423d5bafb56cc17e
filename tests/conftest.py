"""Real PostgreSQL and Valkey, as `./dev test` starts them; everything runs as the application's role.

`db` wraps a test in a transaction that is rolled back; `transactional_db` commits and empties the tables afterwards.
Both allow actions with `atomic(durable=True)`, and the event log counts from position 1 in each.
"""

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import hypothesis
import psycopg
import pytest
import redis
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from django.utils.translation import override
from hypothesis import HealthCheck
from psycopg import sql
from pytest_django import DjangoDbBlocker

from tests.cast import Cast, make_cast

pytest_plugins = ["tests.at_once"]
# A busy machine is no failure: neither how long an example takes, nor how long it takes to think of one. And fixtures
# are made once for all examples of a test, which knows it.
hypothesis.settings.register_profile(
    "busy", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
hypothesis.settings.load_profile("busy")
# A connection that a test forgot in a thread must end the test, not hang it.
LIMITS = {"lock_timeout": "20s", "idle_in_transaction_session_timeout": "60s"}
# The same after every release, and nobody writes to them.
KEPT = {"django_content_type", "auth_permission"}
# Neither triggers nor foreign keys have a say. Whoever still writes to one of the tables is waited for.
EMPTYING = """
CREATE FUNCTION empty_tables(tables regclass[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET session_replication_role = replica AS $$
DECLARE one regclass;
BEGIN
    EXECUTE 'LOCK TABLE ' || array_to_string(tables, ', ');
    FOREACH one IN ARRAY tables LOOP
        EXECUTE 'DELETE FROM ' || one;
    END LOOP;
END $$
"""
# The same algorithm at the least cost that it takes: tests type many passwords, and nobody guesses them.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1


LONGEST = {"test_strangers.py", "test_house.py", "test_chaos.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: else one lane is at it alone when the others are through."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """`./dev test` made it; released again for what hangs on the day. The application's role may also empty it, which
    only tests do."""
    with django_db_blocker.unblock():
        limit_database()
        with as_owner():
            call_command("release", verbosity=0)
        with admin(database_name()) as wire:
            wire.execute(EMPTYING)
        yield
        connection.close()


@pytest.fixture(autouse=True)
def empty_redis() -> None:
    """No test finds what another one left: not a frame, not a head, not a counted login."""
    if "REDIS_URL" in os.environ:
        with redis.from_url(settings.REDIS_URL) as client:
            client.flushdb()


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Nobody reads in the language of the page that another test asked for."""
    with override(None):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    """The companies and people that the tests are about."""
    return make_cast()


def limit_database() -> None:
    name = database_name()
    with admin("postgres") as wire:
        for setting, value in LIMITS.items():
            change = sql.SQL("ALTER DATABASE {} SET {} = {}")
            wire.execute(change.format(sql.Identifier(name), sql.Identifier(setting), sql.Literal(value)))


def empty_database(_case: TransactionTestCase) -> None:
    """In place of Django's `flush`, which gives every table and index a new file and registers all permissions anew:
    that took longer than most tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT empty_tables(%s::text[]::regclass[])", [tables()])


TransactionTestCase._fixture_teardown = empty_database  # type: ignore[attr-defined]


@cache
def tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(names) - KEPT)


def database_name() -> str:
    name: str = connection.settings_dict["NAME"]
    if not name.endswith("_test") or "DATABASE_ADMIN_URL" not in os.environ:
        pytest.exit("The tests make their database anew: run them with `./dev test`, which starts servers for it.", 2)
    return name


def admin(database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(os.environ["DATABASE_ADMIN_URL"], dbname=database, autocommit=True)


@contextmanager
def as_owner() -> Iterator[None]:
    """`release` makes its process the owner for good; this one goes back to being the application."""
    application = copy.deepcopy(connection.settings_dict)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(application)
