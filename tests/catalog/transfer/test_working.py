"""Workers come and go; an import goes on, once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from backend.accounts.actions import remove_member
from backend.catalog.models import Sku
from backend.catalog.transfer import actions, running, staging
from backend.catalog.transfer.actions import Plan, cancel_import, start_import, write_import
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.queries import import_progress, imports, problems
from backend.catalog.transfer.states import ImportState
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of, make_cast
from tests.catalog.transfer.desk import outcome, send, text_of, work
from tests.live import assert_live
from tests.tied import tied

ROWS = [f"W{n},Jug {n},Crockery,2.95,12" for n in range(60)]
PATIENCE_S = 60


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handful of rows are many."""
    monkeypatch.setattr(actions, "CHUNK_ROWS", 10)
    monkeypatch.setattr(actions, "CHECK_ROWS", 25)


def started(cast: Cast, *, is_dry_run: bool = False, data: bytes = b"") -> Import:
    import_ = send(cast, data or text_of(ROWS))
    plan = Plan(mapping=import_.mapping)
    return start_import(import_, plan, is_dry_run=is_dry_run, actor=actor_of(cast.nora))


def work_until(import_: Import, state: str, done: int = 0) -> Import:
    """A worker that is told to stop once the import has come so far."""

    def may_go_on() -> bool:
        return not Import.objects.filter(pk=import_.pk, state=state, done__gte=done).exists()

    running.run_to_its_end(import_.pk, may_go_on)
    import_.refresh_from_db()
    return import_


def test_a_worker_that_stops_leaves_the_rest_to_the_next(cast: Cast, small_steps: None) -> None:
    halfway = work_until(started(cast), "writing", 30)
    assert (halfway.state, halfway.done) == ("writing", 30)
    done = work(halfway)
    assert outcome(done) == ("done", 60, 0, 0, 0)
    events = Event.objects.filter(kind=Kind.CATALOG_PRODUCTS_IMPORTED)
    assert sum(last - first + 1 for event in events for first, last in event.data["products"]) == 60
    assert events.count() == 6


def test_a_cancelled_import_stops_and_what_was_written_stays(cast: Cast, small_steps: None) -> None:
    halfway = work_until(started(cast), "writing", 20)
    done = work(cancel_import(halfway, actor=actor_of(cast.max)))
    assert (done.state, Sku.objects.filter(code__startswith="W").count()) == ("cancelled", 20)
    assert not staging.is_there(done.pk)
    with pytest.raises(Refused):
        cancel_import(done, actor=actor_of(cast.nora))


def test_a_slice_that_was_cancelled_meanwhile_is_undone(cast: Cast, small_steps: None) -> None:
    halfway = work_until(started(cast), "writing", 10)
    seen = Import.objects.get(pk=halfway.pk)
    cancel_import(halfway, actor=actor_of(cast.nora))
    with pytest.raises(Conflict):
        actions.write_rows(seen)


def test_one_import_of_a_company_is_at_work_at_a_time(cast: Cast) -> None:
    started(cast)
    with pytest.raises(Conflict, match="Another import"):
        started(cast, data=text_of(["X,Jug,Crockery,2.95,12"]))


def test_whoever_lost_the_right_to_import_ends_it(cast: Cast, small_steps: None) -> None:
    import_ = send(cast, text_of(ROWS), by=cast.max)
    plan = Plan(mapping=import_.mapping)
    halfway = work_until(start_import(import_, plan, is_dry_run=False, actor=actor_of(cast.max)), "writing", 20)
    remove_member(cast.max.memberships.select_related("company").get(), actor=actor_of(cast.nora))
    assert (work(halfway).state, Sku.objects.filter(code__startswith="W").count()) == ("failed", 20)


@pytest.mark.parametrize("who", ["sally", "wes", "rita", "bea", "otto"])
def test_only_who_may_approve_changes_may_import(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        start_import(send(cast, text_of(ROWS)), Plan({"code": 0}), is_dry_run=True, actor=actor_of(getattr(cast, who)))


def test_screens_cost_what_they_say(cast: Cast, django_assert_num_queries: Any) -> None:
    done = work(started(cast, data=text_of([*ROWS, "B,,Crockery,x,"])))
    with django_assert_num_queries(1):
        assert import_progress(done.pk).broken_rows == 1
    with django_assert_num_queries(3):
        assert [row.filename for row in imports(cast.northfield.pk).rows] == ["goods.csv"]
    with django_assert_num_queries(3):
        told = problems(done).problems
    assert [(one.row, one.column, one.cell) for one in told] == [(62, "Price", "x"), (62, "Name", "")]
    assert "2.95" in told[0].accepted


def test_the_page_of_an_import_is_live_from_the_first_row_to_the_last(
    cast: Cast, client: Client, small_steps: None
) -> None:
    client.force_login(cast.nora)
    import_ = started(cast, is_dry_run=True)
    page = f"/c/northfield/products/imports/{import_.pk}/"
    for state, rows in (("checking", 0), ("checking", 50), ("comparing", 30), ("checked", 0)):
        with assert_live(client, page):
            work_until(import_, state, rows)
    assert import_.state == ImportState.CHECKED
    with assert_live(client, page):
        work(write_import(import_, actor=actor_of(cast.nora)))
    assert "See your products" in client.get(page).content.decode()


# --- In processes of their own ---------------------------------------------------------------------------------------
@pytest.fixture
def committed(transactional_db: None) -> Cast:
    return make_cast()


def until(has_happened: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not has_happened():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)


def test_tables_that_a_crash_emptied_are_filled_again(committed: Cast, small_steps: None) -> None:
    halfway = work_until(started(committed), "writing", 20)
    with connection.cursor() as cursor:
        cursor.execute(f'TRUNCATE staging."import_{halfway.pk}_cells"')
    assert outcome(work(halfway)) == ("done", 40, 0, 20, 0)


def test_what_a_killed_worker_left_the_next_one_ends(committed: Cast) -> None:
    import_ = started(committed, data=text_of([f"K{n},Jug {n},Crockery,2.95,12" for n in range(25_000)]))
    command = tied(sys.executable, "-m", "tests.catalog.transfer.measure", str(import_.pk))
    worker = subprocess.Popen(command)
    until(lambda: Sku.objects.filter(code__startswith="K").exists())
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    until(lambda: work(import_).state == "done")
    assert (import_.created_rows, Sku.objects.filter(code__startswith="K").count()) == (25_000, 25_000)


def test_three_times_the_file_takes_no_more_memory(committed: Cast, tmp_path: Path) -> None:
    small, large = (peak_kb(committed, rows) for rows in (5_000, 15_000))
    assert large - small < 8 * 1024


def peak_kb(cast: Cast, rows: int) -> int:
    """Of a worker that checks 2 KB a row."""
    lines = [f"M{n},Jug,Crockery,2.95,12,{'x' * 1950}" for n in range(rows)]
    import_ = started(cast, is_dry_run=True, data=text_of(lines, "SKU,Name,Category,Price,Case pack,Description"))
    command = tied(sys.executable, "-m", "tests.catalog.transfer.measure", str(import_.pk))
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
    import_.refresh_from_db()
    assert import_.state == "checked"
    return int(done.stdout)
