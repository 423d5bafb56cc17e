"""Screenfuls around the search."""

from collections.abc import Sequence

from backend.catalog.search.models import SavedSearch, Synonym
from backend.catalog.search.reactions import LATER
from backend.core.written import fetch

_READ = """
SELECT coalesce((SELECT position FROM events_cursor WHERE name = 'backend.catalog.search'), 0),
    coalesce((SELECT last_position FROM events_numbering WHERE id = 1), 0)
"""
# The listener is a moment behind, or an import: more than that is not looked through for the sake of a page.
_WAITING = """
SELECT min(position) - 1 FROM (
    SELECT position, kind FROM events_event WHERE position > %(read)s ORDER BY position LIMIT 1000
) AS waiting WHERE kind = ANY(%(later)s)
"""


def saved_searches(user_id: int | None) -> Sequence[SavedSearch]:
    """What this person looks for again and again, by name. One query."""
    return list(SavedSearch.objects.of_person(user_id).order_by("name", "pk"))


def synonyms() -> Sequence[Synonym]:
    """Which words mean the same, in their order. One query."""
    return list(Synonym.objects.order_by("words"))


def shown_position() -> int:
    """The position in the event log up to which the index shows everything; read before a list. One query, two while
    the listener is behind.

    All but what changes very many is in it with its commit. Of that a list says what it has, and is asked for again
    until that is all.
    """
    ((read, last),) = fetch(_READ, {})
    if read >= last:
        return int(last)
    ((waiting,),) = fetch(_WAITING, {"read": read, "later": [*LATER]})
    return int(last if waiting is None else waiting)
