"""After any change of locked stock items: their versions rise, and what buyers see of them is brought up to date."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field

from django.db import connection

from backend.catalog.models import Sku
from backend.catalog.search.index import set_stocked
from backend.inventory.disclosure import Disclosed, Disclosure, disclose
from backend.inventory.incoming.queries import next_coming
from backend.inventory.limits.running_low import is_low
from backend.inventory.models import Availability, StockItem, StockMove

Data = dict[str, object]

_FREE = """
SELECT item.sku_id, coalesce(sum(greatest(on_hand - expired - allocated - reserved - safety, 0)), 0)::bigint,
    coalesce(item.low_at, defaults.low_at), sku.company_id, coalesce(sum(level.incoming), 0)::bigint
FROM inventory_stockitem item JOIN catalog_sku sku ON sku.id = item.sku_id
LEFT JOIN inventory_stockdefaults defaults ON defaults.company_id = sku.company_id
LEFT JOIN inventory_stocklevel level ON level.item_id = item.sku_id
WHERE item.sku_id = ANY(%s) GROUP BY item.sku_id, defaults.low_at, sku.company_id
"""
_RAISE = """
UPDATE inventory_stockitem item
SET version = now.version, last_seq = now.last_seq, disclosure = now.disclosure, is_low = now.is_low
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::boolean[])
    AS now (pk, version, last_seq, disclosure, is_low)
WHERE item.sku_id = now.pk
"""
_SHOW = """
UPDATE inventory_availability shown
SET state = now.state, quantity = now.quantity, band = now.band, version = shown.version + 1,
    more_on = now.more_on, more = now.more, more_band = now.more_band
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::date[], %s::bigint[], %s::text[])
    AS now (pk, state, quantity, band, more_on, more, more_band)
WHERE shown.sku_id = now.pk
"""


@dataclass(frozen=True, slots=True)
class Free:
    """What a SKU has left to sell in all warehouses, and at how much of it its seller wants to know."""

    available: int
    low_at: int | None
    company_id: int
    incoming: int

    def is_low(self, *, was_low: bool) -> bool:
        return is_low(self.available, self.low_at, was_low=was_low)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a change came to: each item's event data, and those that began or ceased to run low, with their seller."""

    data: Mapping[int, Data]
    crossed: Mapping[int, int] = field(default_factory=dict)


def settle_all(items: Collection[StockItem], moves: Mapping[int, Sequence[StockMove]] | None = None) -> Settled:
    """Raises the locked items' versions, brings what is disclosed up to date, and returns each one's event data.

    `moves` are what this change appended, by item, in order: the data says from which seq to which; without a move, no
    span. `moves_rows` is there if a published SKU enters or leaves the lists of what is in stock. Four queries where
    buyers see a difference, three where they see none, two more where an item comes into or goes out of stock.
    """
    free = free_of([item.pk for item in items])
    concerned, crossed = _raise(items, free)
    shown = {row.pk: row for row in Availability.objects.of_skus([item.pk for item in items])}
    before = {pk: row.is_in_stock for pk, row in shown.items()}
    seen = _disclose(items, shown, free)
    flipped = [pk for pk, row in shown.items() if row.is_in_stock != before[pk]]
    listed = _tell_lists({pk: shown[pk].is_in_stock for pk in flipped}) if flipped else set()
    data = {item.pk: _data(item, seen, listed, (moves or {}).get(item.pk, ())) for item in items}
    for pk in concerned:
        data[pk]["low"] = True
    return Settled(data, crossed)


def _raise(items: Collection[StockItem], free: Mapping[int, Free]) -> tuple[Collection[int], Mapping[int, int]]:
    """Writes the items' new versions; those that run low or did before, and of these the ones that changed sides."""
    concerned, crossed = set[int](), dict[int, int]()
    for item in items:
        was_low, left = item.is_low, free[item.pk]
        item.version += 1
        item.is_low = left.is_low(was_low=was_low)
        if item.is_low or was_low:
            concerned.add(item.pk)
        if item.is_low != was_low:
            crossed[item.pk] = left.company_id
    _execute(_RAISE, *_columns((i.pk, i.version, i.last_seq, i.disclosure, i.is_low) for i in items))
    return concerned, crossed


def _disclose(
    items: Collection[StockItem], shown: Mapping[int, Availability], free: Mapping[int, Free]
) -> Mapping[int, int]:
    """Rewrites what buyers see; the new version of each that they see a difference in."""
    expecting = [pk for pk, left in free.items() if left.incoming]
    coming = next_coming(expecting) if expecting else {}
    now = {i.pk: disclose(free[i.pk].available, Disclosure(i.disclosure), coming.get(i.pk)) for i in items}
    changed = {pk: each for pk, each in now.items() if each != shown[pk].disclosed}
    if changed:
        _execute(_SHOW, *_columns((pk, *astuple(each)) for pk, each in changed.items()))
    for pk, each in changed.items():
        _show(shown[pk], each)
    return {pk: shown[pk].version for pk in changed}


def _show(row: Availability, now: Disclosed) -> None:
    row.state, row.quantity, row.band, row.version = now.state, now.quantity, now.band, row.version + 1
    row.more_on, row.more, row.more_band = now.more_on, now.more, now.more_band


def _tell_lists(in_stock: Mapping[int, bool]) -> set[int]:
    """Those of them that lists show."""
    set_stocked(in_stock)
    return set(Sku.objects.published().filter(pk__in=in_stock).values_list("pk", flat=True))


def _data(item: StockItem, seen: Mapping[int, int], listed: Collection[int], moves: Sequence[StockMove]) -> Data:
    data: Data = {"sku": item.pk, "seq": item.last_seq, "availability_version": seen.get(item.pk)}
    if item.pk in listed:
        data["moves_rows"] = True
    if moves:
        data |= {"first_seq": moves[0].seq, "last_seq": moves[-1].seq}
    return data


def free_of(pks: Sequence[int]) -> Mapping[int, Free]:
    """What these SKUs have left, as it is committed or was written in this transaction. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE, [list(pks)])
        return {pk: Free(*row) for pk, *row in cursor.fetchall()}


def _execute(statement: str, *columns: list[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    """For `unnest`: one array a column."""
    return [list(column) for column in zip(*rows, strict=True)]
