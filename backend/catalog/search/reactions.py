"""The index follows the catalogue's events: in their transaction (PROJECTIONS), and once more from the log."""

from collections.abc import Mapping, Sequence

from backend.catalog.models import Sku
from backend.catalog.search.index import CHUNK, chunks, index_products, index_range, index_skus, rebuild
from backend.events.kinds import Kind
from backend.events.listeners import Reaction, Together
from backend.events.models import Event


def index_subjects(events: Sequence[Event]) -> None:
    """Brings the entries of the products that changed up to date. Three queries."""
    if products := {event.subject_pk for event in events if event.subject.startswith("product:")}:
        index_products(products)


def index_ranges(event: Event) -> None:
    """The same after many changed at once: the event says from which product to which, in `products`."""
    for first, last in event.data.get("products", ()):
        index_range(first, last)


def index_seller(event: Event) -> None:
    """A seller's name is a word of their products. Three queries for each CHUNK of SKUs that there are."""
    for first in chunks():
        index_skus(Sku.objects.of_company(event.subject_pk).filter(pk__gte=first, pk__lt=first + CHUNK))


def index_everything(_event: Event) -> None:
    """After a whole market was loaded."""
    for _ in rebuild():
        pass


LATER = frozenset({Kind.CATALOG_PRODUCTS_IMPORTED, Kind.CATALOG_CURRENCY_CHANGED, Kind.CATALOG_CATEGORY_CHANGED})
"""Too many to be written in the transaction that changes them: the listener follows."""
INDEX_SUBJECTS = Together(index_subjects)
PROJECTIONS: Mapping[Kind, Reaction] = {
    **{kind: INDEX_SUBJECTS for kind in Kind if kind.startswith("catalog.") and kind not in LATER},
    Kind.MARKET_LOADED: index_everything,
}
REACTIONS: Mapping[Kind, Reaction] = {
    **PROJECTIONS,
    **dict.fromkeys(LATER, index_ranges),
    Kind.ACCOUNTS_COMPANY_RENAMED: index_seller,
}
