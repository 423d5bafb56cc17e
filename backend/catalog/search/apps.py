from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SearchConfig(AppConfig):
    name = "backend.catalog.search"
    label = "search"

    def ready(self) -> None:
        post_migrate.connect(fill_an_empty_index, sender=self)


def fill_an_empty_index(**_signal: Any) -> None:
    """A market that was there before the index was gets one with the release that brings it."""
    from backend.catalog.search.index import fill_if_empty  # models are not loaded before

    fill_if_empty()
