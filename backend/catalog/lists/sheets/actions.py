"""Every change of a price list by a table: it is sent, its columns are matched, it is written or thrown away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.lists import steps
from backend.catalog.lists.changing import entry_of, list_changed, lock_list, reach_of, require_prices
from backend.catalog.lists.models import PriceList, PriceListEntry
from backend.catalog.lists.sheets.comparing import Change, Comparison, compare
from backend.catalog.lists.sheets.fields import BY_PLACE, FIELD_OF, SAID
from backend.catalog.lists.sheets.models import ListSheet
from backend.catalog.transfer.guessing import remember, understood
from backend.catalog.transfer.models import Table
from backend.core.errors import Conflict, Refused
from backend.core.locking import lock
from backend.core.row_security import for_actor
from backend.core.tables.sniffing import Rows, has_decimal_commas, layout_of
from backend.events import once

MAX_LINES = 20_000
MOST_ROWS = MAX_LINES + 100
"""Titles and empty rows may stand around the lines."""
GUESSED_BY = 40
MOST_CELL = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """How the person wants the table to be read: field -> column counted from 0; and what becomes of other lines."""

    mapping: Mapping[str, int]
    decimal_comma: bool = False
    replaces: bool = False


@atomic(durable=True)
@for_actor
def send_sheet(price_list: PriceList, rows: Rows, *, actor: Actor) -> ListSheet:
    """Keeps a table for a list and says how its columns seem to be meant; nothing of the list changes yet.

    It takes the place of the one that the person sent before. Raises NotAllowed without prices.edit, Refused for an
    archived list, for no rows, and for more than MAX_LINES.
    """
    price_list = lock_list(price_list, actor)
    header_row = _header_row(price_list, rows)
    _require_lines(rows[header_row:])
    sheet = ListSheet(company=price_list.company, price_list=price_list, actor_id=actor.user_id or 0)
    sheet.rows = [[cell[:MOST_CELL] for cell in row] for row in rows]
    sheet.header_row, sheet.decimal_comma = header_row, has_decimal_commas(rows[:GUESSED_BY], "")
    sheet.mapping = _guess(sheet)
    ListSheet.objects.of_person(actor).filter(price_list=price_list).delete()
    sheet.save()
    return sheet


@atomic(durable=True)
@for_actor
def match_columns(sheet: ListSheet, plan: Plan, *, actor: Actor) -> ListSheet:
    """The table is read as the person says, which is remembered for the company's next one. Raises NotAllowed, Refused
    (field "columns") where no column holds the SKU, or none a price or a percentage."""
    require_prices(actor, sheet.company)
    _require_understood(plan.mapping)
    sheet.mapping, sheet.decimal_comma, sheet.replaces = dict(plan.mapping), plan.decimal_comma, plan.replaces
    sheet.save(update_fields=["mapping", "decimal_comma", "replaces"])
    remember(sheet.company_id, sheet.titles, plan.mapping, Table.LIST_LINES)
    return sheet


@atomic(durable=True)
@for_actor
def write_sheet(sheet: ListSheet, *, seen: int, mark: str, key: str, actor: Actor) -> Comparison | None:
    """The list says what the table says; returns what changed, None where the same form was sent before.

    Raises NotAllowed, Conflict if the list (its version) or the table (its mark) is no longer as it was seen, Refused
    for a table that can't be read, or that would replace a list while something is wrong in it. A number of queries
    that does not grow.
    """
    price_list = lock_list(sheet.price_list, actor)
    claim = once.claim(price_list.company_id, key, action="write_sheet", request={"list": price_list.pk})
    if claim.is_repeat:
        return None
    steps.require_seen(price_list.version, seen)
    sheet = _as_seen(sheet, mark)
    _require_understood(sheet.mapping)
    found = compare(sheet, price_list)
    _require_sound(found)
    sheet.delete()
    if found.changes:
        _write(price_list, found.changes)
        list_changed(price_list, reach_of(price_list), actor)
    return found


@atomic(durable=True)
@for_actor
def drop_sheet(sheet: ListSheet, *, actor: Actor) -> None:
    """It is thrown away. Raises NotAllowed without prices.edit."""
    require_prices(actor, sheet.company)
    sheet.delete()


def _as_seen(sheet: ListSheet, mark: str) -> ListSheet:
    """Nobody reads it otherwise, or sends another one, until the transaction ends."""
    now = lock(ListSheet.objects.this(sheet), what=_("the table"))
    if not now or now[0].mark != mark:
        raise Conflict(_("The table, or how it is read, has changed since you looked: look at what it would change."))
    return now[0]


def is_understood(mapping: Mapping[str, int]) -> bool:
    """Whether it says where the codes and the prices stand."""
    return "code" in mapping and bool({"price", "percent"} & set(mapping)) and set(mapping) <= set(FIELD_OF)


def _require_understood(mapping: Mapping[str, int]) -> None:
    if not is_understood(mapping):
        raise Refused(
            _("Say which column holds the SKU, and which the price or the percentage."),
            field="columns",
        )


def _header_row(price_list: PriceList, rows: Rows) -> int:
    """Where the titles stand, from 1; 0 where the first row is a line already: nobody calls a column 85123A."""
    layout = layout_of(rows[:GUESSED_BY], encoding="", delimiter="")
    named = understood(price_list.company_id, Table.LIST_LINES, layout.header, SAID)
    has_digits = any(sign.isdigit() for title in layout.header for sign in title)
    return layout.header_row if named or not has_digits else 0


def _guess(sheet: ListSheet) -> dict[str, int]:
    """By its titles; without any by its place: a code, from which quantity on, a price."""
    if sheet.header_row:
        return understood(sheet.company_id, Table.LIST_LINES, sheet.titles, SAID)
    return {name: column for column, name in enumerate(BY_PLACE.get(min(sheet.width, 3), ()))}


def _require_lines(rows: Rows) -> None:
    lines = sum(any(row) for row in rows)
    if not lines:
        raise Refused(_("There are no rows in this: a row for each line is expected, such as 85123A, 12, 2.40."))
    if lines > MAX_LINES:
        raise Refused(
            _("These are %(n)s lines, and a table has at most %(max)s. Send it in parts.")
            % {"n": f"{lines:,}", "max": f"{MAX_LINES:,}"}
        )


def _require_sound(found: Comparison) -> None:
    if found.is_blocked:
        raise Refused(
            _("Something is wrong in the table, and a line that can’t be read would be taken out. Correct it, or "
              "change only what the table names.")
        )  # fmt: skip


def _write(price_list: PriceList, changes: Sequence[Change]) -> None:
    gone = [change.entry_id for change in changes if change.entry_id and change.after is None]
    price_list.entries.filter(pk__in=gone).delete()
    PriceListEntry.objects.bulk_create(
        [entry_of(price_list, change.sku_id, change.after) for change in changes if change.after],
        update_conflicts=True,
        unique_fields=["price_list", "sku", "min_quantity"],
        update_fields=["unit_price_minor", "percent", "may_be_dearer"],
    )
