"""Which of a buyer's price lists counts. The order is total: no two lists are equal in it."""

from backend.catalog.lists.states import ListKind
from backend.catalog.pricing.terms import ListTerms

_KINDS = {kind: place for place, kind in enumerate(ListKind)}


def rank(terms: ListTerms) -> tuple[int, int, int]:
    """Sorts lists, the one that counts first: contract, customer, group, public; then the higher priority; then the
    newest, which is the one that was made last."""
    return _KINDS[terms.kind], -terms.priority, -terms.pk
