"""Every change of an import, from the file to the last row. Rows count from the header, which is row 1."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, connection
from django.db.backends.utils import CursorWrapper
from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _
from psycopg import sql

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.states import CompanyStatus
from backend.catalog.models import Category
from backend.catalog.transfer import files, staging
from backend.catalog.transfer.attributes import attribute_fields
from backend.catalog.transfer.checking import Span, create_rows, mark_repeated, read_rows
from backend.catalog.transfer.classifying import classify_rows
from backend.catalog.transfer.families import mark_speakers
from backend.catalog.transfer.fields import BY_NAME
from backend.catalog.transfer.guessing import guess_mapping, remember
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.policies import can_import_products
from backend.catalog.transfer.states import IMPORT, ImportState
from backend.catalog.transfer.upserting import (
    CHUNK,
    IS_LISTED,
    LOCK,
    PRODUCT_RANGES,
    compared,
    counts_of,
    insert_new,
    take_chunk,
    update_known,
)
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.core.locking import LOCK_TIMEOUT_S, waiting_at_most
from backend.core.money import EXPONENTS
from backend.core.row_security import for_actor
from backend.events.kinds import Kind
from backend.events.log import record

CHUNK_ROWS = 10_000
CHECK_ROWS = 25_000
MAX_PROBLEMS = 100_000
"""So many are written down; all are counted."""
_S = ImportState
_ZERO = {"broken_rows": 0, "created_rows": 0, "changed_rows": 0, "same_rows": 0}
_COUNT_BROKEN = sql.SQL("SELECT count(*) FROM {} WHERE NOT ok AND line > {} AND line <= {}")


@dataclass(frozen=True, slots=True)
class Plan:
    """How the person wants the file to be read: field -> column counted from 0, and what the file does not say."""

    mapping: Mapping[str, int]
    category: Category | None = None
    currency: str = "GBP"
    decimal_comma: bool = False
    publishes: bool = False


@atomic(durable=True)
@for_actor
def create_import(company: Company, filename: str, blocks: Iterable[bytes], *, actor: Actor) -> Import:
    """Keeps a file and says how its columns seem to be meant; nothing is imported yet.

    Raises NotAllowed, and Refused (field "file") for a file above files.MAX_BYTES or one that is no table.
    """
    _require(actor, company)
    stored_as, size, form, layout = files.keep(blocks)
    import_ = Import.objects.create(
        company=company,
        actor_id=actor.user_id or 0,
        filename=filename[-200:] or "file",
        stored_as=stored_as,
        size_bytes=size,
        format=form,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        decimal_comma=layout.decimal_comma,
        header_row=layout.header_row,
        header=layout.header,
        sample=layout.sample,
        mapping=guess_mapping(company.pk, layout.header),
    )
    _tell(import_)
    return import_


@atomic(durable=True)
@for_actor
def start_import(import_: Import, plan: Plan, *, is_dry_run: bool, actor: Actor) -> Import:
    """Lets a worker read and check the file, and then compare it with the catalogue or write it.

    The columns are remembered for the company's next file. Raises NotAllowed, Refused (field "mapping" or "company"),
    Conflict if another import of the company is at work.
    """
    _require(actor, import_.company)
    _check_plan(import_, plan)
    _alone(import_, _S.READING)
    remember(import_.company_id, import_.header, plan.mapping)
    fresh = {"done": 0, "total": import_.size_bytes, "rows": 0, "step_began_at": Now(), "reason": "", **_ZERO}
    planned = {
        "mapping": dict(plan.mapping),
        "category_id": plan.category.pk if plan.category else None,
        "currency": plan.currency,
        "decimal_comma": plan.decimal_comma,
        "publishes": plan.publishes,
        "is_dry_run": is_dry_run,
    }
    _update(import_, actor_id=actor.user_id, **planned, **fresh)
    _tell(import_)
    _put_to_work(import_)
    return import_


@atomic(durable=True)
@for_actor
def write_import(import_: Import, *, actor: Actor) -> Import:
    """After a dry run: now for good. Raises NotAllowed, Refused where nothing was checked, Conflict as above."""
    _require(actor, import_.company)
    _alone(import_, _S.WRITING)
    zero = {"created_rows": 0, "changed_rows": 0, "same_rows": 0}
    _update(import_, actor_id=actor.user_id, is_dry_run=False, done=0, step_began_at=Now(), **zero)
    _tell(import_)
    _put_to_work(import_)
    return import_


@atomic(durable=True)
@for_actor
def cancel_import(import_: Import, *, actor: Actor) -> Import:
    """Stops it where it is: what was written stays. Raises NotAllowed, Refused if there is nothing left to stop."""
    _require(actor, import_.company)
    IMPORT.move(import_, to=_S.CANCELLED)
    _update(import_)
    _tell(import_)
    return import_


# --- What the worker does --------------------------------------------------------------------------------------------
@atomic(durable=True)
def note_reading(import_: Import, done: int) -> None:
    """So many bytes of the file were read. Raises Conflict once it is no longer being read."""
    _go_on(import_, done=done)
    _tell(import_, Kind.CATALOG_IMPORT_MOVED)


@atomic(durable=True)
def begin_checking(import_: Import, found: int, last_line: int) -> None:
    """The file stands in its table: so many rows."""
    with connection.cursor() as cursor:
        cursor.execute(create_rows(import_))
    import_.problems.all().delete()
    total = max(last_line - import_.header_row, 0)  # blank rows are no rows, but the spreadsheet counts them
    _go_on(import_, state=_S.CHECKING, done=0, total=total, rows=found, **_ZERO)
    _tell(import_)


@atomic(durable=True)
def check_rows(import_: Import) -> None:
    """The next rows are understood, or what is wrong with them is written down."""
    span = _next(import_, CHECK_ROWS)
    with connection.cursor() as cursor:
        cursor.execute(read_rows(import_, span))
        cursor.execute(_COUNT_BROKEN.format(staging.rows(import_.pk), span.after, span.upto))
        broken = cursor.fetchone()[0]
        if broken:
            cursor.execute(classify_rows(import_, span, _room_for_problems(import_)))
    _go_on(import_, done=_done(import_, span), broken_rows=import_.broken_rows + broken)
    _tell(import_, Kind.CATALOG_IMPORT_MOVED)


@atomic(durable=True)
def end_checking(import_: Import) -> None:
    """Codes that stand in the file more than once count once; then on to the next step."""
    with connection.cursor() as cursor:
        cursor.execute(mark_repeated(import_, _room_for_problems(import_)))
        cursor.execute(mark_speakers(import_))
        cursor.execute(_COUNT_BROKEN.format(staging.rows(import_.pk), 0, import_.header_row + import_.total))
        broken = cursor.fetchone()[0]
    next_step = _S.COMPARING if import_.is_dry_run else _S.WRITING
    _go_on(import_, state=next_step, done=0, broken_rows=broken)
    _tell(import_)


@atomic(durable=True)
def compare_rows(import_: Import) -> None:
    """Counts what the next rows would change."""
    span = _next(import_, CHUNK_ROWS)
    with connection.cursor() as cursor:
        cursor.execute(compared(import_, span))
        counts = cursor.fetchone()
    _go_on(import_, done=_done(import_, span), **_added(import_, counts))
    _tell(import_, Kind.CATALOG_IMPORT_MOVED)


@atomic(durable=True)
def write_rows(import_: Import) -> None:
    """The next chunk of rows becomes products, offers and prices: one transaction, one event.

    Raises Busy where somebody holds one of its products for long, IntegrityError where somebody took one of its codes
    meanwhile: then it is to be done again.
    """
    span = _next(import_, CHUNK_ROWS)
    with connection.cursor() as cursor:
        cursor.execute(take_chunk(import_, span))
        cursor.execute(counts_of(CHUNK))
        counts = cursor.fetchone()
        touched = _write(import_, cursor, counts) if counts[0] + counts[1] else {}
    _go_on(import_, done=_done(import_, span), **_added(import_, counts))
    _tell(import_, Kind.CATALOG_PRODUCTS_IMPORTED if touched else Kind.CATALOG_IMPORT_MOVED, touched)


@atomic(durable=True)
def end_import(import_: Import, to: ImportState, reason: str = "") -> None:
    """Nothing is left to do: it is checked, done, or could not be read, and why."""
    _go_on(import_, state=to, reason=reason[:400])
    _tell(import_)


@atomic(durable=True)
def read_again(import_: Import) -> None:
    """The tables are gone, as a crash of the database leaves them: from the file once more."""
    _go_on(import_, state=_S.READING, done=0, total=import_.size_bytes, **_ZERO)
    _tell(import_)


def _write(import_: Import, cursor: CursorWrapper, counts: Sequence[int]) -> Mapping[str, object]:
    """Writes the chunk; what it touched: product ids as ranges, and whether one of them is published."""
    with waiting_at_most(LOCK_TIMEOUT_S, what=_("these products")):
        cursor.execute(LOCK)
    created, changed, _same = counts
    may_join = "parent" in import_.mapping
    steps = [*(insert_new(import_) if created else ()), *(update_known(import_) if changed or may_join else ())]
    for statement in steps:
        cursor.execute(statement)
    cursor.execute(PRODUCT_RANGES)
    ranges = [list(pair) for pair in cursor.fetchall()]
    cursor.execute(IS_LISTED)
    return {"products": ranges, "moves_rows": cursor.fetchone()[0]}


def _go_on(import_: Import, **changes: object) -> None:
    """Changes an import that still stands where this worker left it. Raises Conflict if somebody cancelled it, or
    another worker went on with it."""
    if "state" in changes:
        changes["step_began_at"] = Now()
    here = Import.objects.this(import_).filter(state=import_.state, done=import_.done, version=import_.version)
    if not here.update(version=F("version") + 1, moved_at=Now(), **changes):
        raise Conflict(_("This import was cancelled, or goes on elsewhere."))
    import_.refresh_from_db()


def _update(import_: Import, **changes: object) -> None:
    Import.objects.this(import_).update(version=F("version") + 1, moved_at=Now(), **changes)
    import_.refresh_from_db()


def _tell(import_: Import, kind: Kind = Kind.CATALOG_IMPORT_TURNED, data: Mapping[str, object] | None = None) -> None:
    by = Actor(user_id=import_.actor_id, company_id=import_.company_id)
    record(kind, f"import:{import_.pk}", version=import_.version, actor=by, data=data)


def _put_to_work(import_: Import) -> None:
    """In the same transaction: a job exists if and only if there is something to do."""
    from backend.catalog.tasks import run_import

    run_import.defer(import_id=import_.pk)


def _alone(import_: Import, to: ImportState) -> None:
    """Moves it unless another import of its company is at work: the second is refused, not left waiting."""
    try:
        with atomic():
            IMPORT.move(import_, to=to)
    except IntegrityError:
        raise Conflict(_("Another import of your company is at work. Wait until it is done, or cancel it.")) from None


def _check_plan(import_: Import, plan: Plan) -> None:
    """Each column holds one thing, and the SKU is one of them."""
    columns = list(plan.mapping.values())
    if unknown := set(plan.mapping) - set(BY_NAME) - set(attribute_fields()):
        raise Refused(_("There is no field %(name)s.") % {"name": sorted(unknown)[0]}, field="mapping")
    if any(not 0 <= column < len(import_.header) for column in columns) or len(set(columns)) < len(columns):
        raise Refused(_("Two fields can't be read from the same column."), field="mapping")
    if "code" not in plan.mapping:
        raise Refused(_("Say which column holds the SKU: products are known by it."), field="mapping")
    if plan.currency not in EXPONENTS:
        raise Refused(_("Choose one of %(all)s.") % {"all": ", ".join(EXPONENTS)}, field="currency")
    if plan.publishes and import_.company.status != CompanyStatus.APPROVED:
        message = _("%(company)s waits for its approval; drafts can be prepared meanwhile.")
        raise Refused(message % {"company": import_.company}, field="publishes")


def _require(actor: Actor, company: Company) -> None:
    if not can_import_products(actor, company):
        raise NotAllowed(_("Your role in this company may not import products. An owner or a manager may."))


def _next(import_: Import, rows: int) -> Span:
    """`done` counts rows; lines count from the one below the header."""
    return Span(import_.header_row + import_.done, import_.header_row + import_.done + rows)


def _done(import_: Import, span: Span) -> int:
    return min(span.upto - import_.header_row, import_.total)


def _added(import_: Import, counts: Sequence[int]) -> dict[str, int]:
    created, changed, same = counts
    return {
        "created_rows": import_.created_rows + created,
        "changed_rows": import_.changed_rows + changed,
        "same_rows": import_.same_rows + same,
    }


def _room_for_problems(import_: Import) -> int:
    return max(MAX_PROBLEMS - import_.problems.count(), 0)
