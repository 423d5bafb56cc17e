"""Every change of a price list by a table: it is sent, its columns are matched, it is written or thrown away.

A table is an import (transfer/) whose rows are lines of a list: a worker reads it, and compares it with the list before
anybody may save it.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.lists.changing import list_changed, lock_list, reach_of, require_prices
from backend.catalog.lists.models import PriceList
from backend.catalog.lists.sheets.comparing import written
from backend.catalog.lists.sheets.fields import BY_PLACE, FIELD_OF, SAID
from backend.catalog.lists.sheets.judging import list_of
from backend.catalog.transfer import actions as transfer
from backend.catalog.transfer import files, steps
from backend.catalog.transfer.guessing import remember, understood
from backend.catalog.transfer.models import Import, Table
from backend.catalog.transfer.states import ENDED, IMPORT, ImportState
from backend.core.errors import Conflict, Refused
from backend.core.locking import lock
from backend.core.row_security import for_actor
from backend.core.tables.sniffing import Layout, Rows, has_decimal_commas

_S = ImportState
_WRITTEN = (_S.WRITING, _S.DONE)


@dataclass(frozen=True, slots=True)
class Plan:
    """How the person wants the table to be read: field -> column counted from 0; and what becomes of other lines."""

    mapping: Mapping[str, int]
    decimal_comma: bool = False
    replaces: bool = False


@atomic(durable=True)
@for_actor
def send_sheet(price_list: PriceList, filename: str, blocks: Iterable[bytes], *, actor: Actor) -> Import:
    """Keeps a table for a list. Where its columns are understood a worker compares it with the list; nothing of the
    list changes.

    It takes the place of the one that the person sent before. Raises NotAllowed without prices.edit, Refused (field
    "file") for an archived list and for what is no table.
    """
    price_list = lock_list(price_list, actor)
    stored_as, size, form, layout = files.keep(blocks, least_rows=1)
    sheet = Import(company=price_list.company, price_list=price_list, actor_id=actor.user_id or 0)
    sheet.filename, sheet.stored_as, sheet.size_bytes, sheet.format = filename[-200:], stored_as, size, form
    sheet.encoding, sheet.delimiter, sheet.currency = layout.encoding, layout.delimiter, price_list.currency
    _lay_out(sheet, layout)
    for before in Import.objects.of_sender(actor).filter(price_list=price_list).exclude(state__in=ENDED):
        _throw_away(before)
    sheet.save()
    if is_understood(sheet.mapping):
        _put_to_work(sheet, Plan(sheet.mapping, sheet.decimal_comma))
    return sheet


def blocks_of(rows: Rows) -> Iterator[bytes]:
    """Rows that were pasted, as a file."""
    text = io.StringIO()
    csv.writer(text, delimiter="\t").writerows(rows)
    yield text.getvalue().encode()


@atomic(durable=True)
@for_actor
def match_columns(sheet: Import, plan: Plan, *, actor: Actor) -> Import:
    """The table is read as the person says, which is remembered for the company's next one, and compared again.

    Raises NotAllowed, Refused (field "columns") where no column holds the SKU, or none a price or a percentage.
    """
    require_prices(actor, sheet.company)
    if not is_understood(plan.mapping):
        raise Refused(
            _("Say which column holds the SKU, and which the price or the percentage."),
            field="columns",
        )
    remember(sheet.company_id, sheet.header, plan.mapping, Table.LIST_LINES)
    _put_to_work(sheet, plan)
    return sheet


@atomic(durable=True)
@for_actor
def write_sheet(sheet: Import, *, mark: str, actor: Actor) -> Import:
    """Lets a worker make the list say what the table says; sent again, nothing more.

    Raises NotAllowed, Conflict if the list or the table (its mark) is no longer as it was compared, Refused for a table
    that would replace a list while something is wrong in it.
    """
    require_prices(actor, sheet.company)
    price_list = lock_list(list_of(sheet), actor)
    (sheet,) = lock(Import.objects.this(sheet).select_related("company"), what=_("the table"))
    if sheet.state in _WRITTEN:
        return sheet
    if mark != mark_of(sheet) or sheet.state != _S.CHECKED:
        raise Conflict(_("The table, or how it is read, has changed since you looked: look at what it would change."))
    if price_list.version != sheet.list_version:
        raise Conflict(_("Somebody changed the list since the table was compared with it. Check it again."))
    if is_blocked(sheet):
        raise Refused(
            _("Something is wrong in the table, and a line that can’t be read would be taken out. Correct it, or "
              "change only what the table names.")
        )  # fmt: skip
    IMPORT.move(sheet, to=_S.WRITING)
    steps.update(sheet, actor_id=actor.user_id, is_dry_run=False, done=0, step_began_at=Now())
    steps.tell(sheet)
    steps.put_to_work(sheet)
    return sheet


@atomic(durable=True)
@for_actor
def drop_sheet(sheet: Import, *, actor: Actor) -> None:
    """It is thrown away, or stopped where it is; nothing of the list changes. Raises NotAllowed without prices.edit."""
    require_prices(actor, sheet.company)
    (sheet,) = lock(Import.objects.this(sheet), what=_("the table"))
    if sheet.state not in ENDED:
        _throw_away(sheet)


# --- What the worker does --------------------------------------------------------------------------------------------
@atomic(durable=True)
def write_lines(sheet: Import, told: Callable[[int], None], *, actor: Actor) -> None:
    """The list says what the table says, at one stroke: its buyers see it as it was, or as it is now.

    `told` hears in between how many rows are done; what it raises undoes all of it. Two statements for each CHUNK_ROWS
    rows. Where somebody changed the list meanwhile the table ends unwritten.
    """
    price_list = lock_list(list_of(sheet), actor)
    if price_list.version != sheet.list_version:
        why = _("Somebody changed the list since the table was compared with it. Check it again.")
        steps.go_on(sheet, state=_S.FAILED, reason=why)
    else:
        changed = _write(sheet, told)
        steps.go_on(sheet, state=_S.DONE, done=sheet.total)
        if changed:
            list_changed(price_list, reach_of(price_list), actor)
    steps.tell(sheet)


def _write(sheet: Import, told: Callable[[int], None]) -> int:
    """How many lines have changed. Each slice is done when it is told: no check of it is left to the commit."""
    changed = 0
    slices = steps.spans(sheet, transfer.CHUNK_ROWS)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for nth, span in enumerate(slices, 1):
            for statement in written(sheet, span):
                cursor.execute(statement)
                changed += cursor.rowcount
            if nth < len(slices):
                told(steps.done_after(sheet, span))
    return changed


# --- Inner steps -----------------------------------------------------------------------------------------------------
def is_understood(mapping: Mapping[str, int]) -> bool:
    """Whether it says where the codes and the prices stand."""
    return "code" in mapping and bool({"price", "percent"} & set(mapping)) and set(mapping) <= set(FIELD_OF)


def is_blocked(sheet: Import) -> bool:
    """A row that can't be read may be of a line that the list should keep: then nothing is replaced."""
    return sheet.replaces and sheet.broken_rows > 0


