"""What is promised, as screens show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now

from backend.inventory.disclosure import Disclosed, Disclosure, disclose
from backend.inventory.holds.models import Hold, HoldKind
from backend.inventory.models import LotLevel, StockItem


@dataclass(frozen=True, slots=True)
class Allocated:
    """What one warehouse has for one line of a subject: so many units are promised and not packed, `there` of them lie
    there now. Something lies on that shelf that `expired`."""

    warehouse_id: int
    warehouse: str
    line: int
    quantity: int
    there: int
    expired: bool


def allocated(subject: str) -> Sequence[Allocated]:
    """What is allocated to a subject and not packed, by warehouse and line. One query."""
    promised = Hold.objects.of_subject(subject).filter(kind=HoldKind.ORDER, quantity__gt=F("packed"))
    bad = LotLevel.objects.scoped(level=OuterRef("level"), lot__expired_at__isnull=False).order_by().values("level")
    found: QuerySet[Any] = promised.annotate(
        expired_packed=Coalesce(Subquery(bad.values(units=Sum("packed"))), 0)
    ).select_related("level__warehouse")
    return [
        Allocated(
            hold.level.warehouse_id,
            hold.level.warehouse.name,
            hold.line,
            hold.loose,
            max(0, min(hold.loose, hold.level.sellable - hold.level.packed + hold.expired_packed)),
            expired=hold.level.expired > 0,
        )
        for hold in found.order_by("level__warehouse__code", "line")
    ]


def disclosed_left(left: Mapping[int, int]) -> Mapping[int, Disclosed]:
    """What buyers may know of so many units that they can still have, by SKU. One query."""
    how = dict(StockItem.objects.of_skus(list(left)).values_list("pk", "disclosure"))
    return {pk: disclose(units, Disclosure(how.get(pk, Disclosure.EXACT))) for pk, units in left.items()}


def lapsed_skus(limit: int) -> Sequence[int]:
    """Of which something was held that has lapsed, at most so many. One query."""
    lapsed = Hold.objects.scoped(expires_at__lte=Now()).order_by()
    return list(lapsed.values_list("level__item", flat=True).distinct()[:limit])
