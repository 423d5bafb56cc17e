"""What every change of an import consists of; inner steps, they join the transaction of the action that calls them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import IntegrityError
from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.transfer.checking import Span
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.states import IMPORT, ImportState
from backend.core.errors import Conflict
from backend.events.kinds import Kind
from backend.events.log import record

MAX_PROBLEMS = 100_000
"""So many are written down; all are counted."""
ZERO = {"broken_rows": 0, "created_rows": 0, "changed_rows": 0, "same_rows": 0, "gone_rows": 0}


class Counts(NamedTuple):
    """What becomes of some rows; `broken` are those that turned out to be wrong only now."""

    created: int
    changed: int
    same: int
    gone: int = 0
    broken: int = 0


def go_on(import_: Import, **changes: object) -> None:
    """Changes an import that still stands where this worker left it. Raises Conflict if somebody cancelled it, or
    another worker went on with it."""
    if "state" in changes:
        changes["step_began_at"] = Now()
    here = Import.objects.this(import_).filter(state=import_.state, done=import_.done, version=import_.version)
    if not here.update(version=F("version") + 1, moved_at=Now(), **changes):
        raise Conflict(_("This import was cancelled, or goes on elsewhere."))
    import_.refresh_from_db()


def update(import_: Import, **changes: object) -> None:
    """Changes an import that a person changes, wherever it stands."""
    Import.objects.this(import_).update(version=F("version") + 1, moved_at=Now(), **changes)
    import_.refresh_from_db()


def tell(import_: Import, kind: Kind = Kind.CATALOG_IMPORT_TURNED, data: Mapping[str, object] | None = None) -> None:
    """Records that it turned, or that it has come further."""
    by = Actor(user_id=import_.actor_id, company_id=import_.company_id)
    record(kind, f"import:{import_.pk}", version=import_.version, actor=by, data=data)


def put_to_work(import_: Import) -> None:
    """In the same transaction: a job exists if and only if there is something to do."""
    from backend.catalog.tasks import run_import

    run_import.defer(import_id=import_.pk)


def alone(import_: Import, to: ImportState) -> None:
    """Moves it unless another import of its company is at work: the second is refused, not left waiting."""
    try:
        with atomic():
            IMPORT.move(import_, to=to)
    except IntegrityError:
        raise Conflict(_("Another import of your company is at work. Wait until it is done, or cancel it.")) from None


def following(import_: Import, rows: int) -> Span:
    """The next rows: `done` counts rows; lines count from the one below the header."""
    return Span(import_.header_row + import_.done, import_.header_row + import_.done + rows)


def spans(import_: Import, rows: int) -> Sequence[Span]:
    """All of its rows, so many at a time."""
    firsts = range(import_.header_row, import_.header_row + max(import_.total, 1), rows)
    return [Span(first, first + rows) for first in firsts]


def done_after(import_: Import, span: Span) -> int:
    """How far it has come when these are done."""
    return min(span.upto - import_.header_row, import_.total)


def added(import_: Import, counts: Counts) -> dict[str, int]:
    """What was counted so far, and these."""
    return {f"{name}_rows": getattr(import_, f"{name}_rows") + n for name, n in counts._asdict().items()}


def room_for_problems(import_: Import) -> int:
    """How many more are written down."""
    return max(MAX_PROBLEMS - import_.problems.count(), 0)
