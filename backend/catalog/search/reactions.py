"""The index follows the catalogue's events: in their transaction (PROJECTIONS), and once more from the log."""

from backend.catalog.search.index import index_product, index_products, rebuild
from backend.events.kinds import Kind
from backend.events.models import Event


def index_subject(event: Event) -> None:
    """Brings the entries of the product that changed up to date."""
    if event.subject.startswith("product:"):
        index_product(event.subject_pk)


def index_ranges(event: Event) -> None:
    """The same after many changed at once: the event says from which product to which, in `products`."""
    for first, last in event.data.get("products", ()):
        index_products(first, last)


def index_everything(_event: Event) -> None:
    """After a whole market was loaded."""
    for _ in rebuild():
        pass


LATER = Kind.CATALOG_PRODUCTS_IMPORTED
"""Too many to be written in the transaction that imports them: the listener follows."""
PROJECTIONS = {
    **{kind: index_subject for kind in Kind if kind.startswith("catalog.") and kind != LATER},
    Kind.MARKET_LOADED: index_everything,
}
REACTIONS = {**PROJECTIONS, LATER: index_ranges}
