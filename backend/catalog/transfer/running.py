"""What a worker does with an import, slice by slice: read, check, then compare or write. Whoever dies is succeeded.

An import's advisory lock is held by the worker that has it in hand, and is free the moment that worker is dead; `done`
says where its successor goes on.
"""

import csv
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from django.db import OperationalError, connection
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from backend.accounts.models import Company, Membership
from backend.catalog.lists.sheets.actions import write_lines
from backend.catalog.transfer import actions, files, staging, statistics
from backend.catalog.transfer.models import Import, ImportQuerySet
from backend.catalog.transfer.policies import can_run_import
from backend.catalog.transfer.states import ENDED, WORKING, ImportState
from backend.core.alongside import alongside
from backend.core.errors import Conflict
from backend.core.row_security import across_companies, acting_for
from backend.core.tables.workbook import Unreadable

LOCK_CLASS = 4_100_017
"""Of advisory locks: the imports'."""
TELL_EVERY_S = 0.5
PAUSE_S = 0.5
TRIES = 4
RECENT = timedelta(minutes=5)
_S = ImportState
logger = logging.getLogger(__name__)

GoOn = Callable[[], bool]


def run_to_its_end(import_id: int, may_go_on: GoOn = lambda: True) -> None:
    """Works on an import until it waits for a person, is done, or the worker is to stop."""
    with _alone_with(import_id) as is_mine:
        import_ = _found(import_id) if is_mine else None
        if import_ is not None:
            with acting_for(import_.company_id):
                _run(import_, may_go_on)


def _run(import_: Import, may_go_on: GoOn) -> None:
    now: Import | None = import_
    failures = 0
    while now is not None and now.state in WORKING and may_go_on():
        failures = 0 if _work(now, may_go_on, failures) else failures + 1
        now = Import.objects.this(import_).first()
    if now is not None:
        tidy(now)


def tidy(import_: Import) -> None:
    """Leaves nothing behind of an import that has ended."""
    if import_.state in ENDED:
        staging.drop(import_.pk)
        files.forget(import_.stored_as)


@across_companies(why="a worker serves every company")
def unfinished() -> Sequence[int]:
    """The imports that a worker has in hand, or should have."""
    return list(_of_all().working().values_list("pk", flat=True))


@across_companies(why="a worker serves every company")
def clear_away() -> None:
    """The tables and files of imports that were cancelled while nobody had them in hand."""
    lying = staging.left_behind()
    for import_ in _of_all().filter(Q(pk__in=lying) | Q(moved_at__gt=Now() - RECENT), state__in=ENDED):
        tidy(import_)
    for pk in set(lying) - set(_of_all().filter(pk__in=lying).values_list("pk", flat=True)):
        staging.drop(pk)


def _of_all() -> ImportQuerySet:
    return Import.objects.across_companies(why="a worker serves every company")


@across_companies(why="a job names an import of any company")
def _found(import_id: int) -> Import | None:
    return _of_all().filter(pk=import_id).first()


def _work(import_: Import, may_go_on: GoOn, failures: int) -> bool:
    """One slice, and whether it came to something. A database that is away ends the job, another worker goes on; what
    can't be written however often it is tried ends the import."""
    try:
        _slice(import_, may_go_on)
    except (Conflict, staging.Stopped):
        logger.info("import %s was changed by somebody else", import_.pk)
    except OperationalError:
        raise
    except Exception:
        logger.exception("import %s could not do its next rows", import_.pk)
        if failures >= TRIES:
            reason = _("These rows could not be written. The market's operators have been told.")
            actions.end_import(import_, _S.FAILED, reason)
        time.sleep(PAUSE_S)
        return False
    return True


def _slice(import_: Import, may_go_on: GoOn) -> None:
    if _may_still(import_):
        STEPS[ImportState(import_.state)](import_, may_go_on)
    else:
        actions.end_import(import_, _S.FAILED, _("Whoever began this may no longer do so."))


def _read(import_: Import, may_go_on: GoOn) -> None:
    try:
        found, last_line = staging.fill(import_, _told(import_, may_go_on))
    except csv.Error as error:
        logger.info("import %s is no table: %s", import_.pk, error)
        actions.end_import(import_, _S.FAILED, _("A cell is longer than any cell is. Is a quotation mark missing?"))
    except (Unreadable, OSError):
        actions.end_import(import_, _S.FAILED, _("The file is damaged, or larger than it says."))
    else:
        actions.begin_checking(import_, found, last_line)


def _told(import_: Import, may_go_on: GoOn) -> staging.Told:
    """Writes down, now and then, how much of the file was read; somebody who cancels it stops the reading."""
    last = [time.monotonic()]

    def told(done: int) -> bool:
        if time.monotonic() - last[0] >= TELL_EVERY_S:
            last[0] = time.monotonic()
            actions.note_progress(import_, done)
        return may_go_on()

    return told


def _check(import_: Import, _may_go_on: GoOn) -> None:
    _look_at_tables(import_, actions.CHECK_ROWS)
    if import_.done < import_.total:
        _if_there(import_, actions.check_rows)
    else:
        _if_there(import_, actions.end_checking)


def _compare(import_: Import, _may_go_on: GoOn) -> None:
    if import_.done < import_.total:
        _if_there(import_, actions.compare_rows)
    else:
        actions.end_import(import_, _S.CHECKED)


def _write(import_: Import, may_go_on: GoOn) -> None:
    if import_.price_list_id:
        _if_there(import_, partial(_write_lines, may_go_on=may_go_on))
        return
    _look_at_tables(import_, actions.CHUNK_ROWS)
    if import_.done < import_.total:
        _if_there(import_, actions.write_rows)
    else:
        actions.end_import(import_, _S.DONE)


def _write_lines(import_: Import, may_go_on: GoOn) -> None:
    """The lines of a price list are written by whoever said so. How far it has come is seen at once, they are not."""
    if import_.done:
        actions.begin_writing_again(import_)
    member = _member(import_)
    with alongside() as at_once:

        def told(done: int) -> None:
            at_once(partial(actions.note_progress, import_, done))
            if not may_go_on():
                raise staging.Stopped

        if member:
            write_lines(import_, told, actor=member.as_actor())


def _look_at_tables(import_: Import, rows: int) -> None:
    """For a file of one chunk a bad plan costs less than the look."""
    if not import_.price_list_id and import_.total > rows and statistics.is_due(import_.done // rows):
        statistics.refresh()


def _if_there(import_: Import, act: Callable[[Import], None]) -> None:
    """After a crash of the database the tables are empty: then the file is read again, which changes nothing twice."""
    if staging.is_there(import_.pk):
        act(import_)
    else:
        actions.read_again(import_)


STEPS: Mapping[ImportState, Callable[[Import, GoOn], None]] = {
    _S.READING: _read,
    _S.CHECKING: _check,
    _S.COMPARING: _compare,
    _S.WRITING: _write,
}


def _may_still(import_: Import) -> bool:
    """Whoever began it still belongs to the company, with a role that may."""
    member = _member(import_)
    company = Company.objects.get(pk=import_.company_id)
    return member is not None and can_run_import(member.as_actor(), company, import_)


def _member(import_: Import) -> Membership | None:
    return Membership.objects.of_person(import_.actor_id).filter(company_id=import_.company_id).first()


@contextmanager
def _alone_with(import_id: int) -> Iterator[bool]:
    """Whether this worker has the import for itself, for as long as it lives."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, import_id % 2**31])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, import_id % 2**31])
