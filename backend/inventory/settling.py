"""After any change of locked stock items: their versions rise, and what buyers see of them is brought up to date."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import connection

from backend.catalog.models import Sku
from backend.catalog.search.index import set_stocked
from backend.inventory.disclosure import Disclosed, Disclosure, disclose
from backend.inventory.models import Availability, StockItem, StockMove

Data = dict[str, object]

_FREE = """
SELECT item_id, coalesce(sum(greatest(on_hand - allocated - reserved - safety, 0)), 0)::bigint
FROM inventory_stocklevel WHERE item_id = ANY(%s) GROUP BY item_id
"""
_RAISE = """
UPDATE inventory_stockitem item SET version = now.version, last_seq = now.last_seq, disclosure = now.disclosure
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS now (pk, version, last_seq, disclosure)
WHERE item.sku_id = now.pk
"""
_SHOW = """
UPDATE inventory_availability shown
SET state = now.state, quantity = now.quantity, band = now.band, version = shown.version + 1
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[]) AS now (pk, state, quantity, band)
WHERE shown.sku_id = now.pk
"""


def settle(item: StockItem, moves: Sequence[StockMove] = ()) -> Data:
    """The same for one item."""
    return settle_all([item], {item.pk: moves})[item.pk]


def settle_all(items: Collection[StockItem], moves: Mapping[int, Sequence[StockMove]] | None = None) -> dict[int, Data]:
    """Raises the locked items' versions, brings what is disclosed up to date, and returns each one's event data.

    `moves` are what this change appended, by item, in order: the data says from which seq to which; without a move, no
    span. `moves_rows` is there if a published SKU enters or leaves the lists of what is in stock. Four queries where
    buyers see a difference, three where they see none, two more where an item comes into or goes out of stock.
    """
    for item in items:
        item.version += 1
    _execute(_RAISE, *_columns((i.pk, i.version, i.last_seq, i.disclosure) for i in items))
    shown = {row.pk: row for row in Availability.objects.of_skus([item.pk for item in items])}
    before = {pk: row.is_in_stock for pk, row in shown.items()}
    seen = _disclose(items, shown)
    flipped = [pk for pk, row in shown.items() if row.is_in_stock != before[pk]]
    listed = _tell_lists({pk: shown[pk].is_in_stock for pk in flipped}) if flipped else set()
    return {item.pk: _data(item, seen, listed, (moves or {}).get(item.pk, ())) for item in items}


def _disclose(items: Collection[StockItem], shown: Mapping[int, Availability]) -> Mapping[int, int]:
    """Rewrites what buyers see; the new version of each that they see a difference in."""
    free = _free([item.pk for item in items])
    now = {item.pk: disclose(free.get(item.pk, 0), Disclosure(item.disclosure)) for item in items}
    changed = {pk: each for pk, each in now.items() if each != shown[pk].disclosed}
    if changed:
        _execute(_SHOW, *_columns((pk, each.state, each.quantity, each.band) for pk, each in changed.items()))
    for pk, each in changed.items():
        _show(shown[pk], each)
    return {pk: shown[pk].version for pk in changed}


def _show(row: Availability, now: Disclosed) -> None:
    row.state, row.quantity, row.band, row.version = now.state, now.quantity, now.band, row.version + 1


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


def _free(pks: Sequence[int]) -> Mapping[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_FREE, [list(pks)])
        return dict(cursor.fetchall())


def _execute(statement: str, *columns: list[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    """For `unnest`: one array a column."""
    return [list(column) for column in zip(*rows, strict=True)]
