"""Every change of an import, from the file to the last row. Rows count from the header, which is row 1."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _
from psycopg import sql

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.states import CompanyStatus
from backend.catalog.models import Category
from backend.catalog.transfer import files, staging, steps
from backend.catalog.transfer.attributes import attribute_fields
from backend.catalog.transfer.fields import BY_NAME
from backend.catalog.transfer.guessing import guess_mapping, remember
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.policies import can_import_products
from backend.catalog.transfer.rules import rules_of
from backend.catalog.transfer.states import IMPORT, ImportState
from backend.catalog.transfer.upserting import (
    CHUNK,
    IS_LISTED,
    LOCK,
    PRODUCT_RANGES,
    counts_of,
    insert_new,
    take_chunk,
    update_known,
)
from backend.catalog.translations import OWN_LANGUAGE, clean_language, reading
from backend.core.errors import NotAllowed, Refused
from backend.core.locking import LOCK_TIMEOUT_S, waiting_at_most
from backend.core.money import EXPONENTS
from backend.core.row_security import for_actor
from backend.events.kinds import Kind

CHUNK_ROWS = 10_000
CHECK_ROWS = 25_000
_S = ImportState
_COUNT_BROKEN = sql.SQL("SELECT count(*) FROM {} WHERE NOT ok AND line > {} AND line <= {}")


@dataclass(frozen=True, slots=True)
class Plan:
    """How the person wants the file to be read: field -> column counted from 0, and what the file does not say."""

    mapping: Mapping[str, int]
    category: Category | None = None
    currency: str = "GBP"
    decimal_comma: bool = False
    publishes: bool = False
    language: str = OWN_LANGUAGE


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
        language=reading(),
    )
    steps.tell(import_)
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
    steps.alone(import_, _S.READING)
    remember(import_.company_id, import_.header, plan.mapping)
    fresh = {"done": 0, "total": import_.size_bytes, "rows": 0, "step_began_at": Now(), "reason": "", **steps.ZERO}
    planned = {
        "mapping": dict(plan.mapping),
        "category_id": plan.category.pk if plan.category else None,
        "currency": plan.currency,
        "language": plan.language,
        "decimal_comma": plan.decimal_comma,
        "publishes": plan.publishes,
        "is_dry_run": is_dry_run,
    }
    steps.update(import_, actor_id=actor.user_id, **planned, **fresh)
    steps.tell(import_)
    steps.put_to_work(import_)
    return import_


@atomic(durable=True)
@for_actor
def write_import(import_: Import, *, actor: Actor) -> Import:
    """After a dry run: now for good. Raises NotAllowed, Refused where nothing was checked, Conflict as above."""
    _require(actor, import_.company)
    steps.alone(import_, _S.WRITING)
    zero = {"created_rows": 0, "changed_rows": 0, "same_rows": 0, "gone_rows": 0}
    steps.update(import_, actor_id=actor.user_id, is_dry_run=False, done=0, step_began_at=Now(), **zero)
    steps.tell(import_)
    steps.put_to_work(import_)
    return import_


@atomic(durable=True)
@for_actor
def cancel_import(import_: Import, *, actor: Actor) -> Import:
    """Stops it where it is: what was written stays. Raises NotAllowed, Refused if there is nothing left to stop."""
    _require(actor, import_.company)
    IMPORT.move(import_, to=_S.CANCELLED)
    steps.update(import_)
    steps.tell(import_)
    return import_


# --- What the worker does --------------------------------------------------------------------------------------------
@atomic(durable=True)
def note_progress(import_: Import, done: int) -> None:
    """So much of its step is done. Raises Conflict once somebody has cancelled it."""
    steps.go_on(import_, done=done)
    steps.tell(import_, Kind.CATALOG_IMPORT_MOVED)


@atomic(durable=True)
def begin_writing_again(import_: Import) -> None:
    """A worker died while it wrote at one stroke, so nothing is written."""
    steps.go_on(import_, done=0, step_began_at=Now())
    steps.tell(import_, Kind.CATALOG_IMPORT_MOVED)


@atomic(durable=True)
def begin_checking(import_: Import, found: int, last_line: int) -> None:
    """The file stands in its table: so many rows."""
    with connection.cursor() as cursor:
        cursor.execute(rules_of(import_).create(import_))
    import_.problems.all().delete()
    total = max(last_line - import_.header_row, 0)  # blank rows are no rows, but the spreadsheet counts them
    steps.go_on(import_, state=_S.CHECKING, done=0, total=total, rows=found, **steps.ZERO)
    steps.tell(import_)


@atomic(durable=True)
def check_rows(import_: Import) -> None:
    """The next rows are understood, or what is wrong with them is written down."""
    span = steps.following(import_, CHECK_ROWS)
    with connection.cursor() as cursor:
        cursor.execute(rules_of(import_).read(import_, span))
        cursor.execute(_COUNT_BROKEN.format(staging.rows(import_.pk), span.after, span.upto))
        broken = cursor.fetchone()[0]
        if broken:
            cursor.execute(rules_of(import_).classify(import_, span, steps.room_for_problems(import_)))
    steps.go_on(import_, done=steps.done_after(import_, span), broken_rows=import_.broken_rows + broken)
    steps.tell(import_, Kind.CATALOG_IMPORT_MOVED)


@atomic(durable=True)
def end_checking(import_: Import) -> None:
    """Codes that stand in the file more than once count once; then on to the next step."""
    with connection.cursor() as cursor:
        for statement in rules_of(import_).finish(import_, steps.room_for_problems(import_)):
            cursor.execute(statement)
        cursor.execute(_COUNT_BROKEN.format(staging.rows(import_.pk), 0, import_.header_row + import_.total))
        broken = cursor.fetchone()[0]
    next_step = _S.COMPARING if import_.is_dry_run else _S.WRITING
    steps.go_on(import_, state=next_step, done=0, broken_rows=broken)
    steps.tell(import_)


@atomic(durable=True)
def compare_rows(import_: Import) -> None:
    """Counts what the next rows would change."""
    span = steps.following(import_, CHUNK_ROWS)
    counts = rules_of(import_).compare(import_, span)
    steps.go_on(import_, done=steps.done_after(import_, span), **steps.added(import_, counts))
    steps.tell(import_, Kind.CATALOG_IMPORT_MOVED)


@atomic(durable=True)
def write_rows(import_: Import) -> None:
    """The next chunk of rows becomes products, offers and prices: one transaction, one event.

    Raises Busy where somebody holds one of its products for long, IntegrityError where somebody took one of its codes
    meanwhile: then it is to be done again.
    """
    span = steps.following(import_, CHUNK_ROWS)
    with connection.cursor() as cursor:
        cursor.execute(take_chunk(import_, span))
        cursor.execute(counts_of(CHUNK))
        counts = steps.Counts(*cursor.fetchone())
        touched = _write(import_, cursor, counts) if counts[0] + counts[1] else {}
    steps.go_on(import_, done=steps.done_after(import_, span), **steps.added(import_, counts))
    steps.tell(import_, Kind.CATALOG_PRODUCTS_IMPORTED if touched else Kind.CATALOG_IMPORT_MOVED, touched)


@atomic(durable=True)
def end_import(import_: Import, to: ImportState, reason: str = "") -> None:
    """Nothing is left to do: it is checked, done, or could not be read, and why."""
    steps.go_on(import_, state=to, reason=reason[:400])
    steps.tell(import_)


@atomic(durable=True)
def read_again(import_: Import) -> None:
    """The tables are gone, as a crash of the database leaves them: from the file once more."""
    is_dry_run = import_.is_dry_run or import_.price_list_id is not None  # a list is compared before it is written
    steps.go_on(import_, state=_S.READING, done=0, total=import_.size_bytes, is_dry_run=is_dry_run, **steps.ZERO)
    steps.tell(import_)


def _write(import_: Import, cursor: CursorWrapper, counts: steps.Counts) -> Mapping[str, object]:
    """Writes the chunk; what it touched: product ids as ranges, and whether one of them is published."""
    with waiting_at_most(LOCK_TIMEOUT_S, what=_("these products")):
        cursor.execute(LOCK)
    may_join = "parent" in import_.mapping
    made = insert_new(import_) if counts.created else ()
    for statement in [*made, *(update_known(import_) if counts.changed or may_join else ())]:
        cursor.execute(statement)
    cursor.execute(PRODUCT_RANGES)
    ranges = [list(pair) for pair in cursor.fetchall()]
    cursor.execute(IS_LISTED)
    return {"products": ranges, "moves_rows": cursor.fetchone()[0]}


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
    clean_language(plan.language)
    if plan.publishes and import_.company.status != CompanyStatus.APPROVED:
        message = _("%(company)s waits for its approval; drafts can be prepared meanwhile.")
        raise Refused(message % {"company": import_.company}, field="publishes")


def _require(actor: Actor, company: Company) -> None:
    if not can_import_products(actor, company):
        raise NotAllowed(_("Your role in this company may not import products. An owner or a manager may."))
