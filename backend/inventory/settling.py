"""After any change of locked stock items: their versions rise, and what buyers see of them is brought up to date."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection

from backend.catalog.models import Sku
from backend.catalog.search.index import set_stocked
from backend.core.along import run
from backend.core.written import as_array, as_texts
from backend.inventory.disclosure import Disclosed, Disclosure, StockState, disclose
from backend.inventory.incoming.queries import next_coming
from backend.inventory.limits.running_low import is_low
from backend.inventory.models import StockItem, StockMove

Data = dict[str, object]

_STANDING = """
SELECT item.sku_id, free.available, coalesce(item.low_at, defaults.low_at), sku.company_id, free.incoming,
    shown.version, shown.state, shown.quantity, shown.band, shown.more_on, shown.more, shown.more_band
FROM inventory_stockitem item JOIN catalog_sku sku ON sku.id = item.sku_id
JOIN inventory_availability shown ON shown.sku_id = item.sku_id
LEFT JOIN inventory_stockdefaults defaults ON defaults.company_id = sku.company_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(greatest(on_hand - expired - allocated - reserved - safety, 0)), 0)::bigint AS available,
        coalesce(sum(incoming), 0)::bigint AS incoming
    FROM inventory_stocklevel level WHERE level.item_id = item.sku_id) free
WHERE item.sku_id = ANY(%s)
"""
_SETTLE = "SELECT stock_settled(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"


@dataclass(slots=True)
class Standing:
    """What a SKU has left to sell in all warehouses, at how much its seller wants to know of it, what buyers see."""

    available: int
    low_at: int | None
    company_id: int
    incoming: int
    shown_version: int
    shown: Disclosed

    def is_low(self, *, was_low: bool) -> bool:
        return is_low(self.available, self.low_at, was_low=was_low)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a change came to: each item's event data, and those that began or ceased to run low, with their seller."""

    data: Mapping[int, Data]
    crossed: Mapping[int, int] = field(default_factory=dict)


def settle_all(
    items: Collection[StockItem],
    moves: Mapping[int, Sequence[StockMove]] | None = None,
    *,
    standings: Mapping[int, Standing] | None = None,
) -> Settled:
    """Raises the locked items' versions, brings what is disclosed up to date, and returns each one's event data.

    `moves` are what this change appended, by item, in order: the data says from which seq to which; without a move, no
    span. `moves_rows` is there if a published SKU enters or leaves the lists of what is in stock. `standings` are as
    the change has left them, for whoever knows. Two queries, one without `standings` less; two more where an item comes
    into or goes out of stock, one where any is expected.
    """
    now = standings_of([item.pk for item in items]) if standings is None else standings
    seen = _changed(items, now)
    concerned, crossed = _raise(items, now)
    _write(items, seen)
    flipped = {pk: seen[pk].state != StockState.OUT for pk in seen if _flips(now[pk].shown, seen[pk])}
    listed = _tell_lists(flipped) if flipped else set()
    versions = {pk: now[pk].shown_version + 1 for pk in seen}
    data = {item.pk: _data(item, versions, listed, (moves or {}).get(item.pk, ())) for item in items}
    for pk in concerned:
        data[pk]["low"] = True
    return Settled(data, crossed)


def standings_of(pks: Sequence[int]) -> Mapping[int, Standing]:
    """As it is committed or was written in this transaction. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [as_array(pks)])
        return {
            pk: Standing(available, low_at, company_id, incoming, version, Disclosed(*shown))
            for pk, available, low_at, company_id, incoming, version, *shown in cursor.fetchall()
        }


def _changed(items: Collection[StockItem], now: Mapping[int, Standing]) -> Mapping[int, Disclosed]:
    """What buyers see from now on, of those that they see a difference in."""
    expecting = [pk for pk, each in now.items() if each.incoming]
    coming = next_coming(expecting) if expecting else {}
    said = {i.pk: disclose(now[i.pk].available, Disclosure(i.disclosure), coming.get(i.pk)) for i in items}
    return {pk: each for pk, each in said.items() if each != now[pk].shown}


def _raise(items: Collection[StockItem], now: Mapping[int, Standing]) -> tuple[Collection[int], Mapping[int, int]]:
    """Those that run low or did before, and of these the ones that changed sides."""
    concerned, crossed = set[int](), dict[int, int]()
    for item in items:
        was_low, left = item.is_low, now[item.pk]
        item.version += 1
        item.is_low = left.is_low(was_low=was_low)
        if item.is_low or was_low:
            concerned.add(item.pk)
        if item.is_low != was_low:
            crossed[item.pk] = left.company_id
    return concerned, crossed


def _write(items: Collection[StockItem], seen: Mapping[int, Disclosed]) -> None:
    run(
        _SETTLE,
        [
            as_array(item.pk for item in items),
            as_array(item.version for item in items),
            as_array(item.last_seq for item in items),
            as_texts(item.disclosure for item in items),
            as_array(item.is_low for item in items),
            as_array(seen),
            as_texts(each.state for each in seen.values()),
            as_array(each.quantity for each in seen.values()),
            as_texts(each.band for each in seen.values()),
            [each.more_on for each in seen.values()],
            as_array(each.more for each in seen.values()),
            as_texts(each.more_band for each in seen.values()),
        ],
    )


def _flips(before: Disclosed, now: Disclosed) -> bool:
    return (before.state == StockState.OUT) != (now.state == StockState.OUT)


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
