from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class InventoryConfig(AppConfig):
    name = "backend.inventory"
    label = "inventory"

    def ready(self) -> None:
        post_migrate.connect(tell_a_new_index, sender=self)


def tell_a_new_index(**_signal: Any) -> None:
    """An index that was filled by this release knows nothing of stock yet."""
    from backend.inventory.indexing import tell_if_new  # models are not loaded before

    tell_if_new()
