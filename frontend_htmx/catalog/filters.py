"""What the catalogue's URL asks for. Nonsense in it is dropped: an old link still opens."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.inventory.queries import SORTS, Filters

MAX_TEXT = 80
PRICE_SORTS = frozenset({"price", "-price"})
SORT_NAMES: Mapping[str, Promise] = {
    "popular": _("Most ordered"),
    "name": _("Name"),
    "price": _("Price, lowest first"),
    "-price": _("Price, highest first"),
    "newest": _("Newest"),
}


def read_filters(query: Mapping[str, str], *, with_prices: bool) -> Filters:
    """The filters that a query string asks for; whoever sees no prices can't sort by them either."""
    sort = query.get("sort", "")
    return Filters(
        text=query.get("q", "").replace("\x00", "")[:MAX_TEXT].strip(),
        category=query.get("category", "").replace("\x00", "")[:MAX_TEXT],
        in_stock=query.get("in_stock") == "1",
        sort=sort if sort in dict(sorts(with_prices=with_prices)) else SORTS[0],
    )


def sorts(*, with_prices: bool) -> Sequence[tuple[str, Promise]]:
    """The orders that a reader may choose from, and what they are called."""
    return [(sort, SORT_NAMES[sort]) for sort in SORTS if with_prices or sort not in PRICE_SORTS]