def mark_of(sheet: Import) -> str:
    """Another table, or the same one compared again, has another."""
    return f"{sheet.pk}.{sheet.version}"


def _put_to_work(sheet: Import, plan: Plan) -> None:
    """From the file on: read, checked, compared."""
    steps.alone(sheet, _S.READING)
    fresh = {"done": 0, "total": sheet.size_bytes, "rows": 0, "step_began_at": Now(), "reason": "", **steps.ZERO}
    said = {"mapping": dict(plan.mapping), "decimal_comma": plan.decimal_comma, "replaces": plan.replaces}
    steps.update(sheet, is_dry_run=True, **said, **fresh)
    steps.tell(sheet)
    steps.put_to_work(sheet)


def _throw_away(sheet: Import) -> None:
    IMPORT.move(sheet, to=_S.CANCELLED)
    steps.update(sheet)
    steps.tell(sheet)


def _lay_out(sheet: Import, layout: Layout) -> None:
    """Where the titles stand, from 1; 0 where the first row is a line already: nobody calls a column 85123A."""
    named = understood(sheet.company_id, Table.LIST_LINES, layout.header, SAID)
    if named or not any(sign.isdigit() for title in layout.header for sign in title):
        sheet.header_row, sheet.header, sheet.sample = layout.header_row, list(layout.header), list(layout.sample)
        sheet.mapping, sheet.decimal_comma = named, has_decimal_commas(sheet.sample, "")
        return
    sheet.header_row, sheet.sample = 0, [list(layout.header), *layout.sample]
    sheet.header = [""] * max(map(len, sheet.sample))
    by_place = BY_PLACE.get(min(len(sheet.header), 3), ())
    sheet.mapping = {name: column for column, name in enumerate(by_place)}
    sheet.decimal_comma = has_decimal_commas(sheet.sample, "")
