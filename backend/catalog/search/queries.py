"""Screenfuls around the search."""

from collections.abc import Sequence

from backend.catalog.search.models import SavedSearch, Synonym


def saved_searches(user_id: int | None) -> Sequence[SavedSearch]:
    """What this person looks for again and again, by name. One query."""
    return list(SavedSearch.objects.of_person(user_id).order_by("name", "pk"))


def synonyms() -> Sequence[Synonym]:
    """Which words mean the same, in their order. One query."""
    return list(Synonym.objects.order_by("words"))
