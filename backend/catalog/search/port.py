"""What the catalogue asks of a search, whatever engine answers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

PAGE_SIZE = 48
SORTS = ("relevance", "popular", "newest", "price", "-price", "name")
PRICE_SORTS = frozenset({"price", "-price"})
CATEGORY, SELLER, IN_STOCK, PRICE, CURRENCY = "category", "seller", "in_stock", "price", "currency"
"""The facets that every list has; an attribute's facet is called by the attribute's code."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """For whom is searched: their company, and the country that goods would be sent to. Both empty: anybody.

    `is_known` is whether they are logged in: most sellers show their prices to nobody else, so that for others there is
    nothing to be learned of those by sorting or counting either.
    """

    company_id: int | None = None
    country: str = ""
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to. Of several values of one attribute any will do."""

    category: str = ""
    """A category's slug."""
    seller: str = ""
    """A company's slug."""
    in_stock: bool = False
    is_to_buy: bool = False
    """Without what the buyer may only look at."""
    price: str = ""
    """The key of a band of the buyer's own prices, see bands.py."""
    currency: str = ""
    """What its seller asks for. Empty: any; sorted or narrowed by price the market's, for no order spans two."""
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Which page: its number from 1, and where the one beside it ended, so that a late page costs what the first does.

    `after` and `before` are marks of a Found; without them only the first pages can be reached by number.
    """

    number: int = 1
    size: int = PAGE_SIZE
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    text: str = ""
    filters: Filters = field(default_factory=Filters)
    sort: str = ""
    """One of SORTS; empty: by relevance where there is a text, else the most ordered first."""
    buyer: Buyer = field(default_factory=Buyer)
    place: Place = field(default_factory=Place)
    with_facets: bool = True


class Count(NamedTuple):
    """How many; with `is_more` at least so many, and more than was counted."""

    n: int
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class FacetValue:
    key: str
    label: str
    count: Count
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """One question that narrows the list, with its answers."""

    key: str
    label: str
    values: Sequence[FacetValue]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of SKUs in their order, and what there is around it."""

    ids: Sequence[int]
    total: Count
    place: Place
    first_mark: str = ""
    last_mark: str = ""
    facets: Sequence[Facet] = ()
    did_you_mean: str = ""
    """Another spelling. Where the text itself finds nothing, what is shown was found for this."""
    is_corrected: bool = False
    has_unsold: bool = False
    """There may be something that the buyer sees and can't buy."""
    sorts_best_only: bool = False
    """There is more than is ranked: the order is that of the most popular ones among it."""


class Search(Protocol):
    """An engine. What it finds may lag behind by moments; whoever shows it reads the rows themselves."""

    def find(self, query: Query) -> Found: ...

    def new_since(self, query: Query, moment: datetime) -> Count:
        """How many of the results have come into the catalogue since then."""
        ...
