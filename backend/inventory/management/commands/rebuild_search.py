from typing import Any

from django.core.management import BaseCommand

from backend.catalog.search.index import rebuild
from backend.inventory.indexing import index_stock


class Command(BaseCommand):
    """Writes the search index anew out of the catalogue and its stock; the old one answers meanwhile."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        for sku_id in rebuild():
            if options["verbosity"] > 1:
                self.stdout.write(f"up to SKU {sku_id}")
        index_stock()
        if options["verbosity"]:
            self.stdout.write("The search index is written anew.")
