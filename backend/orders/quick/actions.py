"""Every change of a quick order pad. Each is one transaction, and safe to send twice."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.models import Sku
from backend.catalog.pricing.buyers import buyer_of, buyer_of_company
from backend.core.errors import Refused
from backend.core.guards import require
from backend.core.locking import lock
from backend.core.row_security import for_actor
from backend.core.tables.sniffing import Rows
from backend.events import once
from backend.orders import policies
from backend.orders.carts.steps import add_to_cart, lock_cart
from backend.orders.quick.matching import known_codes
from backend.orders.quick.models import MAX_LINES, QuickLine, QuickPad
from backend.orders.quick.pasting import MOST_CODE, Columns, guess_columns, lines_of
from backend.orders.quick.queries import Checked, check_lines, quantities_of

GUESSED_BY = 40
"""So many rows tell what the columns of a table hold."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields of one line; `sku_id` is which of several sellers' SKUs was chosen."""

    position: int
    code: str
    quantity: str
    sku_id: int | None = None


@dataclass(frozen=True, slots=True)
class PutIn:
    """How many lines went into the cart, and how many stay on the pad."""

    lines: int
    left: int


@atomic(durable=True)
@for_actor
def write_lines(typed: Sequence[Typed], *, actor: Actor) -> None:
    """The pad's lines at these positions say what was typed, whatever it is; empty ones are gone.

    Raises NotAllowed without orders.place. Five queries at most, however many lines.
    """
    require(policies.can_place_orders(actor))
    pad = _lock_pad(actor)
    known = {line.position: line for line in pad.lines.filter(position__in=[each.position for each in typed])}
    changed = [each for each in typed if 1 <= each.position <= MAX_LINES and _says_more(each, known.get(each.position))]
    pad.lines.filter(position__in=[each.position for each in changed if _is_empty(each)]).delete()
    _write(pad, [_line(pad, each) for each in changed if not _is_empty(each)])


@atomic(durable=True)
@for_actor
def paste_table(rows: Rows, *, key: str, actor: Actor) -> None:
    """What was pasted or sent as a file stands on the pad below what was there, its columns guessed.

    Raises NotAllowed without orders.place, Refused where there is nothing in it or more than the pad takes.
    """
    require(policies.can_place_orders(actor))
    claim = once.claim(actor.company_id or 0, key, action="paste_table", request={"rows": [list(row) for row in rows]})
    if claim.is_repeat:
        return
    cells = {cell for row in rows[:GUESSED_BY] for cell in row}
    _take(_lock_pad(actor), rows, guess_columns(rows, known_codes(cells, buyer_of(actor))))


@atomic(durable=True)
@for_actor
def read_again(columns: Columns, *, actor: Actor) -> None:
    """The table that was pasted last is read as the person says: its lines are made anew.

    Raises NotAllowed without orders.place, Refused for a column that is not there or nothing pasted.
    """
    require(policies.can_place_orders(actor))
    pad = _lock_pad(actor)
    if not pad.table:
        raise Refused(_("Nothing was pasted. Paste the rows of a spreadsheet first."))
    pad.lines.filter(batch=pad.batch).delete()
    _take(pad, pad.table, columns)


@atomic(durable=True)
@for_actor
def clear_pad(*, actor: Actor) -> None:
    """Nothing stands on the pad any more. Raises NotAllowed without orders.place."""
    require(policies.can_place_orders(actor))
    _lock_pad(actor).delete()


