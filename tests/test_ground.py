"""What every other test stands on: the database's role, its rights, and the two ways of using it."""

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from backend.core.database import application_role
from backend.events.log import number_events
from backend.events.models import Event
from backend.inventory.actions import adjust_stock
from backend.inventory.models import StockMove
from tests.cast import Cast, actor_of


def break_one(cast: Cast) -> StockMove:
    return adjust_stock(cast.mug, cast.shelf, by=-1, reason="broken", key="1", actor=actor_of(cast.wes))


@pytest.mark.django_db
def test_tests_run_as_a_role_that_row_level_security_binds() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (application_role(), False, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_no_thread_of_this_process_would_connect_as_the_owner() -> None:
    assert connection.settings_dict["USER"] == application_role()
    assert settings.DATABASE_OWNER_URL != settings.DATABASE_URL


def test_what_is_append_only_cannot_be_rewritten(cast: Cast) -> None:
    for statement in ("UPDATE inventory_stockmove SET quantity = 9", "DELETE FROM inventory_stockmove"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)


def test_an_action_with_its_own_transaction_runs_inside_a_test_that_rolls_back(cast: Cast) -> None:
    assert break_one(cast).on_hand_after == 299
    assert [event.position for event in number_events()] == [1]


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_test_that_commits_finds_an_empty_log_and_counts_from_one(
    transactional_db: None, cast: Cast, time: str
) -> None:
    assert not Event.objects.exists()
    break_one(cast)
    assert [event.position for event in number_events()] == [1]
