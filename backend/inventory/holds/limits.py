"""How much one company may hold without ordering it, and for how long. Nothing else decides it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.inventory.holds.allocating import Demand, Shelf, summed
from backend.inventory.holds.models import HoldKind


@dataclass(frozen=True, slots=True)
class Limit:
    """For one kind of hold."""

    longest: timedelta
    percent: int
    """Of what of a SKU is free or held by the company itself."""
    subjects: int
    """Checkouts, approvals, … that hold at a time."""


LIMITS: Mapping[HoldKind, Limit] = {
    HoldKind.CART: Limit(timedelta(minutes=15), percent=50, subjects=20),
    HoldKind.PAYMENT: Limit(timedelta(hours=1), percent=100, subjects=20),
    HoldKind.APPROVAL: Limit(timedelta(days=7), percent=50, subjects=50),
    HoldKind.QUOTE: Limit(timedelta(days=90), percent=100, subjects=200),
}
"""A payment holds what a checkout held before it, and what is on offer its own seller holds for the buyer."""

_OWN = """
WITH own AS (
    SELECT level_id, subject, quantity FROM inventory_hold
    WHERE holder_id = %s AND kind = %s AND expires_at > statement_timestamp() AND subject <> %s
)
SELECT 0, count(DISTINCT subject) FROM own
UNION ALL
SELECT level.item_id, sum(own.quantity)::bigint FROM own JOIN inventory_stocklevel level ON level.id = own.level_id
WHERE level.item_id = ANY(%s) GROUP BY level.item_id
"""


class HeldTooMuch(Refused):
    """One company would hold more of some SKUs than it may. `most` is how much it still may, by SKU."""

    def __init__(self, most: Mapping[int, int]) -> None:
        self.most = most
        words = _("One company may hold %(most)s of %(code)s at most without ordering it, all that it holds included.")
        codes = Sku.objects.across_companies(why="whoever holds a SKU sees it").in_bulk(list(most)[:5])
        said = [words % {"most": most[pk], "code": sku.code} for pk, sku in codes.items()]
        super().__init__(" ".join(said), detail={"most": dict(most)})


def require_within(
    kind: HoldKind,
    expires_in: timedelta,
    demands: Sequence[Demand],
    shelves: Sequence[Shelf],
    *,
    who: int,
    subject: str,
) -> None:
    """Raises Refused for what lasts too long or for one subject too many, HeldTooMuch for too much of a SKU.

    `shelves` are as they are before anything of it is held. What the subject itself holds already does not count, and
    what is not there is not judged: whoever promises it says so. The share is exact, since the SKUs are locked; of
    subjects there may be one too many where two begin at once. One query.
    """
    limit = LIMITS[kind]
    if expires_in > limit.longest:
        raise Refused(_("That can be held for %(longest)s at most.") % {"longest": _spoken(limit.longest)})
    wanted = summed(demands)
    own = _own(who, kind, subject, list(wanted))
    if own.pop(0, 0) >= limit.subjects:
        raise Refused(_too_many(limit.subjects))
    free = {sku: _free(shelves, sku) for sku in wanted}
    most = {sku: _share(limit, free[sku] + own.get(sku, 0)) for sku in wanted}
    over = {
        sku: most[sku] for sku, units in wanted.items() if units + own.get(sku, 0) > most[sku] and units <= free[sku]
    }
    if over:
        raise HeldTooMuch(over)


def _own(company_id: int, kind: HoldKind, subject: str, sku_ids: list[int]) -> dict[int, int]:
    """By SKU; under 0: how many subjects hold."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [company_id, kind, subject, sku_ids])
        return dict(cursor.fetchall())


def _free(shelves: Sequence[Shelf], sku_id: int) -> int:
    return sum(shelf.free + shelf.backorder for shelf in shelves if shelf.sku_id == sku_id)


def _share(limit: Limit, units: int) -> int:
    """Rounded up: the last one can be held, too."""
    return -(-units * limit.percent // 100)


def _too_many(subjects: int) -> str:
    return _(
        "Your company holds goods for %(n)d at a time already, and that is as many as may be. Order or leave one first."
    ) % {"n": subjects}


def _spoken(length: timedelta) -> str:
    days = length.days
    if days:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    minutes = length.seconds // 60
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
