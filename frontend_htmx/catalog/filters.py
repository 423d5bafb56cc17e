"""What the catalogue's URL asks for. Nonsense in it is dropped: an old link still opens."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.catalog.search import bands
from backend.catalog.search.port import PRICE_SORTS, Buyer, Filters, Place, Query
from backend.core.money import EXPONENTS
from frontend_htmx.paging import number_of

MAX_TEXT = 80
MAX_ATTRIBUTES = 8
ATTRIBUTE = "a."
"""What begins the name of a parameter that is an attribute's: ?a.colour=blue."""
SORT_NAMES: Mapping[str, Promise] = {
    "popular": _("Most ordered"),
    "relevance": _("Best match"),
    "name": _("Name"),
    "price": _("Price, lowest first"),
    "-price": _("Price, highest first"),
    "newest": _("Newest"),
}


def read_query(asked: QueryDict, *, with_prices: bool, buyer: Buyer) -> Query:
    """What a query string asks for; whoever sees no prices can neither sort nor filter by them."""
    text = _short(asked.get("q", "")).strip()
    sort = asked.get("sort", "")
    currency = code if with_prices and (code := asked.get("currency", "")) in EXPONENTS else ""
    bands_shown = bands.keys_of(currency or bands.CURRENCY)
    return Query(
        text,
        Filters(
            category=_short(asked.get("category", "")),
            seller=_short(asked.get("seller", "")),
            in_stock=asked.get("in_stock") == "1",
            is_to_buy=asked.get("to_buy") == "1",
            price=price if with_prices and (price := asked.get("price", "")) in bands_shown else "",
            currency=currency,
            attributes=_attributes(asked),
        ),
        sort=sort if sort in dict(sorts(text, with_prices=with_prices)) else "",
        buyer=buyer,
        place=Place(
            number_of(asked.get("page", "")),
            after=_short(asked.get("after", "")),
            before=_short(asked.get("before", "")),
        ),
    )


def sorts(text: str, *, with_prices: bool) -> Sequence[tuple[str, Promise]]:
    """The orders that a reader may choose from, the one that is taken by itself first."""
    first, second = ("relevance", "popular") if text else ("popular", "")
    shown = [first, *([second] if second else []), "name", "price", "-price", "newest"]
    return [(sort, SORT_NAMES[sort]) for sort in shown if with_prices or sort not in PRICE_SORTS]


def address_of(query: Query) -> str:
    """The query string that asks for this, from its first page on, always written the same way."""
    filters = query.filters
    pairs = [("q", query.text), ("category", filters.category), ("seller", filters.seller), ("price", filters.price)]
    pairs += [("currency", filters.currency), ("in_stock", "1" if filters.in_stock else "")]
    pairs += [("to_buy", "1" if filters.is_to_buy else ""), ("sort", query.sort)]
    pairs += [(ATTRIBUTE + code, value) for code, values in sorted(filters.attributes.items()) for value in values]
    return urlencode([(name, value) for name, value in pairs if value])


def _attributes(asked: QueryDict) -> Mapping[str, Sequence[str]]:
    names = [name for name in asked if name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE)][:MAX_ATTRIBUTES]
    chosen = {
        _short(name.removeprefix(ATTRIBUTE)): tuple(sorted({_short(value) for value in asked.getlist(name) if value}))
        for name in names
    }
    return {code: values for code, values in chosen.items() if values}


def _short(text: str) -> str:
    return text.replace("\x00", "")[:MAX_TEXT]
