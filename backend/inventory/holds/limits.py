"""How much one company may hold without ordering it, and for how long. Nothing else decides it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backend.catalog.models import Sku
from backend.core.errors import Refused
from backend.core.locking import busy_over
from backend.inventory.disclosure import Disclosure
from backend.inventory.holds.allocating import Shelf, summed
from backend.inventory.holds.models import HoldKind
from backend.inventory.holds.wishes import Wish
from backend.inventory.models import StockItem

No = Callable[[], Refused]
"""Why not, in the language of whoever calls it."""


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

# Each company's turn for each kind, until the transaction ends; then what it holds, as whoever had the turn before has
# left it. Two statements in one message: the second one begins when the first has had all the turns.
_OWN = """
SELECT count(pg_advisory_xact_lock(turn)) FROM (
    SELECT hashtextextended('hold:' || wish, 0) AS turn FROM unnest(%s::text[]) AS wish ORDER BY turn
) AS turns;
SELECT hold.holder_id, hold.kind, hold.subject,
    CASE WHEN level.item_id = ANY(%s) THEN level.item_id END AS sku_id, sum(hold.quantity)::bigint
FROM inventory_hold hold JOIN inventory_stocklevel level ON level.id = hold.level_id
WHERE hold.holder_id = ANY(%s) AND hold.kind = ANY(%s) AND hold.expires_at > statement_timestamp()
GROUP BY hold.holder_id, hold.kind, hold.subject, sku_id
"""


class HeldTooMuch(Refused):
    """One company would hold more of some SKUs than it may. `most` is how much it may in all, by SKU."""

    def __init__(self, most: Mapping[int, int]) -> None:
        self.most = most
        codes = Sku.objects.across_companies(why="whoever holds a SKU sees it").in_bulk(list(most)[:5])
        items = StockItem.objects.of_skus(list(codes)).in_bulk()
        said = [_held(sku.code, most[pk], Disclosure(items[pk].disclosure)) for pk, sku in codes.items()]
        super().__init__(" ".join(said))


def lasts(wish: Wish) -> timedelta | None:
    """None: for ever."""
    if wish.kind == HoldKind.ORDER:
        return None
    return LIMITS[wish.kind].longest if wish.expires_in is None else wish.expires_in


class Tally:
    """What those who wish hold already without having ordered it. Their SKUs are locked, and they take turns, so that
    shares and subjects are exact whoever wishes at once. One query; none where all of it is ordered."""

    def __init__(self, wishes: Sequence[Wish]) -> None:
        self._subjects: dict[tuple[int, str], set[str]] = defaultdict(set)
        self._units: dict[tuple[int, str, int], int] = defaultdict(int)
        unordered = [wish for wish in wishes if wish.kind != HoldKind.ORDER]
        for holder, kind, subject, sku_id, units in _own(unordered) if unordered else ():
            self._subjects[holder, kind].add(subject)
            self._units[holder, kind, sku_id] += units

    def no_to(self, wish: Wish, shelves: Sequence[Shelf]) -> No | None:
        """What is not there is not judged: whoever promises it says so."""
        if wish.kind == HoldKind.ORDER:
            return None
        limit, subjects = LIMITS[wish.kind], self._subjects[wish.holder_id, wish.kind]
        if (lasts(wish) or limit.longest) > limit.longest:
            return partial(_too_long, limit.longest)
        if wish.subject not in subjects and len(subjects) >= limit.subjects:
            return partial(_too_many, limit.subjects)
        over = self._over(wish, limit, shelves)
        return partial(HeldTooMuch, over) if over else None

    def add(self, wish: Wish) -> None:
        """It was granted."""
        self._subjects[wish.holder_id, wish.kind].add(wish.subject)
        for demand in wish.demands:
            self._units[wish.holder_id, wish.kind, demand.sku_id] += demand.quantity

    def _over(self, wish: Wish, limit: Limit, shelves: Sequence[Shelf]) -> dict[int, int]:
        """The most that may be held in all of the SKUs of which that is less than is wished."""
        wanted, free, found = summed(wish.demands), _free(shelves), {}
        for sku, units in wanted.items():
            own = self._units[wish.holder_id, wish.kind, sku]
            most = -(-(free[sku] + own) * limit.percent // 100)  # rounded up: the last one can be held, too
            if units <= free[sku] and units + own > most:
                found[sku] = most
        return found


def _own(wishes: Sequence[Wish]) -> list[tuple[int, str, str, int, int]]:
    skus = {demand.sku_id for wish in wishes for demand in wish.demands}
    holders, kinds = {wish.holder_id for wish in wishes}, {str(wish.kind) for wish in wishes}
    turns = {f"{wish.holder_id}/{wish.kind}" for wish in wishes}
    with busy_over(_("what your company holds")), connection.cursor() as cursor:
        cursor.execute(_OWN, [list(turns), list(skus), list(holders), list(kinds)])
        cursor.nextset()
        rows: list[tuple[int, str, str, int, int]] = cursor.fetchall()
        return rows


def _free(shelves: Sequence[Shelf]) -> Mapping[int, int]:
    free: dict[int, int] = defaultdict(int)
    for shelf in shelves:
        free[shelf.sku_id] += shelf.left
    return free


def _held(code: str, most: int, disclosure: Disclosure) -> str:
    """How much that is says how much there is."""
    if disclosure == Disclosure.EXACT:
        words = _("One company may hold %(most)s of %(code)s at most without ordering it, all that it holds included.")
    else:
        words = _("That is more of %(code)s than one company may hold without ordering it, all that it holds included.")
    return words % {"most": most, "code": code}


def _too_long(longest: timedelta) -> Refused:
    return Refused(_("That can be held for %(longest)s at most.") % {"longest": _spoken(longest)})


def _too_many(subjects: int) -> Refused:
    words = _(
        "Your company holds goods for %(n)d at a time already, and that is as many as may be. Order or leave one first."
    )
    return Refused(words % {"n": subjects})


def _spoken(length: timedelta) -> str:
    if length.days:
        return ngettext("%(n)d day", "%(n)d days", length.days) % {"n": length.days}
    minutes = length.seconds // 60
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