@atomic(durable=True)
@for_actor
def put_pad_in_cart(company: Company, *, only_ready: bool, key: str, actor: Actor) -> PutIn:
    """All of the pad goes into the person's cart, on top of what is there; or only what can be ordered, if they say so.

    What went in is gone from the pad; the rest stays. Raises NotAllowed without orders.place; Refused for an empty pad,
    for a line that can't be ordered (unless `only_ready`), or for more lines than a cart takes. The number of queries
    is the same for 1 line and for 1,000.
    """
    require(policies.can_place_orders(actor))
    claim = once.claim(company.pk, key, action="put_pad_in_cart", request={"only_ready": only_ready})
    if claim.is_repeat:
        return PutIn(claim.result_pk, 0)
    pad = _lock_pad(actor)
    lines = check_lines(list(pad.lines.all()), buyer_of_company(company))
    ready = [line for line in lines if line.can_be_ordered]
    _require_ready(lines, ready, only_ready=only_ready)
    add_to_cart(lock_cart(actor), quantities_of(ready))
    pad.lines.filter(position__in=[line.position for line in ready]).delete()
    claim.resulted_in(len(ready))
    return PutIn(len(ready), len(lines) - len(ready))


def _lock_pad(actor: Actor) -> QuickPad:
    mine: dict[str, Any] = {"company_id": actor.company_id, "user_id": actor.user_id}
    QuickPad.objects.bulk_create([QuickPad(**mine)], ignore_conflicts=True)
    return lock(QuickPad.objects.of_person(actor), what=_("your quick order"))[0]


def _is_empty(typed: Typed) -> bool:
    return not typed.code and not typed.quantity


def _says_more(typed: Typed, line: QuickLine | None) -> bool:
    if line is None:
        return not _is_empty(typed)
    return (typed.code, typed.quantity, typed.sku_id) != (line.code, line.quantity, line.sku_id)


def _line(pad: QuickPad, typed: Typed) -> QuickLine:
    return QuickLine(
        pad=pad, position=typed.position, code=typed.code, quantity=typed.quantity, sku_id=typed.sku_id, rows=[]
    )


def _write(pad: QuickPad, lines: Sequence[QuickLine]) -> None:
    """What was typed is no longer of what was pasted: reading that again leaves it alone."""
    _forget_unknown(lines)
    pad.lines.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["pad", "position"],
        update_fields=["code", "quantity", "sku", "batch", "rows"],
    )


def _forget_unknown(lines: Sequence[QuickLine]) -> None:
    """A form may name anything: a SKU that isn't there was not chosen. Whether it may be seen is asked at each look."""
    chosen = {line.sku_id for line in lines if line.sku_id}
    if not chosen:
        return
    known = set(Sku.objects.published().filter(pk__in=chosen).values_list("pk", flat=True))
    for line in lines:
        line.sku_id = line.sku_id if line.sku_id in known else None


def _take(pad: QuickPad, rows: Rows, columns: Columns) -> None:
    pasted = lines_of(rows, columns)
    last = pad.lines.order_by("-position").values_list("position", flat=True).first() or 0
    _require_fitting(len(pasted), last)
    pad.batch, pad.columns = pad.batch + 1, asdict(columns)
    pad.table = [[cell[:MOST_CODE] for cell in row] for row in rows]
    pad.save(update_fields=["batch", "columns", "table"])
    QuickLine.objects.bulk_create(
        QuickLine(pad=pad, position=position, code=line.code, quantity=line.quantity, batch=pad.batch, rows=line.rows)
        for position, line in enumerate(pasted, last + 1)
    )


def _require_fitting(lines: int, last: int) -> None:
    if not lines:
        raise Refused(
            _("There is no code and no quantity in this. A row for each SKU is expected, such as 85123A and 36.")
        )
    if last + lines > MAX_LINES:
        raise Refused(
            _("These are %(n)d lines, and %(room)d more fit: a quick order has at most %(max)d. Send it in parts.")
            % {"n": lines, "room": MAX_LINES - last, "max": MAX_LINES}
        )


def _require_ready(lines: Sequence[Checked], ready: Sequence[Checked], *, only_ready: bool) -> None:
    if not lines:
        raise Refused(_("There is nothing on the pad. Type a SKU, or paste rows."))
    wrong = next((line for line in lines if not line.can_be_ordered), None)
    if wrong and (not only_ready or not ready):
        raise Refused(
            _("Line %(position)d can’t be ordered. %(why)s") % {"position": wrong.position, "why": wrong.trouble}
        )
